"""`trucksight run` against the plainest loop: frames per second and memory, whole processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pytest

from trucksight.benchmarks.paired import Report, Turns, ratio, run_python
from trucksight.runtime import Bundle
from trucksight.runtime.detector import default_threads

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PAIRS = 9
MEMORY_PAIRS = 3
MOST_MEMORY = 1.5
THREADS = sorted({1, 2, default_threads()})


class Loop(NamedTuple):
    """What one process did."""

    fps: float
    """Decisions a second, from asking for the first frame to the last decision."""
    peak_mib: float
    decided: int


Start = Callable[[int], Loop]


def _loop(*arguments: str) -> Loop:
    ran = run_python(*arguments)
    document = json.loads(ran.stdout)
    return Loop(document["decided"] / document["seconds"], ran.peak_mib, document["decided"])


@pytest.fixture
def loops(bundle: Bundle, clip: Path, litert: None) -> tuple[Start, Start]:
    """`trucksight run` and the plain loop, on the same clip, model and engine, by threads."""
    variant = next((v for v in bundle.variants.values() if v.format == "tflite"), None)
    if variant is None:
        pytest.skip(f"{bundle.path} has no TFLite variant for the plain loop")
    model = bundle.path / variant.file
    chosen = ("--bundle", str(bundle.path), "--variant", variant.name, "--backend", "litert")
    run = ("-m", "trucksight.runtime", "run", *chosen, "--source", str(clip), "--json")
    plain = ("-m", "trucksight.benchmarks.plain_loop", str(model), str(clip))
    threshold = ("--threshold", str(variant.calibration.score_at(variant.threshold)))
    return (
        lambda threads: _loop(*run, "--threads", str(threads)),
        lambda threads: _loop(*plain, *threshold, "--threads", str(threads)),
    )


@pytest.mark.parametrize("threads", THREADS)
def test_run_is_at_least_as_fast_as_the_plainest_loop(
    benchmark: BenchmarkFixture, report: Report, loops: tuple[Start, Start], threads: int
) -> None:
    """Fails when the whole 95 % interval of the ratio lies below 1."""
    run, plain = loops
    turns = Turns(lambda: run(threads), lambda: plain(threads))
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    ours, theirs = [loop.fps for loop in turns.a], [loop.fps for loop in turns.b]
    times = ratio(ours, theirs)
    report(
        f"throughput, threads {threads}: run {median(ours):.1f} fps, plain loop"
        f" {median(theirs):.1f} fps, ratio {times}",
        ratio=times,
    )
    assert {loop.decided for loop in turns.a} == {loop.decided for loop in turns.b}
    assert times.high >= 1.0


def test_run_needs_little_more_memory_than_the_plainest_loop(
    benchmark: BenchmarkFixture, report: Report, loops: tuple[Start, Start]
) -> None:
    run, plain = loops
    turns = Turns(lambda: run(default_threads()), lambda: plain(default_threads()))
    benchmark.pedantic(turns, rounds=MEMORY_PAIRS, iterations=1, warmup_rounds=0)
    ours, theirs = [loop.peak_mib for loop in turns.a], [loop.peak_mib for loop in turns.b]
    times = max(ours) / max(theirs)
    report(
        f"memory: run {max(ours):.0f} MiB, plain loop {max(theirs):.0f} MiB at their peak,"
        f" ratio {times:.2f} (at most {MOST_MEMORY})",
        ratio=times,
    )
    assert times <= MOST_MEMORY
