"""What is said about a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt


class Verdict(str, Enum):
    """The three answers. TRUCK means the bundle's positive class, whatever its name."""

    TRUCK = "truck"
    NO_TRUCK = "no_truck"
    UNKNOWN = "unknown"


class Reason(str, Enum):
    """Why a verdict is UNKNOWN."""

    UNREADABLE = "unreadable"
    """The file or stream gave bytes that are not a whole picture."""
    WRONG_SHAPE = "wrong_shape"
    """Not a (height, width, 3) uint8 picture, or too small to hold one."""
    BLACK = "black"
    """Nothing in the picture is brighter than a covered lens shows."""
    OVEREXPOSED = "overexposed"
    """Most of the picture is as white as the sensor can say."""
    BLANK = "blank"
    """The picture is of one colour: a covered lens with some light, a test card, no signal."""
    BLURRED = "blurred"
    """As good as no fine detail: out of focus, fogged up, a drop on the lens."""
    FROZEN = "frozen"
    """A live source gives the very same picture again and again."""
    RESIZED = "resized"
    """The pictures of a source have suddenly another size."""
    LOST = "lost"
    """The source gives no picture."""
    UNSURE = "unsure"
    """The probability lies in the variant's abstain band."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as a source gave it."""

    image_bgr: npt.NDArray[np.uint8] | None
    """(height, width, 3), OpenCV channel order; None when the source could not decode it."""
    captured_ns: int
    """`time.monotonic_ns()` when the source had the picture."""
    sequence: int
    """0 for the first picture of the source; counts those dropped later too."""
    media_s: float
    """Seconds into the recording for a file, seconds since the first frame for a camera."""
    name: str | None = None
    """Path of the picture, where the source is a folder."""
    detail: str | None = None
    """What went wrong, when there is no picture."""
    lost: bool = False
    """Whether there is none because the source gives none at all."""
    prepared: object = None
    """What a detector has made of the picture ahead of time, for itself."""
    arrived_ns: int | None = None
    """`time.monotonic_ns()` when the picture reached this program, where a sensor or a script says
    when it was taken; None: at `captured_ns`, which for all other sources is when it came."""

    def held_ms(self, now_ns: int) -> float:
        """For how long this program has had it; of its age the part that doing less shortens.

        Args:
            now_ns: `time.monotonic_ns()`.
        """
        since_ns = self.captured_ns if self.arrived_ns is None else self.arrived_ns
        return (now_ns - since_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Decision:
    """What one frame showed."""

    verdict: Verdict
    """TRUCK, NO_TRUCK or UNKNOWN; UNKNOWN always carries a reason."""
    probability: float
    """Calibrated probability of a truck, in [0, 1]; nan when UNKNOWN."""
    reason: Reason | None
    """Why the verdict is UNKNOWN; None otherwise."""
    label: str | None
    """Name of the class in the bundle's own words; None when UNKNOWN."""
    detail: str | None
    """The measured value or message behind the reason; None when there is nothing to add."""
    sequence: int
    """The frame's number in its source."""
    captured_ns: int
    """`time.monotonic_ns()` of the capture."""
    decided_ns: int
    """`time.monotonic_ns()` of this decision."""
    media_s: float
    """Seconds into the source."""
    name: str | None
    """Path of the picture, where the source is a folder."""
    threshold: float | None = None
    """Of the variant that decided, in [0, 1]: from this probability on the verdict is TRUCK; None
    where nobody said."""

    @property
    def age_ms(self) -> float:
        """Capture to decision, monotonic clock, milliseconds."""
        return (self.decided_ns - self.captured_ns) / 1e6

    def as_json(self) -> dict[str, Any]:
        """The decision as one line of a decisions file; nan is written as null."""
        return {
            "sequence": self.sequence,
            "media_s": round(self.media_s, 6),
            "captured_ns": self.captured_ns,
            "age_ms": round(self.age_ms, 3),
            "verdict": self.verdict.value,
            "probability": None if math.isnan(self.probability) else self.probability,
            "reason": self.reason.value if self.reason else None,
            "detail": self.detail,
            "label": self.label,
            "name": self.name,
        }
