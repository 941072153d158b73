"""When to do less, because decisions come too late or the machine is too hot, and when more again.

Pure: clock and readings are given, and what a step changes is up to the caller.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from .decision import Decision, Frame, Reason
from .governor_limits import MOST_AGES, GovernorLimits
from .governor_step import Because, Move, Step
from .heat import STALE_S, Heat
from .ladder import Ladder, Level

_LOOK_S = 1.0
"""Between two looks at what was measured."""
_REACH_S = 300.0
"""No age older than this counts, however slowly frames come."""
_COOLED_C = 0.5
"""A fall of the temperature that sensors, which step by less or as much, can tell."""


def load_age_ms(frame: Frame, decision: Decision) -> float | None:
    """What a decision tells of the load: its age since the frame's arrival, milliseconds.

    What a frame is late already when it arrives does not count, for doing less does not mend it.

    Returns:
        None where the model was not asked. A black or missing picture is rejected early: that it
        was quick does not say that there is time.
    """
    is_asked = decision.reason in (None, Reason.UNSURE)
    return frame.held_ms(decision.decided_ns) if is_asked else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to judge by."""

    p90_ms: float | None
    heat: Heat


class Governor:
    """Steps along a ladder.

    Steps lead to a neighbouring level and are `settle_s` apart. How often it can go to and fro
    where a level is too much and the next cheaper one leaves room: while steps up are taken back
    within `proven_s`, the wait before each doubles, so that with the defaults six come in the
    first two hours and at most one an hour from then on; where they last longer, `proven_s` or
    more lie between one step up and the fall after it.
    """

    def __init__(self, ladder: Ladder, limits: GovernorLimits | None = None) -> None:
        """Begin at level 0."""
        self.ladder = ladder
        self.limits = limits or GovernorLimits()
        self.level = 0
        self._ages: deque[tuple[float, float]] = deque(maxlen=MOST_AGES)
        self._looked_s = -math.inf
        self._stepped_s: float | None = None
        self._calm_since_s: float | None = None
        self._wait_s = self.limits.calm_s
        self._rose_s: float | None = None
        self._cooling_from: tuple[float, float | None] = (0.0, None)
        self._exhausted = False
        self._has_sensor = False

    @property
    def settings(self) -> Level:
        """Those of the present level."""
        return self.ladder.levels[self.level]

    def feed(self, now_s: float, age_ms: float) -> None:
        """Take the age of a decision that the model was asked for, or of a frame dropped as stale.

        Args:
            now_s: monotonic, as for `judge`.
            age_ms: since the frame's arrival; see `load_age_ms`.
        """
        self._ages.append((now_s, age_ms))

    def judge(self, now_s: float, heat: Heat | None) -> Step | None:
        """The step to take now, if any; it counts as taken. Looks at most once a second.

        Args:
            now_s: monotonic, seconds.
            heat: the last reading; None where there is none.
        """
        if now_s - self._looked_s < _LOOK_S:
            return None
        self._looked_s = now_s
        if self._stepped_s is None:
            self._stepped_s, self._cooling_from = now_s, (now_s, None)
        seen = _Seen(self._p90_ms(now_s), heat or Heat(None, None))
        self._has_sensor |= seen.heat.celsius is not None
        if self._rose_s is not None and now_s - self._rose_s >= self.limits.proven_s:
            self._rose_s, self._wait_s = None, self.limits.calm_s
        trouble = self._trouble(seen)
        if trouble:
            self._calm_since_s = None
            return self._down(now_s, trouble, seen)
        if not self._is_calm(seen):
            self._calm_since_s = None
            return None
        return self._up(now_s, seen)

    def _p90_ms(self, now_s: float) -> float | None:
        """Nearest rank, over the window; None where too few ages, or no new ones, came."""
        ages, limits = self._ages, self.limits
        while ages and now_s - ages[0][0] > _REACH_S:
            ages.popleft()
        while len(ages) > limits.window_frames and now_s - ages[0][0] > limits.window_s:
            ages.popleft()
        if len(ages) < limits.window_frames or now_s - ages[-1][0] >= STALE_S:
            return None
        return sorted(age_ms for _, age_ms in ages)[math.ceil(0.9 * len(ages)) - 1]

    def _trouble(self, seen: _Seen) -> Because | None:
        if seen.p90_ms is not None and seen.p90_ms > self.limits.age_ms:
            return Because.AGE
        if seen.heat.celsius is not None and seen.heat.celsius >= self.limits.hot_c:
            return Because.HEAT
        return Because.THROTTLED if seen.heat.throttled else None

    def _is_calm(self, seen: _Seen) -> bool:
        """Whether it was measured that there is room; nothing measured is not calm."""
        limits = self.limits
        if seen.p90_ms is None or seen.p90_ms > limits.calm_share * limits.age_ms:
            return False
        if seen.heat.celsius is None:
            # A sensor that was there and is silent now may be so because of the heat.
            return not self._has_sensor
        return seen.heat.celsius <= limits.hot_c - limits.cool_c

    def _down(self, now_s: float, because: Because, seen: _Seen) -> Step | None:
        if not self._has_settled(now_s, because, seen.heat.celsius):
            return None
        if self.level == self.ladder.last:
            return self._exhaust(because, seen)
        if self._rose_s is not None:
            self._rose_s = None
            self._wait_s = min(2 * self._wait_s, self.limits.longest_calm_s)
        return self._go(now_s, Move.DOWN, because, seen)

    def _up(self, now_s: float, seen: _Seen) -> Step | None:
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        if self.level == 0 or now_s - self._calm_since_s < self._wait_s:
            return None
        is_measured = now_s - self._ages[-1][0] <= self.limits.window_s
        if not is_measured or not self._has_settled(now_s, Because.CALM, None):
            return None
        self._rose_s, self._exhausted = now_s, False
        return self._go(now_s, Move.UP, Because.CALM, seen)

    def _go(self, now_s: float, move: Move, because: Because, seen: _Seen) -> Step:
        before = self.level
        self.level += 1 if move is Move.DOWN else -1
        self._stepped_s, self._calm_since_s = now_s, None
        self._cooling_from = (now_s, seen.heat.celsius)
        self._ages.clear()
        return self._step(move, before, self.ladder.does(before, self.level), because, seen)

    def _exhaust(self, because: Because, seen: _Seen) -> Step | None:
        if self._exhausted:
            return None
        self._exhausted = True
        does = self.ladder.does(self.level - 1, self.level)
        return self._step(Move.EXHAUSTED, self.level, does, because, seen)

    def _step(self, move: Move, before: int, does: str, because: Because, seen: _Seen) -> Step:
        return Step(
            move=move,
            level_from=before,
            level_to=self.level,
            last=self.ladder.last,
            does=does,
            because=because,
            level=self.settings,
            calm_s=self._wait_s,
            age_p90_ms=seen.p90_ms,
            celsius=seen.heat.celsius,
            throttled=seen.heat.throttled,
        )

    def _has_settled(self, now_s: float, because: Because, celsius: float | None) -> bool:
        """Whether the effect of the last step has been waited for."""
        assert self._stepped_s is not None
        if now_s - self._stepped_s < self.limits.settle_s:
            return False
        if because in (Because.AGE, Because.CALM):
            return True
        from_s, from_c = self._cooling_from
        if now_s - from_s < self.limits.hot_settle_s:
            return False
        if celsius is None or from_c is None or celsius > from_c - _COOLED_C:
            return True
        self._cooling_from = (now_s, celsius)
        return False
