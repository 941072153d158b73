"""What the benchmarks share: the bundle that ships, a rendered clip, one line a result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.paired import Ratio, Report
from trucksight.runtime import Bundle, default_bundle_path, load_bundle
from trucksight.runtime.backends import available_backends
from trucksight.runtime.errors import MissingExtra
from trucksight.runtime.extras import install_command, require

BUNDLE_VARIABLE = "TRUCKSIGHT_BENCH_BUNDLE"
"""Names another bundle than the one that ships."""
CLIP_S = 12.0
CLIP_WH = (1280, 720)


@pytest.fixture(autouse=True)
def bench_extra(request: pytest.FixtureRequest) -> None:
    """Skips where pytest-benchmark, which brings the `benchmark` fixture, is absent."""
    if not request.config.pluginmanager.hasplugin("benchmark"):
        pytest.skip(f"needs pytest-benchmark; run: {install_command('bench')}")


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return load_bundle(os.environ.get(BUNDLE_VARIABLE) or default_bundle_path())


@pytest.fixture(scope="session")
def litert() -> None:
    """Skips where the engine that both loops run on is absent."""
    if "litert" not in available_backends():
        pytest.skip(f"the plain loop runs on LiteRT; run: {install_command('litert')}")


@pytest.fixture(scope="session")
def training() -> None:
    """Skips where there is no Keras."""
    try:
        require(("tensorflow", "keras", "sklearn"), "train", "this benchmark")
    except MissingExtra:
        pytest.skip(f"training needs TensorFlow; run: {install_command('train')}")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A road in 720p, 15 frames a second."""
    from trucksight.runtime.scenes import write_clip

    path = tmp_path_factory.mktemp("clip") / "road.mp4"
    write_clip(path, CLIP_S, seed=3, size_wh=CLIP_WH)
    return path


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Prints a line past pytest's capture and keeps its numbers with the benchmark's."""
    benchmark: Any = request.getfixturevalue("benchmark")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")

    def tell(line: str, **numbers: float | Ratio) -> None:
        for name, value in numbers.items():
            if isinstance(value, Ratio):
                benchmark.extra_info[name] = round(value.median, 4)
                benchmark.extra_info[f"{name}_95"] = [round(value.low, 4), round(value.high, 4)]
            else:
                benchmark.extra_info[name] = round(value, 4)
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    return tell
