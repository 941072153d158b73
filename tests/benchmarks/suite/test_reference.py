"""What `benchmarks/reference/` says was measured, and can be read and reproduced from its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.report_markdown import report_markdown
from trucksight.benchmarks.suite.results import Results
from trucksight.benchmarks.suite.summary import rows

FOLDER = Path(__file__).parents[3] / "benchmarks" / "reference"
BOARDS = sorted(FOLDER.glob("*.json"))


def test_a_board_was_measured() -> None:
    assert BOARDS


@pytest.fixture(params=BOARDS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    board: Path = request.param
    return board


def test_a_reference_says_when_where_and_with_what(path: Path) -> None:
    found = Results.read(path)
    assert datetime.fromisoformat(found.created).tzinfo
    assert found.board.processor
    assert {"python", "numpy", "trucksight"} <= set(found.board.versions)
    assert any(not one.invalid for one in found.measured)


def test_its_table_is_that_of_its_durations(path: Path) -> None:
    found = Results.read(path)
    assert path.with_suffix(".md").read_text() == report_markdown(found, rows(found))


def test_it_names_no_path_of_the_machine(path: Path) -> None:
    assert '"/' not in path.read_text(), "a text that begins as a path does"
