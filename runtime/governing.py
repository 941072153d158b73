"""From settings to a governor, and what it looks at in a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .decision import Decision, Frame
from .errors import UsageError
from .governor import Governor, load_age_ms
from .governor_limits import GovernorLimits
from .heat import HeatReader
from .ladder import Ladder, Level, not_smaller
from .pace import STALE, Pace

if TYPE_CHECKING:
    from .governor_step import Step
    from .settings import Settings

DEFAULT_AGE_MS = 500.0


def governor_of(settings: Settings) -> Governor | None:
    """The governor that settings ask for; None where they declare no step.

    Raises:
        UsageError: a ladder or limit that cannot be meant.
    """
    if not settings.step:
        return None
    age_ms = settings.step_age_ms or settings.max_age_ms or DEFAULT_AGE_MS
    limits = GovernorLimits(age_ms=age_ms, hot_c=settings.step_celsius)
    limits.check_reached(settings.max_age_ms)
    start = Level(settings.rate, settings.size, settings.variant)
    return Governor(Ladder.parse(settings.step, start), limits)


def check_sizes(steps: Sequence[str], own_wh: tuple[int, int] | None) -> None:
    """Refuse steps that lead to no smaller picture than the source gives without them.

    Args:
        steps: as `Ladder.parse` takes them.
        own_wh: width and height of the source's pictures, pixels; None is not known yet.

    Raises:
        UsageError: names them all.
    """
    refused = not_smaller(steps, own_wh) if own_wh else []
    if own_wh and refused:
        raise UsageError(
            f"--step {', '.join(refused)}: expected a smaller picture than the"
            f" {own_wh[0]}x{own_wh[1]} that the source gives"
        )


class Governing:
    """A governor that is fed with what a run shows; reads temperatures while there is one."""

    def __init__(
        self,
        settings: Settings,
        heat: HeatReader | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Begin at level 0.

        Args:
            settings: may declare no step; then nothing is read and no step is taken.
            heat: None reads this machine's.
            clock_ns: that of `Frame.captured_ns`.
        """
        self._clock_ns = clock_ns
        self._heat = heat or HeatReader()
        self._stale = 0
        """Frames dropped for their age so far."""
        self._governor: Governor | None = None
        self.restart(settings)

    def restart(self, settings: Settings) -> None:
        """Begin anew at level 0, by other settings; temperatures are read if there is a step."""
        self._governor = governor_of(settings)
        if self._governor:
            self._heat.start()
        else:
            self._heat.close()

    def look(self, frame: Frame, decision: Decision | None, pace: Pace) -> Step | None:
        """The step to take after a frame, if any.

        Args:
            frame: the last.
            decision: None where the frame was dropped.
            pace: counts those dropped for their age.
        """
        if self._governor is None:
            return None
        now_ns = self._clock_ns()
        was_stale, self._stale = self._stale, pace.dropped[STALE]
        age_ms: float | None = None
        if decision is not None:
            age_ms = load_age_ms(frame, decision)
        elif self._stale > was_stale:
            age_ms = frame.held_ms(now_ns)
            # One that was dropped because it came late says nothing of how long a decision takes.
            if age_ms <= self._governor.limits.age_ms:
                age_ms = None
        if age_ms is not None:
            self._governor.feed(now_ns / 1e9, age_ms)
        return self._governor.judge(now_ns / 1e9, self._heat.latest())

    def close(self) -> None:
        """Read no more."""
        self._heat.close()
