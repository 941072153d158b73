"""How old a decision may be, and how many are made a second."""

from __future__ import annotations

import time
from collections import Counter

from .decision import Frame
from .errors import UsageError

STALE = "stale"
"""Dropped because it was older than allowed, before or after the model had looked at it."""
RATE = "rate"
"""Dropped because enough decisions are made already."""
_SLACK_S = 0.005
"""By so much a frame may come early, and by a tenth of the time between two decisions at most:
cameras jitter."""


class Pace:
    """Decides which frames are decided on, and counts the others by reason."""

    def __init__(self, max_age_ms: float | None = None, rate: float | None = None) -> None:
        """Set the bounds.

        Args:
            max_age_ms: capture to decision, milliseconds; None has no bound.
            rate: decisions per second of the source's own time; None decides on every frame.

        Raises:
            UsageError: a bound that is not positive.
        """
        self.set(max_age_ms, rate)
        self.dropped: Counter[str] = Counter()
        self._due_s: float | None = None

    def set(self, max_age_ms: float | None, rate: float | None) -> None:
        """Change the bounds, see `__init__`; the counts go on."""
        for name, value in (("max_age_ms", max_age_ms), ("rate", rate)):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"{name} must be more than 0, not {value!r}")
        self.max_age_ms = max_age_ms
        self.rate = rate

    def takes(self, frame: Frame, timed: bool = True) -> bool:
        """Whether to decide on a frame; one that is not taken is counted as dropped.

        Args:
            frame: the source's next.
            timed: whether the source has a time; `rate` needs one.
        """
        if self.is_stale((time.monotonic_ns() - frame.captured_ns) / 1e6):
            return False
        if self.rate is None or not timed:
            return True
        now_s, period_s = frame.media_s, 1 / self.rate
        due_s = now_s if self._due_s is None else self._due_s
        went_back = now_s < due_s - 2 * period_s
        if now_s < due_s - min(_SLACK_S, period_s / 10) and not went_back:
            self.dropped[RATE] += 1
            return False
        # From one due time to the next, so that jitter does not add up; after a gap from now.
        self._due_s = due_s + period_s if abs(now_s - due_s) < period_s else now_s + period_s
        return True

    def is_stale(self, age_ms: float) -> bool:
        """Whether something of this age comes too late; if so it is counted as dropped."""
        if self.max_age_ms is None or age_ms <= self.max_age_ms:
            return False
        self.dropped[STALE] += 1
        return True
