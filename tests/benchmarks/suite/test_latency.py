"""Durations of processes are pooled, nothing is left out, and processes that differ are seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trucksight.benchmarks.suite.latency import (
    Spread,
    latency,
    latency_of,
)
from trucksight.benchmarks.suite.results import Cell, Conditions, Measured, Process

MS = 1_000_000


def test_two_in_a_hundred_at_ten_times_move_p99_and_not_p50() -> None:
    rng = np.random.default_rng(5)
    plain = np.rint(20 * MS * np.exp(rng.normal(0, 0.05, 1000))).astype(int)
    planted = np.where(np.arange(1000) % 50 == 0, 10 * plain, plain)
    before, after = latency([plain.tolist()]), latency([planted.tolist()])
    assert before.p50 and before.p99 and after.p50 and after.p99
    assert after.p50.value_ms == pytest.approx(before.p50.value_ms, rel=0.01)
    assert after.p99.value_ms > 8 * before.p99.value_ms
    assert after.p99.low_ms > before.p99.high_ms


def test_not_even_the_wildest_duration_is_left_out() -> None:
    found = latency([[*range(MS, MS + 367), 3_600_000 * MS]])
    assert found.p99 is not None
    assert found.longest_ms == found.p99.high_ms == 3_600_000.0
    assert found.count == 368


def test_processes_are_pooled_and_their_medians_kept() -> None:
    slow = [20 * MS + i for i in range(30)]
    found = latency([[10 * MS + i for i in range(10)], slow])
    assert found.count == 40
    assert found.p50 is not None
    assert found.p50.value_ms > 20
    assert found.percentiles == (found.p50, found.p90, None, None)
    assert found.p90 is not None
    assert found.spread.medians_ms == pytest.approx((10.0, 20.0), abs=0.001)
    assert found.spread.ratio == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("processes", [2, 5, 6])
def test_the_spread_holds_the_typical_process_as_often_as_it_says(processes: int) -> None:
    rng, runs = np.random.default_rng(processes), 2000
    found = [Spread(tuple(ms)) for ms in (20 + rng.pareto(1, (runs, processes))).tolist()]
    held = sum(one.least_ms <= 21 <= one.most_ms for one in found) / runs  # a Pareto median is 1
    assert held == pytest.approx(found[0].confidence, abs=0.03)
    assert found[0].confidence == 1 - 2 / 2**processes


def test_a_single_process_tells_nothing_of_another() -> None:
    assert Spread((20.0,)).confidence == 0


NOW = Conditions((), (), {}, None, None, None, None, None, 0.0)
FAST = Process(
    regime="back-to-back",
    stages_ns={"infer": [3 * MS] * 40, "decode": [1 * MS] * 40},
    end_to_end_ns=[5 * MS] * 40,
    warm_up_ns=[90 * MS],
    steady=True,
    cold_ns={"import": 200 * MS, "load": 100 * MS},
    first_decision_ns=400 * MS,
    peak_mib=80.0,
    cpu_ms=9.0,
    verdicts=[],
    before=NOW,
    after=NOW,
    energy_j=0.4,
)
SLOW = replace(FAST, end_to_end_ns=[8 * MS] * 40, cpu_ms=10.0, first_decision_ns=600 * MS)
PACED = replace(FAST, regime="paced", end_to_end_ns=[50 * MS] * 40, peak_mib=99.0, energy_j=None)
MEASURED = Measured(
    cell=Cell("int8", "litert", 2),
    engine="litert 1.4",
    model_sha256="00",
    model_bytes=1,
    gate="passed",
    processes=[FAST, SLOW, PACED],
    accuracy=None,
)


def test_one_regime_and_one_stage_are_taken() -> None:
    whole, paced = latency_of(MEASURED, "back-to-back"), latency_of(MEASURED, "paced")
    infer = latency_of(MEASURED, "back-to-back", "infer")
    assert whole and whole.p90 and paced and paced.p50 and infer and infer.p50
    assert (whole.count, whole.p90.value_ms, whole.spread.medians_ms) == (80, 8.0, (5.0, 8.0))
    assert (paced.count, paced.p50.value_ms, paced.p90 and paced.p90.low_ms) == (40, 50.0, 50.0)
    assert (infer.count, infer.p50.value_ms) == (80, 3.0)


def test_what_was_not_measured_has_no_latency() -> None:
    assert latency_of(MEASURED, "paced", "decide") is None
    assert latency_of(replace(MEASURED, processes=[FAST]), "paced") is None
