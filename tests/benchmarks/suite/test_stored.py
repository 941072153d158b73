"""Stored results are put beside each other only where a difference can be of the bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.board import read_board
from trucksight.benchmarks.suite.results import Measured, Pictures, Results
from trucksight.benchmarks.suite.stored import side_by_side
from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import UsageError

Make = Callable[..., Results]


@pytest.fixture
def make(measured: Callable[..., Measured]) -> Make:
    def results(*medians_ms: float, invalid: bool = False) -> Results:
        return Results(
            created="2026-11-21T12:00:00+00:00",
            bundle="a bundle",
            bundle_sha256="0" * 64,
            board=replace(read_board(), board="this board"),
            pictures=Pictures("rendered roads", 3, "1" * 64, 0, ((640, 480),)),
            rate_hz=15.0,
            measured=[
                measured(ms, threads, invalid=["stolen"] if invalid else None)
                for threads, ms in enumerate(medians_ms, 1)
            ],
            absent=[],
        )

    return results


def test_the_ratio_of_medians_comes_with_its_reach_and_no_verdict(make: Make) -> None:
    both = side_by_side(make(10.0, 20.0), make(11.0, 20.0))
    assert [round(one.ratio, 2) for one in both.pairs] == [1.10, 1.00]
    assert all(one.low <= one.ratio <= one.high for one in both.pairs)
    text = both.as_text()
    assert "1.1" in text
    assert "for a verdict measure in turn" in text
    assert "slower" not in text


def test_results_of_two_machines_are_refused_unless_asked_for(make: Make) -> None:
    a, b = make(10.0), make(11.0)
    b = replace(b, board=replace(b.board, board="another board", cpus=99))
    with pytest.raises(UsageError, match=r"two machines \(board: this board and another board"):
        side_by_side(a, b)
    assert "differs: board" in side_by_side(a, b, other_machine=True).as_text()


def test_other_versions_are_noted(make: Make) -> None:
    a, b = make(10.0), make(11.0)
    b = replace(b, board=replace(b.board, versions={**b.board.versions, "numpy": "0.1"}))
    assert "differs: numpy" in side_by_side(a, b).as_text()


def test_other_pictures_are_refused(make: Make) -> None:
    a, b = make(10.0), make(11.0)
    b = replace(b, pictures=replace(b.pictures, sha256="2" * 64, seed=4))
    with pytest.raises(UsageError, match=r"other pictures: .* seed 4"):
        side_by_side(a, b)


def test_what_is_invalid_is_not_compared(make: Make) -> None:
    with pytest.raises(UsageError, match="no cell that is valid in both"):
        side_by_side(make(10.0), make(10.0, invalid=True))
    both = side_by_side(make(10.0), make(10.0, 12.0))
    assert len(both.pairs) == 1
    assert "not in both, or invalid: int8 on litert, 2 threads" in both.as_text()


def test_from_files(make: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, ms in zip(files, (10.0, 30.0), strict=True):
        path.write_text(json.dumps(make(ms).as_json()))
    assert main(["bench", "compare", *map(str, files)]) == 0
    assert "2.996 times" in capfd.readouterr().out
