"""Percentiles with intervals that assume nothing about how durations are distributed.

Of n durations, the number no longer than the quantile at a share p is binomial of n and p; where
durations can tie, it is at least that, and the number of shorter ones at most. So two order
statistics have the quantile between them with a probability that is a sum of binomial terms,
whatever the distribution:

    H. A. David, H. N. Nagaraja, "Order Statistics", 3rd edition, Wiley 2003, section 7.1.

The terms are summed as they are, not approximated by a normal distribution. Either end may be
wrong with at most half of what the confidence leaves. At 95 % the least n of which an order
statistic bounds the quantile on both sides is 6 for p50, 36 for p90, 72 for p95 and 368 for p99
(`least_count`). With fewer there is no percentile. Every duration counts: none is clipped, trimmed
or left out.

The interval takes durations for independent. Of durations from several processes it tells what more
pictures in these very processes would bring, and nothing of another start: see `summaries.Spread`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True)
class Percentile:
    """A duration that a share of all pictures does not exceed."""

    share: float
    """In (0, 1)."""
    value_ms: float
    """The shortest of the durations that at least this share of them do not exceed."""
    low_ms: float
    high_ms: float
    """The ends of the interval; durations too."""

    def __str__(self) -> str:
        return f"{self.value_ms:.2f} ms ({self.low_ms:.2f} to {self.high_ms:.2f})"


def percentile(
    durations_ns: Sequence[int] | npt.NDArray[np.int64], share: float
) -> Percentile | None:
    """One percentile and its interval at `CONFIDENCE`.

    Args:
        durations_ns: in any order.
        share: in (0, 1), such as 0.99.

    Returns:
        None where there are fewer than `least_count(share)`.
    """
    in_order = np.sort(np.asarray(durations_ns, np.int64))
    places = order_statistics(in_order.size, share) if in_order.size else None
    if places is None:
        return None
    # 0.07 * 100 is 7.000000000000001, of which the ceiling is not 7.
    rank = math.ceil(round(share * in_order.size, 9))
    value, low, high = (float(in_order[at - 1]) / NS_PER_MS for at in (rank, *places))
    return Percentile(share, value, low, high)


def least_count(share: float) -> int:
    """How many durations a percentile needs: the least n that `order_statistics` can serve."""
    # The outermost two are on the wrong side with p ** n and (1 - p) ** n.
    rarer = math.log((1 - CONFIDENCE) / 2)
    return math.ceil(rarer / math.log(max(share, 1 - share)))


@lru_cache(maxsize=256)
def order_statistics(count: int, share: float) -> tuple[int, int] | None:
    """Between which of n sorted values the quantile lies, with `CONFIDENCE` or more.

    Args:
        count: n, 1 or more.
        share: p, in (0, 1).

    Returns:
        The largest r with P(B < r) and the smallest s with P(B >= s) of at most half of
        1 - CONFIDENCE, where B is binomial of n and p; both count from 1. None where there is no
        such r of 1 or more, or no such s of n or less.
    """
    # Counted from the longest down, the share is 1 - p.
    below, above = _most_below(count, share), _most_below(count, 1 - share)
    return (below, count + 1 - above) if below and above else None


def _most_below(count: int, share: float) -> int:
    """The largest r with P(B < r) of at most half of 1 - CONFIDENCE; 0: there is none."""
    chance = 0.0
    for r in range(count + 1):
        chance += _binomial(r, count, share)
        if chance > (1 - CONFIDENCE) / 2:
            return r
    raise AssertionError("the terms of a binomial distribution sum to 1")


def _binomial(k: int, n: int, p: float) -> float:
    """P(B = k); by logarithms, because the factors alone leave the range of a float."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
