"""From one decision a frame to events: a truck came, stayed, and left.

Three rules, all in seconds of the source's own time, so that they mean the same at 5 and 30 frames
per second:

- **Enter.** A TRUCK frame opens a candidate. It becomes an event with the first TRUCK frame at
  least `enter_s` after its first one. Each NO_TRUCK takes back one TRUCK; when none is left, or no
  TRUCK was seen for `leave_s`, the candidate is forgotten. So a single flicker either way changes
  nothing, and frames that merely alternate never become an event.
- **Leave.** The event ends at its last TRUCK frame, once a frame comes `leave_s` or more after it
  and none between was TRUCK.
- **Unknown** frames say nothing about the truck: while only they come, the event waits for up to
  `blind_s` instead of `leave_s`. They lengthen an event only when TRUCK follows, are counted, and
  never make a candidate an event.

A frame is TRUCK here when its verdict is, or, where `Smoothing` sets a probability, when it is at
least as probable: a higher one before an event than during it keeps a doubtful truck from breaking
up into many events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .decision import Decision, Verdict
from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How long a verdict must hold before it is believed; seconds of the source's own time.

    Raises:
        UsageError: a negative or endless duration, or a probability that is none.
    """

    enter_s: float = 0.3
    """TRUCK for at least this long begins an event; 0 takes a single frame."""
    leave_s: float = 0.7
    """No TRUCK for at least this long ends it."""
    blind_s: float = 2.0
    """The same while every frame is UNKNOWN; where smaller than `leave_s`, that one holds."""
    enter_probability: float | None = None
    """Calibrated probability, in [0, 1], from which a frame counts as TRUCK before an event; None
    takes its verdict."""
    leave_probability: float | None = None
    """The same during an event; at most `enter_probability` where that is set."""

    def __post_init__(self) -> None:
        for name in ("enter_s", "leave_s", "blind_s"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise UsageError(f"{name} must be 0 or more seconds, not {value!r}")
        enter, leave = self.enter_probability, self.leave_probability
        for probability in (enter, leave):
            if probability is not None and not 0 <= probability <= 1:
                raise UsageError(f"a probability is 0 to 1, not {probability!r}")
        if enter is not None and leave is not None and leave > enter:
            raise UsageError(
                f"leave_probability {leave!r} is more than enter_probability {enter!r}"
            )


@dataclass(frozen=True, slots=True)
class Origin:
    """What a reader of an event far away must know to trace it."""

    run: str
    """Different for every run of a board."""
    bundle: str
    """Name of the bundle."""
    variant: str
    variant_sha256: str
    """Of the file that decided."""
    snapshots: bool = False
    """Whether a picture of every event is kept; its name then stands in the event."""


@dataclass(frozen=True, slots=True)
class Event:
    """A truck's passage."""

    number: int
    """1 for the first event of a run."""
    start_s: float
    """First TRUCK frame, seconds into the source."""
    end_s: float
    """Last TRUCK frame so far, seconds into the source."""
    peak_probability: float
    """Highest calibrated probability, in [0, 1]."""
    frames: int
    """Frames judged TRUCK."""
    unknown_frames: int
    """Frames between start and end that could not be judged."""
    origin: Origin | None = None
    """Where it was seen; None where nobody said."""

    @property
    def id(self) -> str:
        """Different for every event of a board where the origin is known; else the number."""
        return f"{self.origin.run}-{self.number}" if self.origin else str(self.number)

    @property
    def file_stem(self) -> str:
        """The id as a file name without an ending: letters, digits, `_` and `-`."""
        return re.sub(r"[^0-9A-Za-z_-]", "_", self.id)[-80:]

    @property
    def snapshot_name(self) -> str:
        """Name of the file that shows it, where snapshots are taken."""
        return f"{self.file_stem}.jpg"

    def as_json(self) -> dict[str, Any]:
        """The event as one line of an events file."""
        origin = {} if self.origin is None else self._origin_json(self.origin)
        return {
            "event": self.number,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "peak_probability": self.peak_probability,
            "frames": self.frames,
            "unknown_frames": self.unknown_frames,
            **origin,
        }

    def _origin_json(self, origin: Origin) -> dict[str, Any]:
        snapshot = {"snapshot": self.snapshot_name} if origin.snapshots else {}
        return {
            "id": self.id,
            "bundle": origin.bundle,
            "variant": origin.variant,
            "variant_sha256": origin.variant_sha256,
            **snapshot,
        }


@dataclass(slots=True)
class _Passage:
    """A candidate or an open event, as it grows."""

    start_s: float
    end_s: float
    peak: float
    frames: int = 1
    unknown_frames: int = 0
    balance: int = 1
    """TRUCK less NO_TRUCK frames; decides on a candidate."""
    number: int = 0
    """0 while it is a candidate."""

    def as_event(self, origin: Origin | None) -> Event:
        seen = (self.start_s, self.end_s, self.peak, self.frames, self.unknown_frames)
        return Event(self.number, *seen, origin)


class Smoother:
    """Feed it every decision of a source in order; see the rules at the top of this module."""

    def __init__(self, smoothing: Smoothing | None = None, origin: Origin | None = None) -> None:
        self._rules = smoothing or Smoothing()
        self._origin = origin
        self._passage: _Passage | None = None
        self._unknown = 0
        """UNKNOWN frames since the last TRUCK."""
        self._refuted = False
        """Whether a NO_TRUCK came since the last TRUCK."""
        self._begun = 0

    @property
    def open(self) -> Event | None:
        """The event that has begun and not ended, as it stands."""
        passage = self._passage
        return passage.as_event(self._origin) if passage and passage.number else None

    def feed(self, decision: Decision) -> Event | None:
        """Take the next decision.

        Returns:
            The event that this frame ended, if any.
        """
        seen = self._seen(decision)
        ended = self._expire(seen, decision.media_s)
        if seen is Verdict.TRUCK:
            self._truck(decision.media_s, decision.probability)
        elif seen is Verdict.NO_TRUCK:
            self._no_truck()
        else:
            self._unknown += 1
        return ended

    def finish(self) -> Event | None:
        """Close the open event at its last TRUCK frame, because the source has ended."""
        ended, self._passage = self.open, None
        return ended

    def exchange(self, smoothing: Smoothing, origin: Origin | None) -> Event | None:
        """Go on by other rules or with another model; numbers go on, too.

        Returns:
            The event that was open, which ends, for it belongs to one model; None where nothing
            changes.
        """
        if (smoothing, origin) == (self._rules, self._origin):
            return None
        ended = self.finish()
        self._rules, self._origin = smoothing, origin
        return ended

    def _seen(self, decision: Decision) -> Verdict:
        """The verdict, by the probabilities of `Smoothing` where it sets them."""
        is_event = self._passage is not None and self._passage.number > 0
        rules = self._rules
        least = rules.leave_probability if is_event else rules.enter_probability
        if least is None or decision.verdict is Verdict.UNKNOWN:
            return decision.verdict
        return Verdict.TRUCK if decision.probability >= least else Verdict.NO_TRUCK

    def _expire(self, seen: Verdict, now_s: float) -> Event | None:
        """End the passage if its last TRUCK frame is too long ago."""
        passage = self._passage
        if passage is None:
            return None
        limit_s = self._patience_s(seen)
        return self.finish() if _lasts(passage.end_s, now_s, limit_s) else None

    def _patience_s(self, verdict: Verdict) -> float:
        """How old the last TRUCK may be when a frame of this verdict comes."""
        is_event = self._passage is not None and self._passage.number > 0
        refuted = self._refuted or verdict is Verdict.NO_TRUCK
        unknown = self._unknown > 0 or verdict is Verdict.UNKNOWN
        blind = is_event and unknown and not refuted
        return max(self._rules.leave_s, self._rules.blind_s) if blind else self._rules.leave_s

    def _truck(self, now_s: float, probability: float) -> None:
        passage = self._passage
        if passage is None:
            passage = self._passage = _Passage(now_s, now_s, probability)
        else:
            passage.end_s = now_s
            passage.peak = max(passage.peak, probability)
            passage.frames += 1
            passage.unknown_frames += self._unknown
            passage.balance += 1
        self._unknown, self._refuted = 0, False
        if not passage.number and _lasts(passage.start_s, now_s, self._rules.enter_s):
            self._begun += 1
            passage.number = self._begun

    def _no_truck(self) -> None:
        self._refuted = True
        if self._passage is None or self._passage.number:
            return
        self._passage.balance -= 1
        if self._passage.balance == 0:
            self._passage = None


def _lasts(since_s: float, now_s: float, limit_s: float) -> bool:
    """Whether at least `limit_s` went by; 1.4 - 1.1 counts as 0.3."""
    return now_s - since_s >= limit_s - 1e-6
