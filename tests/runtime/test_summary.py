"""Percentiles in bounded memory, and what a summary says."""

from __future__ import annotations

import numpy as np
import pytest

from trucksight.runtime.summary import AgeHistogram


@pytest.mark.parametrize("percent", [50, 99])
@pytest.mark.parametrize("count", [100, 257, 5000])
def test_percentiles_are_right_to_half_a_percent(percent: int, count: int) -> None:
    ages = np.random.default_rng(count).lognormal(2.0, 1.0, count)
    histogram = AgeHistogram()
    for age in ages:
        histogram.add(float(age))
    exact = np.percentile(ages, percent, method="inverted_cdf")
    assert histogram.percentile(percent) == pytest.approx(exact, rel=0.0051)


def test_a_percentile_that_the_count_cannot_support_is_none() -> None:
    histogram = AgeHistogram()
    assert histogram.percentile(50) is None
    for _ in range(99):
        histogram.add(5.0)
    assert histogram.percentile(50) is not None
    assert histogram.percentile(99) is None
    histogram.add(5.0)
    assert histogram.percentile(99) == pytest.approx(5.0, rel=0.0051)


@pytest.mark.parametrize("age_ms", [0.0, -1.0, 1e-9, 1e12])
def test_an_age_out_of_range_counts_at_its_end(age_ms: float) -> None:
    histogram = AgeHistogram()
    histogram.add(age_ms)
    histogram.add(age_ms)
    assert histogram.percentile(50) is not None
