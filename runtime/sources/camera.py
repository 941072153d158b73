"""A camera: its newest frame, never a queue of old ones."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import cv2

from ..decision import Frame
from ..errors import SourceError
from ..opencv_messages import silence

SUPERSEDED = "superseded"
"""Dropped because a newer frame came before anybody asked."""
STOPPED = "stopped"
"""Dropped because the run ended before anybody asked."""
PATIENCE_S = 2.0
"""Without a picture for so long, a frame without one is given, which becomes UNKNOWN."""
GIVE_UP_S = 30.0
"""Without a picture for so long, the camera is given up."""
FAILURES = 30
"""So many failed reads in a row give the camera up: an unplugged one fails at once, for ever."""
RETRY_S = 0.1
"""Pause after a failed read."""
_LOOK_S = 0.2
_JOIN_S = 2.0


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used."""

    def grab(self) -> bool: ...

    def retrieve(self) -> tuple[bool, Any]: ...

    def get(self, which: int, /) -> float: ...

    def release(self) -> None: ...


def open_source(text: str, fps: float | None = None) -> CameraSource:
    """Open a camera by index (`0`) or device (`/dev/video0`).

    Raises:
        SourceError: there is no such camera, or it is in use or not allowed.
    """
    device = Path(f"/dev/video{text}" if text.isdigit() else text)
    if Path("/dev").is_dir() and not device.exists():
        others = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*"))) or "none"
        raise SourceError(f"camera {text}: {device} does not exist; cameras here: {others}")
    silence()
    capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"camera {text} does not open; another program may use it, or this user may not"
            " (try: sudo usermod -aG video $USER)"
        )
    # Uncompressed frames fill USB 2 at 5 frames a second, and the driver would queue four old ones.
    capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return CameraSource(capture, f"camera {text}")


class CameraSource:
    """A thread reads the camera all the time into one slot; `frames` empties the slot."""

    live = True
    timed = True

    def __init__(
        self,
        capture: Capture,
        name: str,
        patience_s: float = PATIENCE_S,
        give_up_s: float = GIVE_UP_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """Take over an open capture; the reading thread releases it."""
        self.name = name
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.fps = rate if 0 < rate <= 1000 else None
        width, height = (
            int(capture.get(which))
            for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        self.size_wh = (width, height) if width > 0 and height > 0 else None
        self.captured = 0
        self.dropped: Counter[str] = Counter()
        self.notes: list[str] = []
        self._capture = capture
        self._patience_s = patience_s
        self._give_up_s = give_up_s
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._slot: Frame | None = None
        self._first_ns: int | None = None
        self._ended: str | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._thread is not None:
            raise SourceError(f"{self.name}: frames can be asked for once; open it again")
        self._thread = threading.Thread(target=self._read, name=self.name, daemon=True)
        self._thread.start()
        return self._give()

    def stop(self) -> None:
        """See `Source.stop`."""
        self._stopped = True

    def close(self) -> None:
        """See `Source.close`. A read that hangs in the driver is left to end by itself."""
        self._stopped = True
        if self._thread is None:
            self._capture.release()
        else:
            self._thread.join(_JOIN_S)
        with self._changed:
            if self._slot is not None:
                self._slot = None
                self.dropped[STOPPED] += 1

    def __enter__(self) -> CameraSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _give(self) -> Iterator[Frame]:
        try:
            since_ns = time.monotonic_ns()
            while True:
                frame = self._next(since_ns)
                if frame is None:
                    return
                if frame.image_bgr is not None:
                    since_ns = time.monotonic_ns()
                yield frame
                del frame
        finally:
            self.close()

    def _next(self, since_ns: int) -> Frame | None:
        """The frame in the slot, one without a picture when patience ends, or None at the end."""
        asked_ns = time.monotonic_ns()
        with self._changed:
            while not self._stopped:
                if self._slot is not None:
                    frame, self._slot = self._slot, None
                    return frame
                if self._ended is not None:
                    raise SourceError(f"{self.name}: {self._ended}")
                now_ns = time.monotonic_ns()
                silent_s = (now_ns - since_ns) / 1e9
                if silent_s >= self._give_up_s:
                    raise SourceError(
                        f"{self.name} gave no picture for {silent_s:.0f} s; check its cable"
                    )
                if (now_ns - asked_ns) / 1e9 >= self._patience_s:
                    return self._frame(None, now_ns, f"no picture for {silent_s:.1f} s", lost=True)
                self._changed.wait(min(_LOOK_S, self._patience_s))
        return None

    def _read(self) -> None:
        ended = None
        failures = 0
        try:
            while not self._stopped and failures < FAILURES:
                image, taken_ns, detail = self._take()
                failures = failures + 1 if image is None else 0
                with self._changed:
                    if self._stopped:
                        break
                    if self._slot is not None:
                        self.dropped[SUPERSEDED] += 1
                    self._slot = self._frame(image, taken_ns, detail)
                    self._changed.notify_all()
                    if image is None:
                        self._changed.wait(self._retry_s)
                del image
            if failures >= FAILURES:
                ended = f"{failures} reads in a row gave no picture; is it still plugged in?"
        except cv2.error as exc:
            ended = f"OpenCV cannot read it: {exc.err}"
        finally:
            self._capture.release()
            with self._changed:
                self._ended = ended or "the camera was closed"
                self._changed.notify_all()

    def _take(self) -> tuple[Any, int, str | None]:
        """Wait for a frame; the time is taken before it is decoded, so age includes decoding."""
        grabbed = self._capture.grab()
        taken_ns = time.monotonic_ns()
        if not grabbed:
            return None, taken_ns, "the camera gave no picture"
        ok, image = self._capture.retrieve()
        return (image, taken_ns, None) if ok else (None, taken_ns, "the picture does not decode")

    def _frame(self, image: Any, taken_ns: int, detail: str | None, lost: bool = False) -> Frame:
        """Number a frame; the caller holds the lock."""
        if self._first_ns is None:
            self._first_ns = taken_ns
        sequence, self.captured = self.captured, self.captured + 1
        media_s = max(0.0, (taken_ns - self._first_ns) / 1e9)
        return Frame(image, taken_ns, sequence, media_s, None, detail, lost)
