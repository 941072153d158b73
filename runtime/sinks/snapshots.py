"""One picture of every event: the plain frame that the detector was most certain of."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from ..decision import Decision, Frame, Verdict
from ..errors import OutputError, UsageError
from ..events import Event
from ..notice import Notice
from .budget import LEAST_FREE_BYTES, BudgetFolder
from .evidence import CLOSE_S, EvidenceCounts, Outcomes, Picture, Worker, encode_jpeg
from .video import is_picture

QUALITY = 85
CANDIDATE_S = 5.0
"""How long before an event is believed its best frame may have been, seconds."""
_HELD_BYTES = 32 << 20
"""Of the copies that may yet turn out to be an event's best frame; two are always held."""
_WAITING_BYTES = 16 << 20
_MARK = b"trucksight snapshot"


@dataclass(frozen=True, slots=True)
class _Copy:
    image_bgr: Picture
    probability: float
    media_s: float


class _Peak:
    """The best frame of an event; of many that are equally good, one from their middle third.

    A quantised model gives its highest score to a truck for as long as it is well in view, and the
    first of those frames still shows only its front.
    """

    def __init__(self, first: _Copy | None) -> None:
        self.first = first
        """What was known when the event began."""
        self._pair = (first, first)
        """The equally good frames whose places are the last two powers of two."""
        self._places = (0, 0)
        self._equals = 0

    def see(self, frame: Frame, decision: Decision) -> None:
        """Take the next frame of the event; copied where it may be the one."""
        best = self._pair[1]
        if best is None or decision.probability > best.probability:
            self._equals = 0
        elif decision.probability == best.probability:
            self._equals += 1
            if self._equals & (self._equals - 1):
                return
        else:
            return
        copy = _copied(frame, decision)
        if copy is None:
            return
        is_better = self._equals == 0
        self._pair = (copy if is_better else self._pair[1], copy)
        self._places = (0 if is_better else self._places[1], self._equals)

    def best(self) -> _Copy | None:
        """As far as seen."""
        middle = self._equals / 2
        older, newer = (abs(place - middle) for place in self._places)
        return self._pair[0] if older < newer else self._pair[1]


class Snapshots:
    """A JPEG of each event's peak, `<event id>.jpg`, pixels as the detector saw them.

    It is written when the event begins, so that a kill leaves one, and again when the event ends
    if there was a better frame since. Encoding and writing happen in a thread of their own; a
    frame costs at most one copy. A disk that is full, gone or read-only is counted and raises
    nothing.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        quality: int = QUALITY,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        """Open the folder and start the thread.

        Args:
            folder: made where it is missing; the oldest snapshots in it give way to new ones.
            max_bytes: of all snapshots in it, also those of earlier runs.
            quality: of the JPEG, 1..100.
            least_free_bytes: stays free on the file system.

        Raises:
            UsageError: a number that cannot be meant.
            OutputError: the folder cannot be made or written.
        """
        if not 1 <= quality <= 100:
            raise UsageError(f"a JPEG's quality is 1 to 100, not {quality!r}")
        self.name = f"snapshots {folder}"
        self._quality = quality
        self._folder = BudgetFolder(folder, ".jpg", _MARK, max_bytes, least_free_bytes)
        self._outcomes = Outcomes(self.name)
        self._worker = Worker(self.name, _WAITING_BYTES)
        self._held: deque[_Copy] = deque()
        """Frames that may be the peak of an event to come: none is surpassed by a later one."""
        self._event: Event | None = None
        """The event that is open."""
        self._peak = _Peak(None)
        """Of the open event."""
        self._stored = ""
        """Name of the last snapshot that was written; the thread's."""

    @property
    def counts(self) -> EvidenceCounts:
        """What became of the events."""
        return self._outcomes.counts

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        if event and (self._event is None or event.number != self._event.number):
            self._begin(event, frame, decision)
        elif event:
            self._event = event
            self._peak.see(frame, decision)
        else:
            self._hold(frame, decision)

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        if self._event is None or self._event.number != event.number:
            self._outcomes.dropped(f"event {event.number} had no frame")
            return
        name, best = event.snapshot_name, self._peak.best()
        risen = best is not self._peak.first
        self._event, self._peak = None, _Peak(None)
        size = best.image_bgr.nbytes if best else 0
        if not self._worker.put(lambda: self._end(name, best, risen), size):
            self._outcomes.dropped("the disk is too slow: too many pictures wait for it")

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; it has no picture."""

    def close(self) -> None:
        """See `Sink.close`; takes at most `CLOSE_S`."""
        if self._event:
            self.event(self._event)
        self._held.clear()
        if not self._worker.close(CLOSE_S):
            self._outcomes.failed("the disk is too slow: the last picture may be missing")

    def _hold(self, frame: Frame, decision: Decision) -> None:
        """Keep a copy of what may turn out to be the peak of an event that begins with it."""
        held = self._held
        while held and not 0 <= frame.media_s - held[0].media_s <= CANDIDATE_S:
            held.popleft()
        copy = _copied(frame, decision) if decision.verdict is Verdict.TRUCK else None
        if copy is None:
            return
        while held and held[-1].probability < copy.probability:
            held.pop()
        held.append(copy)
        while len(held) > 2 and len(held) * copy.image_bgr.nbytes > _HELD_BYTES:
            held.popleft()

    def _begin(self, event: Event, frame: Frame, decision: Decision) -> None:
        if self._event:
            self.event(self._event)
        self._hold(frame, decision)
        mine = (one for one in self._held if one.media_s >= event.start_s)
        best = next(mine, None) or _copied(frame, decision)
        self._held.clear()
        self._event, self._peak = event, _Peak(best)
        name = event.snapshot_name
        if best:
            # Where the queue is full, the end of the event tries again.
            self._worker.put(lambda: self._store(name, best), best.image_bgr.nbytes)

    def _end(self, name: str, best: _Copy | None, risen: bool) -> None:
        """Write the peak where it is not there yet, and count."""
        if best is None:
            self._outcomes.dropped(f"{name}: none of its frames had a picture")
        elif (self._stored == name and not risen) or self._store(name, best):
            self._outcomes.written()
        else:
            self._outcomes.dropped(self._outcomes.counts.last_error or name)

    def _store(self, name: str, copy: _Copy) -> bool:
        """Whether the picture is on the disk now."""
        try:
            self._folder.store(name, _marked(encode_jpeg(copy.image_bgr, self._quality)))
        except OutputError as exc:
            self._outcomes.failed(exc)
            return False
        self._stored = name
        return True


def _copied(frame: Frame, decision: Decision) -> _Copy | None:
    """A copy of the picture, which lies in the source's memory; None where there is none."""
    image = frame.image_bgr
    if not is_picture(image):
        return None
    probability = -1.0 if math.isnan(decision.probability) else decision.probability
    return _Copy(image.copy(), probability, frame.media_s)


def _marked(jpeg: bytes) -> bytes:
    """The JPEG with a comment that says who made it.

    A comment (ITU-T T.81, B.2.4.5) may stand before any other marker segment; JFIF wants its own
    segment, APP0, first.
    """
    after = 2 if jpeg[2:4] != b"\xff\xe0" else 4 + int.from_bytes(jpeg[4:6], "big")
    comment = b"\xff\xfe" + (len(_MARK) + 2).to_bytes(2, "big") + _MARK
    return jpeg[:after] + comment + jpeg[after:]
