"""Intervals hold the quantile as often as they say, and nothing is made up where n is too small."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.benchmarks.suite.percentiles import (
    CONFIDENCE,
    Percentile,
    least_count,
    order_statistics,
    percentile,
)

SHARES = [0.50, 0.90, 0.95, 0.99]
RUNS = 300
MS = 1_000_000
Drawn = npt.NDArray[np.float64]


def uniform(rng: np.random.Generator, size: int) -> Drawn:
    return rng.random(size)


def heavy(rng: np.random.Generator, size: int) -> Drawn:
    """So heavy a tail that there is no mean."""
    return rng.pareto(0.8, size) + 1


def two_humps(rng: np.random.Generator, size: int) -> Drawn:
    return rng.normal(10, 0.2, size) + 10 * (rng.random(size) < 0.05)


def ties(rng: np.random.Generator, size: int) -> Drawn:
    """A coarse clock: a handful of different durations."""
    return np.ceil(rng.gamma(3, 1, size))


@pytest.mark.parametrize("draw", [uniform, heavy, two_humps, ties])
@pytest.mark.parametrize("share", SHARES)
def test_the_interval_holds_the_quantile_in_95_of_100_runs(
    draw: Callable[[np.random.Generator, int], Drawn], share: float
) -> None:
    rng = np.random.default_rng([3, round(100 * share)])
    everything = np.sort(draw(rng, 200_000))
    truth_ms = float(np.rint(everything[math.ceil(share * everything.size) - 1] * 1000)) / MS
    held = 0
    for _ in range(RUNS):
        found = percentile(np.rint(draw(rng, 400) * 1000).astype(np.int64), share)
        assert found is not None
        held += found.low_ms <= truth_ms <= found.high_ms
    assert held >= (CONFIDENCE - 2 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / RUNS)) * RUNS


@pytest.mark.parametrize("count", [6, 7, 36, 72, 100, 368, 1000])
@pytest.mark.parametrize("share", SHARES)
def test_places_are_those_of_the_binomial_distribution(count: int, share: float) -> None:
    """Terms from whole numbers, and no narrower interval would do."""
    over = round(100 * share)

    def fewer_than(k: int) -> float:
        ways = sum(math.comb(count, i) * over**i * (100 - over) ** (count - i) for i in range(k))
        return ways / 100**count

    places = order_statistics(count, share)
    if places is None:
        assert count < least_count(share)
        return
    low, high = places
    assert 1 <= low <= math.ceil(round(share * count, 9)) <= high <= count
    half = (1 - CONFIDENCE) / 2
    assert fewer_than(low) <= half < fewer_than(low + 1)
    assert 1 - fewer_than(high) <= half < 1 - fewer_than(high - 1)


@pytest.mark.parametrize(("share", "least"), [(0.50, 6), (0.90, 36), (0.95, 72), (0.99, 368)])
def test_a_percentile_needs_enough_durations(share: float, least: int) -> None:
    assert least_count(share) == least_count(1 - share) == least
    assert percentile(range(1, least), share) is None
    found = percentile(range(1, least + 1), share)
    assert found is not None
    assert found.high_ms == least / MS  # the longest of all, and nothing beyond it


def test_a_known_sample_has_a_known_median() -> None:
    """n = 10: the second and the ninth hold the median with 1 - 22 / 1024."""
    durations = [10 * MS, *(ms * MS for ms in (7, 1, 9, 2, 8, 3, 6, 4, 5))]
    assert percentile(durations, 0.5) == Percentile(0.5, 5.0, 2.0, 9.0)
    assert str(percentile(durations, 0.5)) == "5.00 ms (2.00 to 9.00)"


@pytest.mark.parametrize("hundreds", range(1, 11))
def test_the_value_is_the_shortest_duration_that_the_share_does_not_exceed(hundreds: int) -> None:
    for percent in range(5, 95):
        found = percentile(range(1, 100 * hundreds + 1), percent / 100)
        assert found is not None
        assert round(found.value_ms * MS) == hundreds * percent


def test_no_durations_have_no_percentile() -> None:
    assert percentile([], 0.5) is None
