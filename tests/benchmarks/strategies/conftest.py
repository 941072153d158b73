"""What the tests of the table share: an outcome that was made up, so that every cell is known."""

from __future__ import annotations

import pytest

from trucksight.benchmarks.paired import Ratio
from trucksight.benchmarks.strategies.outcome import (
    Cost,
    Latency,
    Learnt,
    Line,
    Outcome,
    Took,
)
from trucksight.benchmarks.suite.results import Board
from trucksight.train.evaluation.figures import Figure

NOTHING = Figure(None, None, None)


def _trained(name: str, strategy: str, area: Figure, ratio: Ratio) -> Line:
    return Line(
        name=name,
        model="mobilenetv2 0.35",
        size_wh=(224, 224),
        strategy=strategy,
        pretrained=True,
        options={"model": "mobilenetv2", "strategy": strategy},
        status="trained",
        why="",
        took=Took("2026-01-01T00:00:00+00:00", 61.4, 130.2, 1500.4, 0.2, 1.9),
        learnt=Learnt(area, Figure(0.86, 0.82, 0.9), 325, 300, 12, "ab", "cd"),
        cost=Cost(574_305, 58_169_776, 2_000_000),
        latency=Latency(7.04, ratio),
    )


@pytest.fixture
def outcome() -> Outcome:
    """Two that were trained, one that collapsed, one that failed and one that was not run."""
    same, twice = Ratio(1.0, 0.99, 1.01, 15), Ratio(2.0, 1.9, 2.1, 15)
    extract = _trained("base", "extract", Figure(0.94, 0.91, 0.965), same)
    tuned = _trained("tuned", "fine-tune", Figure(0.95, 0.92, 0.97), twice)
    collapsed = Line(
        "flat", "mlp", (28, 20), "scratch", False, {}, "collapsed", "",
        took=extract.took, learnt=Learnt(NOTHING, NOTHING, 325, 300, 1, "ab", "ef"),
        cost=Cost(133_761, 133_376, 540_000), latency=None,
    )  # fmt: skip
    failed = Line("broken", "vgg19", (64, 64), "scratch", False, {}, "failed", "out of memory")
    left = Line("left", "vgg16", (64, 64), "extract", True, {}, "not run", "no weights file")
    return Outcome(
        created="2026-02-03T04:05:06+00:00",
        command="python -m trucksight.benchmarks.strategies PHOTOS --out docs/strategies",
        plan="plan.toml",
        board=Board(None, "a processor", "x86_64", (), 4, 16_000, "6.1", {"numpy": "2.0"}),
        versions={"python": "3.12.1", "keras": "3.15"},
        counts={"train": {"a": 10, "b": 20}, "select": {"a": 2}, "holdout": {"a": 325}},
        pictures_sha256="12",
        baseline="base",
        load_timing=0.4,
        lines=(extract, tuned, collapsed, failed, left),
    )
