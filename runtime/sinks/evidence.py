"""What snapshots and clips share: JPEG, a thread that works behind, and what became of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import OutputError

log = logging.getLogger(__name__)

CLOSE_S = 0.8
"""`close` returns after this long even while the disk hangs, seconds."""
_LAST_CALL_S = 0.4
"""From here on, while closing, pictures that still wait are left out, seconds."""
_MOST_JOBS = 256

Picture = npt.NDArray[np.uint8]


def encode_jpeg(image_bgr: Picture, quality: int) -> bytes:
    """A picture as JPEG; quality in 1..100."""
    done, data = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise OutputError(f"OpenCV cannot encode a picture of shape {image_bgr.shape} as JPEG")
    return data.tobytes()


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """What became of the events since the sink began."""

    written: int
    """Events whose file is on the disk; it may have given way to a newer one since."""
    dropped: int
    """Events without a file, or with one that lacks the best picture."""
    frames_dropped: int
    """Pictures left out because the thread or the disk did not keep up."""
    last_error: str | None
    """Of the latest thing that failed; None when nothing did."""


class Outcomes:
    """Counts, and says the first failure of a row aloud. Any thread may call it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._mutex = threading.Lock()
        self._written = self._dropped = self._frames_dropped = 0
        self._last_error: str | None = None
        self._failing = False

    @property
    def counts(self) -> EvidenceCounts:
        """As they stand now."""
        with self._mutex:
            return EvidenceCounts(
                self._written, self._dropped, self._frames_dropped, self._last_error
            )

    def written(self, *, cut_short: bool = False) -> None:
        """An event's file is on the disk; one that was cut short does not end a row of failures."""
        with self._mutex:
            self._written += 1
            recovered = self._failing and not cut_short
            self._failing = self._failing and cut_short
        if recovered:
            log.info("%s works again", self._name)

    def dropped(self, error: Exception | str) -> None:
        """An event has no file, or a worse one."""
        with self._mutex:
            self._dropped += 1
        self.failed(error)

    def frame_dropped(self, error: Exception | str) -> None:
        """A picture was left out."""
        with self._mutex:
            self._frames_dropped += 1
        self.failed(error)

    def failed(self, error: Exception | str) -> None:
        """Something failed that may still be made good."""
        with self._mutex:
            self._last_error = " ".join(str(error).split()) or type(error).__name__
            first, self._failing = not self._failing, True
        if first:
            log.warning("%s: %s", self._name, self._last_error)


class Worker:
    """A thread that does one job after the other, from a queue that is bounded in bytes."""

    def __init__(self, name: str, most_bytes: int) -> None:
        """Start the thread.

        Args:
            name: of the thread and for the log.
            most_bytes: of the pictures that wait; a single one is always taken.
        """
        self._name, self._most_bytes = name, most_bytes
        self._changed = threading.Condition()
        self._jobs: deque[tuple[Callable[[], object], int]] = deque()
        self._waiting_bytes = 0
        self._closing = False
        self._last_call = float("inf")
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def late(self) -> bool:
        """Whether the end is so near that only what matters most is to be done."""
        return time.monotonic() > self._last_call

    def has_room(self, size_bytes: int = 0) -> bool:
        """Whether `put` would take a job that holds so many bytes."""
        with self._changed:
            return self._has_room(size_bytes)

    def put(self, job: Callable[[], object], size_bytes: int = 0) -> bool:
        """Hand over a job; False where the queue is full or closed."""
        with self._changed:
            if not self._has_room(size_bytes):
                return False
            self._jobs.append((job, size_bytes))
            self._waiting_bytes += size_bytes
            self._changed.notify()
            return True

    def close(self, timeout_s: float) -> bool:
        """Do what waits and end; False where that took too long and the thread was left to itself.

        It takes no other job then. May be called twice.
        """
        with self._changed:
            if not self._closing:
                self._last_call = time.monotonic() + min(timeout_s, _LAST_CALL_S)
            self._closing = True
            self._changed.notify()
        self._thread.join(0 if self._abandoned else timeout_s)
        self._abandoned = True
        return not self._thread.is_alive()

    def _has_room(self, size_bytes: int) -> bool:
        if self._closing or len(self._jobs) >= _MOST_JOBS:
            return False
        fits = self._waiting_bytes + size_bytes <= self._most_bytes
        return fits or not self._waiting_bytes or not size_bytes

    def _run(self) -> None:
        faulty = False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closing)
                if self._abandoned or not self._jobs:
                    return
                job, size_bytes = self._jobs.popleft()
                self._waiting_bytes -= size_bytes
            try:
                job()
            except Exception:
                # A thread that ends here would keep nothing any more, and nobody would know.
                if not faulty:
                    log.exception("%s: a fault of its own", self._name)
                faulty = True
            else:
                faulty = False
            del job
