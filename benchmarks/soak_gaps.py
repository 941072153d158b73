"""How soon a lost camera is noticed, and how soon it is read again, from the decisions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DISCONNECT_S, STALL_S = 0.5, 2.6
"""How long the camera of `script` is away."""
_FAULTS = (
    *("black", "overexposed", "blank", "blurred", "frozen", "duplicated"),
    *("resized", "corrupt", "late", "clock_behind", "clock_ahead", "slow"),
)
_GAPS = (("disconnect", DISCONNECT_S), ("disconnect", DISCONNECT_S), ("stall", STALL_S))
_FAULT_S, _GOOD_S = 0.3, 2.5


def script(fps: int) -> str:
    """Every fault of the fault camera, a few at a time between two losses, at `fps` a second."""
    steps = []
    for number, (gap, gap_s) in enumerate(_GAPS):
        steps += [(_FAULT_S, fault) for fault in _FAULTS[number :: len(_GAPS)]]
        # The age of what is good on both sides of a gap can be believed.
        steps += [(_FAULT_S, "good"), (gap_s, gap), (_GOOD_S, "good")]
    return ",".join(f"{kind}*{round(seconds * fps)}" for seconds, kind in steps)


@dataclass(frozen=True, slots=True)
class Gap:
    """One time without pictures."""

    kind: str
    """disconnect or stall."""
    noticed_s: float
    """From the moment the first missing frame was due to the first decision `lost`."""
    recovered_s: float
    """From the moment the camera was back to the first decision that is not `lost`, seconds."""


class Gaps:
    """Feed it every decision in order."""

    def __init__(self, fps: float) -> None:
        self.found: list[Gap] = []
        self._period_s = 1 / fps
        self._last_s: float | None = None
        """Arrival of the last frame with a picture."""
        self._first_lost: tuple[float, str] | None = None

    def feed(self, decision: dict[str, Any]) -> None:
        """Take the next decision, as a decisions file has it.

        The times are those of a frame's arrival and of its decision, on the clock of the loop. The
        last picture before a gap may have been dropped for a newer one; then the gap seems to begin
        one frame early and both times are that much longer.
        """
        arrived_s = float(decision["media_s"])
        # A picture of a camera whose clock is wrong has no age that says anything.
        age_s = decision["age_ms"] / 1e3 if decision["age_ms"] < 1e3 else 0.0
        if decision["reason"] == "lost":
            if self._first_lost is None and self._last_s is not None:
                kind = "disconnect" if "unplugged" in decision["detail"] else "stall"
                self._first_lost = (arrived_s + age_s, kind)
            return
        if self._first_lost and self._last_s is not None:
            lost_s, kind = self._first_lost
            due_s = self._last_s + self._period_s
            back_s = due_s + (DISCONNECT_S if kind == "disconnect" else STALL_S)
            self.found.append(Gap(kind, lost_s - due_s, max(0.0, arrived_s + age_s - back_s)))
        self._last_s, self._first_lost = arrived_s, None
