"""A live source that cannot hang the program and does not give up.

A child process reads the device. When it gives nothing for too long, ends or crashes, it is killed
and started again, after a pause that grows; meanwhile frames without a picture say that the source
is lost. What it gives waits in one slot: the newest frame, never a queue of old ones.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..closing import Closing
from ..decision import Frame
from ..errors import PermanentSourceError, SourceError
from ..redact import redact_source
from .capture_process import CaptureProcess, Lost
from .devices import Size

log = logging.getLogger(__name__)

SUPERSEDED = "superseded"
"""Dropped because a newer frame came before anybody asked."""
STOPPED = "stopped"
"""Dropped because the run ended before anybody asked."""
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what; seconds."""

    open_s: float = 15.0
    """For a device to open, the start of the process included."""
    silent_s: float = 2.0
    """For a picture, or three times the time between two, where that is longer."""
    repeat_s: float = 1.0
    """Between two frames that say that the source is lost."""
    first_pause_s: float = 0.25
    """Longest pause before the first new start; each failure doubles it."""
    last_pause_s: float = 2.0
    """Longest pause of all."""


@dataclass(slots=True)
class _Held:
    """A frame and the place its picture lies in."""

    frame: Frame
    child: CaptureProcess | None = None
    slot: int | None = None

    def release(self) -> None:
        if self.child and self.slot is not None:
            self.child.free(self.slot)


class LiveSource(Closing):
    """See `Source`; a frame's picture is good until the next frame is asked for."""

    live = True
    timed = True

    def __init__(
        self,
        text: str,
        patience: Patience | None = None,
        seed: int | None = None,
        *,
        size_wh: Size | None = None,
        wait: bool = False,
    ) -> None:
        """Open a device of `.devices`.

        Args:
            text: as `--source` says it; credentials in it are not repeated anywhere.
            patience: None takes the defaults.
            seed: of the jitter of pauses; None draws one.
            size_wh: width and height to ask the device for, pixels; None takes its own.
            wait: whether a device that does not open at first is lost, and tried for ever, instead
                of an error.

        Raises:
            PermanentSourceError: it does not open, and waiting does not mend that. Where this shows
                at a later trial of the first opening, `frames` raises it.
            SourceError: it does not open.
        """
        self.name = redact_source(text)
        self.fps: float | None = None
        self.size_wh: tuple[int, int] | None = None
        self.captured = 0
        self.dropped: Counter[str] = Counter()
        self.notes: list[str] = []
        self.restarts = 0
        """Times the device was opened again."""
        self.child_pid: int | None = None
        """Of the capture process; None while there is none."""
        self._text = text
        self._wanted_wh = size_wh
        self._asked_wh = size_wh
        """What the running capture process was asked for."""
        self._wait = wait
        self._patience = patience or Patience()
        self._random = random.Random(seed)
        self._epoch_ns: int | None = None
        """When the device was first opened; what is rendered goes on from there."""
        self._changed = threading.Condition()
        self._opened = threading.Event()
        self._slot: _Held | None = None
        self._given: _Held | None = None
        self._first_ns: int | None = None
        self._lost: str | None = None
        """Why there are no pictures just now."""
        self._lost_s: float | None = None
        """And since when, on the monotonic clock."""
        self._has_opened = False
        """Whether it opened once. What fails for good before that is told; afterwards it is tried
        again, for a system that is being updated lacks its packages for a while."""
        self._refused: SourceError | None = None
        """Why it did not open at first, and is not tried any more."""
        self._ended = False
        self._stopped = False
        self._asked = False
        self._thread = threading.Thread(target=self._supervise, name="capture", daemon=True)
        self._thread.start()
        self._opened.wait()
        if self._refused is not None:
            self.close()
            raise self._refused

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._asked:
            raise SourceError(f"{self.name}: frames can be asked for once; open it again")
        self._asked = True
        return self._give()

    def resize(self, size_wh: Size | None) -> None:
        """Open the device again with another size; the frames between are missing, not lost.

        Args:
            size_wh: width and height in pixels; None takes the device's own.
        """
        self._wanted_wh = size_wh

    def stop(self) -> None:
        """See `Source.stop`."""
        self._stopped = True

    def close(self) -> None:
        """See `Source.close`."""
        self._stopped = True
        with self._changed:
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            if self._slot is not None:
                self._slot = None
                self.dropped[STOPPED] += 1
        if self.restarts:
            self.notes.append(f"the source was lost and opened again {self.restarts} times")
            self.restarts = 0

    def _give(self) -> Iterator[Frame]:
        try:
            while True:
                self._release()
                held = self._next()
                if held is None:
                    return
                self._given = held
                yield held.frame
                del held
        finally:
            self._release()
            self.close()

    def _release(self) -> None:
        held, self._given = self._given, None
        if held:
            held.release()

    def _next(self) -> _Held | None:
        """What waits in the slot, a frame that says that the source is lost, or None at the end."""
        asked_s = time.monotonic()
        with self._changed:
            while not self._stopped:
                if self._slot is not None:
                    held, self._slot = self._slot, None
                    return held
                if self._refused is not None:
                    raise self._refused
                if self._ended:
                    return None
                if self._lost is not None and time.monotonic() - asked_s >= self._patience.repeat_s:
                    return _Held(self._frame(None, time.monotonic_ns(), self._lost, lost=True))
                self._changed.wait(_LOOK_S)
        return None

    def _supervise(self) -> None:
        """Keep a child reading until the source is stopped; runs in a thread."""
        failures = 0
        while not self._stopped:
            gave = self._read_until_lost()
            failures = 0 if gave else failures + 1
            with self._changed:
                if not (self._opened.is_set() or self._wait or self._lost is None):
                    self._refused = self._refused or SourceError(self._lost)
                self._opened.set()
                if self._refused is not None or self._ended:
                    self._changed.notify_all()
                    return
                if self._lost is None:  # only to be opened in another size
                    continue
                self._changed.wait_for(lambda: self._stopped, self._pause_s(failures))
            self.restarts += not self._stopped

    def _read_until_lost(self) -> bool:
        """Run one child until it is lost, ends or is stopped; whether it gave a picture."""
        child: CaptureProcess | None = None
        try:
            child = CaptureProcess()
            self.child_pid = child.pid
            self._asked_wh = self._wanted_wh
            child.ask(self._text, self._epoch_ns, self._asked_wh)
            self._receive(child)
        except Lost as lost:
            if lost.permanent and not self._has_opened:
                self._refused = PermanentSourceError(str(lost))
            else:
                self._lose(str(lost))
        except OSError as exc:
            self._lose(f"no capture process can be started: {exc}")
        finally:
            self.child_pid = None
            if child:
                child.kill()
        return child is not None and child.gave

    def _pause_s(self, failures: int) -> float:
        """Full jitter: many boards that lost one camera do not come back at once."""
        longest = self._patience.first_pause_s * 2 ** min(max(failures - 1, 0), 16)
        return self._random.uniform(0, min(longest, self._patience.last_pause_s))

    def _receive(self, child: CaptureProcess) -> None:
        """Take messages until the source is stopped, has ended or wants another size.

        Raises:
            Lost: none came in time, or the child says that it is over.
        """
        deadline_s = time.monotonic() + self._patience.open_s
        waited_for = "it did not open"
        while not self._stopped and self._asked_wh == self._wanted_wh:
            message = child.message(min(deadline_s, time.monotonic() + _LOOK_S))
            now_s = time.monotonic()
            if message is None:
                if now_s >= deadline_s:
                    raise Lost(f"{waited_for} for {self._silent_s:.1f} s")
                continue
            if "error" in message:
                raise Lost(message["error"], message.get("permanent", False))
            if "epoch_ns" in message:
                self._epoch_ns = message["epoch_ns"]
                continue
            if "end" in message:
                with self._changed:
                    self._ended = True
                    self._changed.notify_all()
                return
            if "fps" in message:
                self.fps, size_wh = message["fps"], message["size_wh"]
                self.size_wh = tuple(size_wh) if size_wh else None
                self._has_opened = True
                self._opened.set()
            else:
                self._take(child, message)
            deadline_s, waited_for = now_s + self._silent_s, "no picture came"

    @property
    def _silent_s(self) -> float:
        return max(self._patience.silent_s, 3 / self.fps if self.fps else 0.0)

    def _take(self, child: CaptureProcess, message: dict[str, Any]) -> None:
        slot, shape = message.get("slot"), message.get("shape")
        with self._changed:
            if self._lost is not None and self._lost_s is not None:
                log.info("%s: back after %.1f s", self.name, time.monotonic() - self._lost_s)
            self._lost = self._lost_s = None
            if not self._asked:  # nobody waits for frames yet
                if slot is not None:
                    child.free(slot)
                return
            if message.get("overrun"):
                self.captured += 1
                self.dropped[SUPERSEDED] += 1
                return
            image = None
            if slot is not None and shape is not None:
                child.gave = True
                image = child.picture(slot, tuple(shape))
            # A clock that runs ahead must not make a picture younger than it can be.
            taken_ns = min(message["captured_ns"], time.monotonic_ns())
            frame = self._frame(image, taken_ns, message["detail"])
            self._put(_Held(replace(frame, arrived_ns=message["arrived_ns"]), child, slot))

    def _lose(self, why: str) -> None:
        with self._changed:
            if self._lost != why:  # not once for every attempt of a long night
                log.warning("%s: %s", self.name, why)
            if self._lost_s is None:
                self._lost_s = time.monotonic()
            self._lost = why
            if self._asked:
                self._put(_Held(self._frame(None, time.monotonic_ns(), why, lost=True)))

    def _put(self, held: _Held) -> None:
        """Into the slot, in place of what waits there; the caller holds the lock."""
        if self._slot is not None:
            self.dropped[SUPERSEDED] += 1
            self._slot.release()
        self._slot = held
        self._changed.notify_all()

    def _frame(self, image: Any, taken_ns: int, detail: str | None, lost: bool = False) -> Frame:
        """Number a frame; the caller holds the lock.

        Its time in the source is that of its arrival: events must not jump with a camera's clock.
        """
        now_ns = time.monotonic_ns()
        if self._first_ns is None:
            self._first_ns = now_ns
        sequence, self.captured = self.captured, self.captured + 1
        media_s = (now_ns - self._first_ns) / 1e9
        return Frame(image, taken_ns, sequence, media_s, None, detail, lost)
