"""What the integer recipe for ONNX Runtime is for: speed on an x86 processor, one thread."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from trucksight.benchmarks.paired import Report, Turns, ratio
from trucksight.runtime.backends import Backend, open_backend
from trucksight.runtime.errors import MissingExtra
from trucksight.runtime.extras import install_command, require

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

SIZE = 224
FRAMES, PAIRS = 20, 15
LEAST = 1.2


@pytest.fixture(scope="module")
def exporting() -> None:
    """Skips where nothing can be exported."""
    try:
        require(("tensorflow", "tf2onnx", "onnxruntime"), "export", "this benchmark")
    except MissingExtra:
        pytest.skip(f"exporting needs TensorFlow; run: {install_command('export')}")
    if platform.machine() != "x86_64":
        pytest.skip("the ratio is promised for x86-64 alone")


def test_onnx_int8_is_faster_than_onnx_fp32(
    benchmark: BenchmarkFixture, report: Report, exporting: None
) -> None:
    from trucksight.export.convertible import Convertible
    from trucksight.export.recipes import RECIPES
    from trucksight.train.architectures import Recipe, build

    # Its speed does not depend on what the network has learnt.
    network = build("mobilenetv2", Recipe(SIZE, 1, 1.0, "none"))
    pictures = np.random.default_rng(0).integers(0, 256, (16, SIZE, SIZE, 3)).astype(np.uint8)
    source = Convertible(network.model, pictures)

    def opened(recipe: str) -> Backend:
        return open_backend("onnxruntime", RECIPES[recipe].convert(source), threads=1)

    def seconds(backend: Backend) -> float:
        begun = time.perf_counter()
        for number in range(FRAMES):
            backend.run(pictures[number % len(pictures)][np.newaxis])
        return time.perf_counter() - begun

    slow, fast = opened("onnx-fp32"), opened("onnx-int8")
    seconds(slow), seconds(fast)  # the first frames also set the engine up
    turns = Turns(lambda: seconds(slow), lambda: seconds(fast))
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    slow.close()
    fast.close()
    times = ratio(turns.a, turns.b)
    report(
        f"onnx-int8: {np.median(turns.b) / FRAMES * 1e3:.1f} ms a frame, onnx-fp32"
        f" {np.median(turns.a) / FRAMES * 1e3:.1f} ms, ratio {times}, at least {LEAST:.1f}",
        ratio=times,
    )
    assert times.median >= LEAST
