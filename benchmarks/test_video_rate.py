"""`trucksight run` over a video against the slower of decoding and inference, each alone."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from trucksight.benchmarks.paired import Report, ratio, run_python
from trucksight.runtime import Bundle
from trucksight.runtime.detector import default_threads

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 9
LEAST = 0.95
THREADS = sorted({1, default_threads()})
WHOLE, PARTS = "run", ("decode", "prepare", "infer")


@pytest.mark.parametrize("threads", THREADS)
def test_run_keeps_up_with_the_slower_of_decoding_and_inference(
    benchmark: BenchmarkFixture,
    report: Report,
    bundle: Bundle,
    clip: Path,
    litert: None,
    threads: int,
) -> None:
    """Fails when the whole 95 % interval of the ratio lies below 0.95.

    `prepare`, the checks and the shrinking, is measured to say where a shortfall comes from.
    """
    options = ("--bundle", str(bundle.path), "--backend", "litert", "--threads", str(threads))
    rates: dict[str, list[float]] = {name: [] for name in (WHOLE, *PARTS)}

    def rate(name: str) -> float:
        if name == WHOLE:
            whole = ("run", *options, "--source", str(clip), "--json", "--quiet")
            document = json.loads(run_python("-m", "trucksight.runtime", *whole).stdout)
            return float(document["decided"] / document["seconds"])
        part = ("-m", "trucksight.benchmarks.video_parts", name, str(clip), *options)
        document = json.loads(run_python(*part).stdout)
        return float(document["frames"] / document["seconds"])

    def once() -> None:
        # Another one is first every time, so that a slow stretch meets each of them.
        first = len(rates[WHOLE]) % len(rates)
        names = list(rates)
        for name in names[first:] + names[:first]:
            rates[name].append(rate(name))

    benchmark.pedantic(once, rounds=ROUNDS, iterations=1, warmup_rounds=0)
    limits = [min(pair) for pair in zip(rates["decode"], rates["infer"], strict=True)]
    times = ratio(rates[WHOLE], limits)
    parts = ", ".join(f"{name} {median(rates[name]):.1f}" for name in PARTS)
    report(
        f"video, threads {threads}: run {median(rates[WHOLE]):.1f} frames/s; alone {parts};"
        f" run over the slower of decode and infer {times}, at least {LEAST}",
        ratio=times,
    )
    assert times.high >= LEAST
