"""Whether durations have settled, while a process warms up, and whether they stayed so.

Both look at medians of stretches, so that a stall here and there decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

BLOCKS = 16
LEAST_IN_BLOCK = 4
_PERMUTATIONS = 1999
_SEED = 20240229
_FOUR_OF_FIVE = 1.2816
"""Standard deviations within which a normal distribution has 80 %."""
_98_OF_100 = 2.3263
"""Within which it has 98 %."""


class WarmUp:
    """Feed it one duration after the other until `feed` says that it is enough.

    All durations so far are cut into quarters, of which the first is what a warm-up is for. They
    have settled when, of the other three,

    - the medians lie within the tolerance: the largest is at most 1 + tolerance times the smallest;
    - there is no trend: Kendall's tau of duration and place, as in the Mann-Kendall test, is no
      larger than chance makes it in four of five settled series (M. Kendall, "Rank Correlation
      Methods", 4th edition, Griffin 1975, chapter 4). Medians within a fifth of the tolerance need
      not pass this: a trend can be beyond doubt and too small to matter.

    Quarters grow with the warm-up, so what falls off slowly is looked at over a long time, and what
    is only noisy gets its chance. It is looked at when there are `least`, and whenever a quarter
    more has come, which keeps noise from passing by trying often.

    On a noisy machine medians may never come that close. So at `most` durations it is enough that
    the second half of them has no trend, now by what chance keeps to in 98 of 100 settled series: a
    warm-up is over when nothing falls any more, however much goes up and down. A trend that noise
    hides here is for `drift` to notice in what is measured next.
    """

    def __init__(self, least: int = 32, most: int = 512, tolerance: float = 0.05) -> None:
        """Begin with nothing.

        Args:
            least: pictures before the first look, 8 or more.
            most: pictures after which it gives up, `least` or more.
            tolerance: more than 0; 0.05 is 5 %.

        Raises:
            ValueError: one of them is out of range.
        """
        if not 8 <= least <= most or tolerance <= 0:
            raise ValueError(
                f"a warm-up has 8 <= least <= most and a tolerance above 0, not "
                f"least={least}, most={most}, tolerance={tolerance}"
            )
        self._most, self._tolerance = most, tolerance
        self._next_look = least
        self._durations_ns: list[int] = []
        self.over = False
        """Whether it settled or gave up."""
        self.steady = False
        """Whether it settled."""

    @property
    def durations_ns(self) -> tuple[int, ...]:
        """All that were fed."""
        return tuple(self._durations_ns)

    def feed(self, duration_ns: int) -> bool:
        """Take one more duration, more than 0; True: it is over, feed no more."""
        assert not self.over
        self._durations_ns.append(duration_ns)
        count = len(self._durations_ns)
        if count >= min(self._next_look, self._most):
            self._next_look = count + count // 4
            self.steady = self._settled() or (count >= self._most and self._without_trend())
            self.over = self.steady or count >= self._most
        return self.over

    def _settled(self) -> bool:
        count = len(self._durations_ns)
        later = np.asarray(self._durations_ns[count // 4 :], float)
        medians = [float(np.median(third)) for third in np.array_split(later, 3)]
        apart = max(medians) / min(medians) - 1
        return apart <= self._tolerance / 5 or (
            apart <= self._tolerance and not _trend(later, _FOUR_OF_FIVE)
        )

    def _without_trend(self) -> bool:
        half = np.asarray(self._durations_ns[len(self._durations_ns) // 2 :], float)
        return not _trend(half, _98_OF_100)


def _trend(values: npt.NDArray[np.float64], deviations: float) -> bool:
    """Whether they rise or fall by more standard deviations of chance; see `WarmUp`."""
    count = values.size
    signs = np.sign(values[None, :] - values[:, None])
    kendall_s = float(np.triu(signs).sum())
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return abs(kendall_s) > deviations * deviation


@dataclass(frozen=True, slots=True)
class Drift:
    """How a series changed on its way."""

    change: float
    """Median after over median before the moment of the largest change, less 1; -0.1 is 10 %
    shorter. Of a steady slope it is half of what was gained from end to end."""
    after: float
    """Which share of the series came before that moment, in (0, 1)."""
    chance: float
    """How often durations that do not change would look as much changed, or more."""
    drifts: bool
    """Whether the change is neither small nor chance."""


def drift(durations: Sequence[float], least: float = 0.03, alarms: float = 0.01) -> Drift | None:
    """Find out whether a measured series stayed where it was.

    The series is cut into `BLOCKS`, and the medians of blocks are ranked: Pettitt's statistic is
    the largest, over all moments, of how much the ranks after a moment outdo those before. How
    often chance does as much comes from random orders of the same ranks, always the same ones:

        A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics
        28 (1979) 126-135.
        B. Phipson, G. K. Smyth, "Permutation P-values should never be zero", Statistical
        Applications in Genetics and Molecular Biology 9 (2010) 39.

    It notices a step (a clock that was throttled) as well as a slope. Durations may depend on each
    other as long as blocks do not; what swings more slowly than over a block or two is a drift.

    Args:
        durations: in the order of measurement, more than 0, in any unit.
        least: a smaller change, either way, is none; 0.03 is 3 %.
        alarms: the largest share of series without a change that may be called drifting.

    Returns:
        None where there are fewer than `BLOCKS * LEAST_IN_BLOCK`: nothing can be said.
    """
    if len(durations) < BLOCKS * LEAST_IN_BLOCK:
        return None
    blocks = np.array_split(np.asarray(durations, float), BLOCKS)
    ranks = _midranks(np.array([np.median(block) for block in blocks]))
    size = np.abs(_outdone(ranks))
    by_chance = np.abs(_outdone(ranks[_orders()])).max(axis=1)
    chance = (1 + np.count_nonzero(by_chance >= size.max())) / (1 + _PERMUTATIONS)
    moment = int(size.argmax()) + 1
    before, after = np.concatenate(blocks[:moment]), np.concatenate(blocks[moment:])
    change = float(np.median(after) / np.median(before)) - 1
    noticeable = max(change, 1 / (1 + change) - 1) >= least
    return Drift(
        change, before.size / len(durations), float(chance), bool(noticeable and chance <= alarms)
    )


def _outdone(ranks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pettitt's U after each block but the last, over the last axis.

    Multiples of one half, so that equal sums compare equal.
    """
    moments = np.arange(1, BLOCKS)
    return 2 * np.cumsum(ranks, axis=-1)[..., :-1] - moments * (BLOCKS + 1)


def _midranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """From 1; what is equal shares the mean of its ranks."""
    below = (values[None, :] < values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2)


@cache
def _orders() -> npt.NDArray[np.int64]:
    rng = np.random.default_rng(_SEED)
    return rng.permuted(np.tile(np.arange(BLOCKS), (_PERMUTATIONS, 1)), axis=1)
