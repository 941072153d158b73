"""From one decision a frame to events: a truck came, stayed, and left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .decision import Decision, Verdict
from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How long a verdict must hold before it is believed; seconds of the source's own time.

    Raises:
        UsageError: a negative duration.
    """

    enter_s: float = 0.3
    """TRUCK for at least this long begins an event."""
    leave_s: float = 0.7
    """No TRUCK for at least this long ends it."""

    def __post_init__(self) -> None:
        for name, value in (("enter_s", self.enter_s), ("leave_s", self.leave_s)):
            if not 0 <= value < float("inf"):
                raise UsageError(f"{name} must be 0 or more seconds, not {value!r}")


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

    def as_json(self) -> dict[str, Any]:
        """The event as one line of an events file."""
        return {
            "event": self.number,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "peak_probability": round(self.peak_probability, 6),
            "frames": self.frames,
            "unknown_frames": self.unknown_frames,
        }
