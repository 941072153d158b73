"""Small copies of frames: the newest while somebody watches, the best of each event."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, TimeoutError
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from ..annotate import annotate, no_picture
from ..decision import Decision, Frame, Verdict
from ..events import Event
from ..region import Region

LIVE_S = 0.2
"""Between two live pictures, seconds."""
LIVE_WIDTH = 960
SNAPSHOT_S = 1.0
"""Between two snapshots of one event, seconds."""
SNAPSHOT_WIDTH = 640
KEPT_EVENTS = 20
"""Events with a snapshot; older ones are forgotten."""
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LivePicture:
    """One frame and what was decided about it."""

    image_bgr: Picture
    """At most `LIVE_WIDTH` wide; of nobody else."""
    decision: Decision
    event: Event | None
    region: Region | None = None
    _first: threading.Lock = field(default_factory=threading.Lock)
    """Taken by the viewer that encodes; nobody waits for it."""
    _jpeg: Future[bytes] = field(default_factory=Future)

    def jpeg(self) -> bytes:
        """The annotated picture, encoded by the first viewer that asks."""
        if self._first.acquire(blocking=False):
            try:
                annotated = annotate(self.image_bgr, self.decision, self.event, self.region)
                self._jpeg.set_result(_jpeg(annotated))
            except Exception as exc:
                self._jpeg.set_exception(exc)
        return self._jpeg.result()


class Live:
    """Hands the newest picture to whoever watches; without a viewer a frame costs nothing."""

    def __init__(self, region: Region | None = None) -> None:
        self._region = region
        self._changed = threading.Condition()
        self._viewers = 0
        self._newest: LivePicture | None = None
        self._taken_ns = 0
        self._closed = False

    @property
    def viewers(self) -> int:
        return self._viewers

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """Copy the frame where somebody watches and `LIVE_S` have gone by."""
        if not self._viewers or 0 <= decision.decided_ns - self._taken_ns < LIVE_S * 1e9:
            return
        image = frame.image_bgr
        small = no_picture((640, 360)) if image is None else _shrunk(image, LIVE_WIDTH)
        self._taken_ns = decision.decided_ns
        with self._changed:
            self._newest = LivePicture(small, decision, event, self._region)
            self._changed.notify_all()

    @contextmanager
    def watch(self) -> Iterator[Callable[[float], LivePicture | None]]:
        """Count as a viewer.

        Yields:
            A function that waits for a picture it has not given yet, for so many seconds; None
            when none came. Raises `EOFError` when there will be no more.
        """
        seen: LivePicture | None = None

        def following(timeout_s: float) -> LivePicture | None:
            nonlocal seen
            with self._changed:
                came = self._changed.wait_for(
                    lambda: self._closed or self._newest is not seen, timeout_s
                )
                if self._closed:
                    raise EOFError
                seen = self._newest
            return seen if came else None

        with self._changed:
            self._viewers += 1
        try:
            yield following
        finally:
            with self._changed:
                self._viewers -= 1
                if not self._viewers:
                    self._newest = None
                    self._taken_ns = 0

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    probability: float
    taken_ns: int
    into_s: float
    """Seconds since the event's start."""
    version: int
    """How many were taken before it of this event."""
    jpeg: Future[bytes]

    def gives_way(self, decision: Decision, into_s: float) -> bool:
        """Whether a later frame is better: more certain, or as certain and well inside the event.

        A quantised model gives its highest score as long as a truck is well in view, and the first
        of those frames shows only its front.
        """
        if decision.probability == self.probability:
            return into_s >= 2 * max(self.into_s, SNAPSHOT_S)
        return decision.probability > self.probability


class Snapshots:
    """The most certain frame of each of the last events, encoded in a thread of its own."""

    def __init__(self) -> None:
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="status-snapshot")
        self._lock = threading.Lock()
        self._kept: dict[int, _Snapshot] = {}

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """Take the frame where it is the most certain of its event so far.

        After the first of an event at most one in `SNAPSHOT_S` is taken, so that a probability
        that climbs with every frame does not cost a copy of every frame.
        """
        if event is None or frame.image_bgr is None or decision.verdict is not Verdict.TRUCK:
            return
        before = self._kept.get(event.number)
        into_s = decision.media_s - event.start_s
        if before and not (
            before.gives_way(decision, into_s)
            and decision.decided_ns - before.taken_ns >= SNAPSHOT_S * 1e9
            and before.jpeg.done()
        ):
            return
        jpeg = self._encoder.submit(_jpeg, _shrunk(frame.image_bgr, SNAPSHOT_WIDTH))
        with self._lock:
            version = before.version + 1 if before else 0
            taken = (decision.probability, decision.decided_ns, into_s, version)
            self._kept[event.number] = _Snapshot(*taken, jpeg)
            while len(self._kept) > KEPT_EVENTS:
                del self._kept[next(iter(self._kept))]

    def version(self, number: int) -> int | None:
        """Another number for another picture of an event; None where there is none."""
        kept = self._kept.get(number)
        return kept.version if kept else None

    def jpeg(self, number: int, timeout_s: float) -> bytes | None:
        """The snapshot of an event; None where there is none within so many seconds."""
        kept = self._kept.get(number)
        try:
            return kept.jpeg.result(timeout_s) if kept else None
        except (CancelledError, TimeoutError):
            return None

    def close(self) -> None:
        self._encoder.shutdown(cancel_futures=True)


def _shrunk(image_bgr: Picture, width: int) -> Picture:
    """A copy that is at most so wide."""
    height_now, width_now = image_bgr.shape[:2]
    if width_now <= width:
        return image_bgr.copy()
    size_wh = width, max(1, round(height_now * width / width_now))
    return np.asarray(cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image_bgr: Picture) -> bytes:
    done, data = cv2.imencode(".jpg", image_bgr, _QUALITY)
    assert done
    return data.tobytes()
