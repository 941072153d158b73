"""One decision of the governor, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .ladder import Level
from .notice import Kind, Notice


class Because(str, Enum):
    """Why a step was taken."""

    AGE = "age"
    HEAT = "heat"
    THROTTLED = "throttled"
    CALM = "calm"


class Move(str, Enum):
    """Where a step leads."""

    DOWN = "down"
    UP = "up"
    EXHAUSTED = "exhausted"
    """Nowhere: it would go down, but this is the last level. Said once until the next step up."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the governor decided, and on what it looked."""

    move: Move
    level_from: int
    """0 is the start, see `Ladder.levels`."""
    level_to: int
    """A neighbour of `level_from`, or the same when `move` is EXHAUSTED."""
    last: int
    """The number of the ladder's last level."""
    does: str
    """As a ladder spells it, `size=640x360`; of a step back what is in effect again."""
    because: Because
    level: Level
    """In effect after the step."""
    calm_s: float
    """How long all has to be well until the next step up; seconds."""
    age_p90_ms: float | None
    """Nine of ten decisions came at most so long after their frame had arrived; None: not enough
    were made."""
    celsius: float | None
    throttled: bool | None

    def notice(self, media_s: float) -> Notice:
        """The step for an operator."""
        data: dict[str, Any] = {
            "step": self.level_to,
            "of": self.last,
            "move": self.move.value,
            "does": self.does,
            "because": self.because.value,
            "age_p90_ms": _rounded(self.age_p90_ms),
            "celsius": _rounded(self.celsius),
            "throttled": self.throttled,
        }
        trouble = self.move is Move.EXHAUSTED
        return Notice(Kind.GOVERNOR, self._text(), media_s, data, trouble)

    def _text(self) -> str:
        where = f"step {self.level_to} of {self.last}"
        if self.move is Move.UP:
            return f"back to {where}, {self.does}: {self._why()}"
        if self.move is Move.DOWN:
            return f"{where}, {self.does}: {self._why()}"
        return f"{where} is the last and does not suffice: {self._why()}"

    def _why(self) -> str:
        if self.because is Because.AGE:
            return f"one decision in ten comes over {self.age_p90_ms:.0f} ms after its frame"
        if self.because is Because.HEAT:
            return f"the processor is at {self.celsius:.1f} C"
        if self.because is Because.THROTTLED:
            return "the firmware slows the processor down"
        return "decisions were fresh and the processor cool for long enough"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
