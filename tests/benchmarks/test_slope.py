"""A slope's interval must neither cry wolf over an allocator nor miss a leak."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.benchmarks.slope import BLOCKS, Slope, outer_slopes, slope

RUNS, SAMPLES = 200, 360
PAGE, ARENA = 4096, 1 << 20
Series = npt.NDArray[np.float64]


def rests(rng: np.random.Generator) -> Series:
    """Pages that are taken and given back about a level, with a long memory."""
    level, series = 0.0, []
    for shock in rng.normal(0, 16 * PAGE, SAMPLES):
        level = 0.97 * level + shock
        series.append(level)
    return np.round(np.array(series) / PAGE) * PAGE


def steps(rng: np.random.Generator) -> Series:
    """Whole arenas, seldom, either way: a random walk."""
    return np.cumsum(rng.choice([-ARENA, 0, ARENA], SAMPLES, p=[0.02, 0.96, 0.02])).astype(float)


def one_rise(rng: np.random.Generator) -> Series:
    """One large step up at some time, and the noise of pages."""
    risen = np.where(np.arange(SAMPLES) > rng.integers(SAMPLES), 20.0 * ARENA, 0.0)
    return risen + rests(rng)


def sawtooth(rng: np.random.Generator) -> Series:
    """Rubbish that grows until it is collected."""
    period = rng.integers(30, 90)
    phase = (np.arange(SAMPLES) + rng.integers(period)) % period
    return phase * 8.0 * PAGE + rng.normal(0, PAGE, SAMPLES)


NOISES = [rests, steps, one_rise, sawtooth]


def ordinary_covers_zero(y: Series) -> bool:
    """What ordinary least squares would say, for comparison."""
    x = np.arange(len(y)) - (len(y) - 1) / 2
    value = x @ y / (x @ x)
    rest = y - y.mean() - value * x
    error = np.sqrt(rest @ rest / (len(y) - 2) / (x @ x))
    return bool(abs(value) <= 1.97 * error)


def test_of_runs_that_do_not_leak_at_most_one_of_twenty_is_accused() -> None:
    """A run has one series of each noise, judged together as a soak judges its series."""
    x, each = np.arange(SAMPLES, dtype=float), 1 - 0.05 / len(NOISES)
    alarms = 0
    for number in range(RUNS):
        rng = np.random.default_rng([7, number])
        alarms += not all([slope(x, noise(rng), each).covers_zero for noise in NOISES])
    assert alarms <= 0.05 * RUNS


@pytest.mark.parametrize("noise", NOISES)
def test_a_leak_of_a_kibibyte_a_frame_is_always_found(
    noise: Callable[[np.random.Generator], Series],
) -> None:
    x = np.arange(SAMPLES) * 300.0  # frames between two samples
    for number in range(RUNS):
        found = slope(x, noise(np.random.default_rng([7, number])) + 1024 * x, 0.99)
        assert found.low > 0
        assert 800 < found.value < 1250


def test_ordinary_least_squares_would_cry_wolf() -> None:
    rngs = [np.random.default_rng([7, number]) for number in range(RUNS)]
    assert sum(not ordinary_covers_zero(steps(rng)) for rng in rngs) > 0.5 * RUNS


def test_a_line_is_its_own_slope_without_doubt() -> None:
    x = np.linspace(0, 10, 64)
    found = slope(x, 3 * x + 5)
    assert (found.value, found.low, found.high) == pytest.approx((3, 3, 3))
    assert not found.covers_zero


def test_what_stands_still_covers_zero() -> None:
    at = np.cumsum(np.random.default_rng(0).uniform(0.1, 0.3, 97)) + 3517.3
    assert slope(at, [41234432.0] * 97) == Slope(0.0, 0.0, 0.0)
    assert slope(at, [41234432.0] * 97).covers_zero


def test_another_unit_moves_the_whole_interval() -> None:
    assert Slope(2.0, -1.0, 5.0).times(10) == Slope(20.0, -10.0, 50.0)


@pytest.mark.parametrize(
    ("confidence", "outside"), [(0.95, 2), (0.9875, 1), (0.9936, 1), (0.9937, 0), (0.9995, 0)]
)
def test_as_many_slopes_lie_outside_as_the_binomial_distribution_allows(
    confidence: float, outside: int
) -> None:
    assert BLOCKS == 12
    assert outer_slopes(confidence) == outside


def test_more_than_twelve_blocks_can_give_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at most 0\.9995"):
        outer_slopes(0.9996)


@pytest.mark.parametrize(
    ("x", "says"), [(range(47), "48 samples"), ([0, *[1] * 63], "nothing went on")]
)
def test_too_little_to_tell_is_an_error(x: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        slope(x, [1.0] * len(x))
