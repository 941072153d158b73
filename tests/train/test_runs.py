"""Earlier runs beside each other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train.runs import as_table, compared, find_runs, summary

Copy = Callable[..., Path]


@pytest.fixture
def copy(run_path: Path, tmp_path: Path) -> Copy:
    """Copies the fitted run under a name, with another ROC AUC, accuracy, holdout or strategy."""

    def make(name: str, auc: float | None, accuracy: float = 0.5, **changes: Any) -> Path:
        target = tmp_path / "runs" / name
        target.mkdir(parents=True)
        for file in ("run.json", "report.json"):
            shutil.copy(run_path / file, target)
        report = json.loads((target / "report.json").read_text())
        report["holdout"].update(roc_auc=auc, accuracy=accuracy)
        (target / "report.json").write_text(json.dumps(report))
        info = json.loads((target / "run.json").read_text())
        info["data"]["sha256"].update(changes)
        (target / "run.json").write_text(json.dumps(info))
        return target

    return make


def test_a_run_is_summed_up(run_path: Path) -> None:
    one = summary(run_path)
    info = json.loads((run_path / "run.json").read_text())
    assert (one.model, one.strategy) == ("truck-cnn", "scratch")
    assert one.parameters == info["parameters"]
    assert one.size_bytes == (run_path / "model.keras").stat().st_size


def test_the_best_comes_first_and_is_marked(copy: Copy, tmp_path: Path) -> None:
    for name, auc, accuracy in (
        ("a", 0.9, 0.8),
        ("b", 0.95, 0.7),
        ("c", None, 0.9),
        ("d", 0.9, 0.9),
    ):
        copy(name, auc, accuracy)
    runs, left_out = find_runs(tmp_path / "runs")
    assert [one.path.name for one in runs] == ["b", "d", "a", "c"]
    assert left_out == []
    head, *rows = as_table(runs)
    assert head.split()[:4] == ["run", "model", "strategy", "ROC"]
    assert [row.startswith("*") for row in rows] == [True, False, False, False]
    assert "0.9500" in rows[0]


def test_only_runs_with_the_same_holdout_vie(copy: Copy, tmp_path: Path) -> None:
    copy("easy", 0.99, holdout="other pictures")
    copy("a", 0.8)
    mine = copy("b", 0.9)
    runs, _ = find_runs(tmp_path / "runs")
    assert [row[0] for row in as_table(runs)[1:]] == [" ", "*", " "]
    told = compared(mine)
    assert told is not None
    assert told.startswith("1. of 2 runs with this holdout by ROC AUC; the best other is a")
    assert "0.8000 (+0.1000)" in told


def test_a_lone_run_is_compared_with_nothing(copy: Copy) -> None:
    assert compared(copy("a", 0.9)) is None


def test_a_damaged_run_is_left_out_and_an_old_one_is_read(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = copy("old", 0.9)
    info = json.loads((old / "run.json").read_text())
    info["options"] = {"fine_tune": 0.0, "fine_tune_rate": 5e-5}
    (old / "run.json").write_text(json.dumps(info))
    (copy("damaged", 0.9) / "report.json").write_text("{")
    assert main(["runs", str(tmp_path / "runs"), "--json"]) == 0
    printed = capsys.readouterr()
    (one,) = json.loads(printed.out)
    assert (one["strategy"], one["roc_auc"]) == (None, 0.9)
    assert "left out: " in printed.err
    assert "damaged" in printed.err


def test_a_folder_without_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", str(tmp_path)]) == 1
    assert main(["runs", str(tmp_path / "nowhere")]) == 2
    assert "no folder at" in capsys.readouterr().err
