"""A short video around every event, with the seconds before it."""

from __future__ import annotations

import math
from pathlib import Path

from ..decision import Decision, Frame
from ..events import Event
from ..notice import Notice
from .budget import LEAST_FREE_BYTES, BudgetFolder
from .clip_recorder import ClipRecorder, ClipRules
from .evidence import CLOSE_S, EvidenceCounts, Outcomes, Worker
from .mjpeg_avi import MAKER
from .video import is_picture

_WAITING_BYTES = 16 << 20
"""Of the pictures that wait for the thread: 18 of 640x480."""


class Clips:
    """A video of each event, `<event id>.avi`: Motion JPEG, in the source's own time.

    A frame costs one copy; a thread of its own encodes it and writes. What the thread does not
    keep up with is left out of the clip and counted. When the next event begins while the seconds
    after one are still recorded, the clip of the first ends there: the next shows the rest. A disk
    that is full, gone or read-only is counted and raises nothing.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        rules: ClipRules | None = None,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        """Open the folder and start the thread.

        Args:
            folder: made where it is missing; the oldest clips in it give way to new ones.
            max_bytes: of all clips in it, also those of earlier runs and the one being written.
                A clip that would outgrow it ends there.
            rules: what a clip shows; None takes the defaults.
            least_free_bytes: stays free on the file system.

        Raises:
            UsageError: a number that cannot be meant.
            OutputError: the folder cannot be made or written.
        """
        self.name = f"clips {folder}"
        self._rules = rules or ClipRules()
        kept = BudgetFolder(folder, ".avi", MAKER, max_bytes, least_free_bytes)
        self._outcomes = Outcomes(self.name)
        self._recorder = ClipRecorder(kept, self._rules, self._outcomes)
        self._worker = Worker(self.name, _WAITING_BYTES)
        self._event: Event | None = None
        """The event that is open."""
        self._tick: int | None = None
        """Of the newest frame."""

    @property
    def counts(self) -> EvidenceCounts:
        """What became of the events."""
        return self._outcomes.counts

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self._picture(frame)
        begins = event and (self._event is None or event.number != self._event.number)
        self._event = event
        if event and begins and not self._worker.put(lambda: self._recorder.begin(event)):
            self._outcomes.dropped(f"{event.id}: the disk is too slow, too much waits for it")

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self._event = None
        if not self._worker.put(lambda: self._recorder.end(event)):
            self._outcomes.failed(f"{event.id}: the disk is too slow, its clip may be too long")

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; it has no picture."""

    def close(self) -> None:
        """See `Sink.close`; takes at most `CLOSE_S`. A clip is finished with what is there."""
        self._worker.put(self._recorder.close)
        if not self._worker.close(CLOSE_S):
            self._outcomes.failed("the disk is too slow: the last clip may be missing")

    def _picture(self, frame: Frame) -> None:
        """Hand a copy to the thread, at most one a tick."""
        tick = math.floor(frame.media_s * self._rules.fps + 1e-6)
        if tick == self._tick:
            return
        self._tick = tick
        image, media_s = frame.image_bgr, frame.media_s
        if not is_picture(image):
            self._worker.put(lambda: self._recorder.nothing(media_s))
        elif self._worker.has_room(image.nbytes):
            copy = image.copy()
            self._worker.put(
                lambda: self._recorder.picture(tick, media_s, copy, self._worker.late), copy.nbytes
            )
        else:
            self._outcomes.frame_dropped("the disk or the processor is too slow for every picture")
