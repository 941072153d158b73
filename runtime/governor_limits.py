"""The rules of a governor: how late, how hot, how long."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import UsageError

MOST_AGES = 1024
"""How many ages are kept."""


@dataclass(frozen=True, slots=True)
class GovernorLimits:
    """The rules of a governor.

    Raises:
        UsageError: a limit that cannot be kept.
    """

    age_ms: float = 500.0
    """Down, when nine of ten decisions in the window do not all come within so long after their
    frame has arrived; see `check_reached`."""
    window_s: float = 10.0
    """Ages of so many seconds count, and of at least the last `window_frames` frames."""
    window_frames: int = 20
    """Fewer ages since the last step say nothing."""
    hot_c: float = 80.0
    """Down from this temperature on."""
    settle_s: float = 15.0
    """No step sooner than this after another, or after the beginning."""
    hot_settle_s: float = 60.0
    """The same for a step down for heat, which answers slowly; waited for anew as long as it fell
    by half a degree in that time."""
    calm_s: float = 60.0
    """Up, when all was well for so long: ages at most `calm_share` of `age_ms`, `cool_c` below
    `hot_c`, not throttled. Doubled whenever a step up is taken back within `proven_s`, up to
    `longest_calm_s`; as it was when a step up was not."""
    calm_share: float = 0.6
    cool_c: float = 8.0
    """Degrees."""
    proven_s: float = 1800.0
    longest_calm_s: float = 3600.0

    def __post_init__(self) -> None:
        seconds = ("window_s", "settle_s", "hot_settle_s", "calm_s", "proven_s", "longest_calm_s")
        for name in ("age_ms", *seconds):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise UsageError(f"{name} must be more than 0, not {value!r}")
        if not 1 <= self.window_frames <= MOST_AGES:
            raise UsageError(f"window_frames must be 1 to {MOST_AGES}, not {self.window_frames!r}")
        if not 0 < self.calm_share < 1:
            raise UsageError(f"calm_share must lie between 0 and 1, not {self.calm_share!r}")
        if not 0 < self.cool_c < math.inf:
            raise UsageError(f"cool_c must be more than 0 degrees, not {self.cool_c!r}")
        if not 0 < self.hot_c <= 120:
            raise UsageError(f"hot_c must be a temperature up to 120 C, not {self.hot_c!r}")
        if self.longest_calm_s < self.calm_s:
            raise UsageError(
                f"longest_calm_s must be {self.calm_s:g} (calm_s) or more,"
                f" not {self.longest_calm_s!r}"
            )

    def check_reached(self, max_age_ms: float | None) -> None:
        """Refuse an age that no frame gets to, because it is dropped before.

        Args:
            max_age_ms: from which on frames are dropped; None drops none.

        Raises:
            UsageError: `age_ms` is more than that.
        """
        if max_age_ms is not None and self.age_ms > max_age_ms:
            raise UsageError(
                f"a step down at {self.age_ms:g} ms never comes where frames are dropped at"
                f" {max_age_ms:g} ms; take {max_age_ms:g} ms or less"
            )
