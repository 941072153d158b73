"""Every way to run a bundle here, as pytest-benchmark shows, keeps and compares it.

The decisions are measured by fresh processes, see `suite`; here their durations are handed to
pytest-benchmark one by one, so that `--benchmark-json`, `--benchmark-compare` and
`--benchmark-compare-fail` work on decisions and not on processes.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trucksight.benchmarks.suite.conduct import measure_all
from trucksight.benchmarks.suite.latency import Latency, latency_of
from trucksight.benchmarks.suite.pictures import rendered_pictures
from trucksight.benchmarks.suite.plan import plan
from trucksight.benchmarks.suite.results import REGIMES, Absent, Cell, Regime, Results
from trucksight.benchmarks.suite.rounds import QUICK, Amount
from trucksight.runtime import Bundle, default_bundle_path, load_bundle

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

BUNDLE_VARIABLE = "TRUCKSIGHT_BENCH_BUNDLE"
FULL_VARIABLE = "TRUCKSIGHT_BENCH_FULL"
"""Set to anything, it measures enough for 99th percentiles."""
SEED = 0


class Replayed:
    """A clock that stands still but for durations that were measured elsewhere."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._left_ns: list[int] = []

    def load(self, durations_ns: list[int]) -> None:
        """Hand these out next."""
        self._left_ns = durations_ns[::-1]

    def pass_one(self) -> None:
        """Let the next duration pass."""
        self._now_s += self._left_ns.pop() / 1e9

    def __call__(self) -> float:
        """Seconds."""
        return self._now_s


CLOCK = Replayed()


@cache
def _bundle() -> Bundle:
    return load_bundle(os.environ.get(BUNDLE_VARIABLE) or default_bundle_path())


@cache
def _plan() -> tuple[list[Cell], list[Absent]]:
    return plan(_bundle())


@pytest.fixture(scope="session")
def results() -> Results:
    amount = Amount() if os.environ.get(FULL_VARIABLE) else QUICK
    cells, absent = _plan()
    with tempfile.TemporaryDirectory() as folder:
        pictures = rendered_pictures(Path(folder), amount.count, SEED, _bundle().positive)
        return measure_all(_bundle(), cells, absent, pictures, amount)


@pytest.mark.benchmark(timer=CLOCK)
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("cell", _plan()[0], ids=str)
def test_decisions(
    benchmark: BenchmarkFixture, results: Results, cell: Cell, regime: Regime
) -> None:
    """From the encoded picture to the verdict; what is invalid is skipped and says why."""
    measured = next((one for one in results.measured if one.cell == cell), None)
    latency = latency_of(measured, regime) if measured else None
    if measured is None or latency is None:
        words = [one.why for one in results.absent if one.what == str(cell)] + results.notes
        pytest.fail(f"{cell} was not measured: {'; '.join(words)}")
    if measured.invalid:  # nothing of it may reach a comparison
        pytest.skip(f"invalid, not slow: {'; '.join(measured.invalid)}")
    processes = [one for one in measured.processes if one.regime == regime]
    durations_ns = [ns for one in processes for ns in one.end_to_end_ns]
    CLOCK.load(durations_ns)
    benchmark.group = regime
    benchmark.extra_info.update(_told(latency))
    benchmark.extra_info["engine"] = measured.engine
    benchmark.extra_info["model_sha256"] = measured.model_sha256
    benchmark.extra_info["gate"] = measured.gate
    benchmark.pedantic(CLOCK.pass_one, rounds=len(durations_ns), iterations=1, warmup_rounds=0)
    if measured.accuracy:
        assert measured.accuracy.correct / max(1, measured.accuracy.decided) > 0.5


@pytest.mark.parametrize("absent", _plan()[1], ids=lambda one: one.what)
def test_absent(absent: Absent) -> None:
    """What could not be measured is listed with what would bring it."""
    pytest.skip(f"{absent.what}: {absent.why}" + (f"; run: {absent.cure}" if absent.cure else ""))


def _told(latency: Latency) -> dict[str, float | list[float]]:
    """Percentiles with their intervals; one that there were too few decisions for is left out."""
    told: dict[str, float | list[float]] = {}
    for name in ("p50", "p90", "p95", "p99"):
        percentile = getattr(latency, name)
        if percentile:
            told[f"{name}_ms"] = round(percentile.value_ms, 4)
            told[f"{name}_ms_95"] = [round(percentile.low_ms, 4), round(percentile.high_ms, 4)]
    return told
