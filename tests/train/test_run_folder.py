"""What a run holds and how it is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime.errors import DataError, RunError
from trucksight.runtime.files import sha256_file
from trucksight.train import Example, load_run
from trucksight.train.scores.scoring import keras_scores, load_pixels

FILES = {
    "model.keras", "run.json", "splits.csv", "skipped.csv", "data.txt", "history.csv",
    "report.json", "report.md", "plots",
}  # fmt: skip


@pytest.fixture
def copy(run_path: Path, tmp_path: Path) -> Path:
    """A run that may be damaged."""
    return Path(shutil.copytree(run_path, tmp_path / "copy"))


def test_a_run_is_a_folder_of_these_files(run_path: Path) -> None:
    assert {path.name for path in run_path.iterdir()} == FILES
    assert {path.name for path in (run_path / "plots").glob("*.png")} == {
        "confusion.png", "roc.png", "precision-recall.png", "learning.png", "scores.png",
    }  # fmt: skip
    assert [path.name for path in run_path.parent.iterdir()] == ["run"]


def test_run_json_says_what_was_trained(run_path: Path, session_data: Path) -> None:
    info = json.loads((run_path / "run.json").read_text())
    assert info["labels"] == ["no_truck", "truck"]
    assert info["positive"] == "truck"
    assert info["seed"] == info["options"]["seed"] == 1
    assert info["input"]["width"] == 32
    assert info["data"]["roots"] == [str(session_data)]
    assert info["data"]["skipped"] == 1
    assert info["model"]["sha256"] == sha256_file(run_path / "model.keras")
    assert info["parameters"] == load_run(run_path).model().count_params()
    assert {"python", "keras", "tensorflow", "numpy"} <= info["versions"].keys()


def test_the_painted_trucks_were_learned(run_path: Path) -> None:
    report = json.loads((run_path / "report.json").read_text())
    assert report["holdout"]["roc_auc"] > 0.9
    assert report["holdout"]["n"] == 16
    assert report["collapsed"] is None
    assert report["interrupted"] is False


def test_the_findings_of_the_checks_are_in_the_run(run_path: Path) -> None:
    data = json.loads((run_path / "report.json").read_text())["data"]
    assert data["counts"] == {
        "train": {"no_truck": 20, "truck": 20},
        "val": {"no_truck": 8, "truck": 8},
    }
    assert data["unreadable_count"] == 1
    assert "broken.jpg" in (run_path / "data.txt").read_text()


def test_the_report_names_the_skipped_picture(run_path: Path) -> None:
    assert "broken.jpg" in (run_path / "report.md").read_text()
    assert "broken.jpg" in (run_path / "skipped.csv").read_text()


def test_examples_are_found_again_with_their_hash(run_path: Path) -> None:
    examples = load_run(run_path).examples("holdout")
    assert len(examples) == 16
    assert all(sha256_file(one.path) == one.sha256 for one in examples)
    assert len(load_run(run_path).examples()) == 56


def test_scores_are_the_report_s(run_path: Path) -> None:
    run = load_run(run_path)
    examples = run.examples("holdout")
    scores = keras_scores(run.model(), examples, run.contract)
    called = scores[:, run.positive_index] >= run.threshold
    right = called == np.array([one.label == "truck" for one in examples])
    assert scores.shape == (16, 2)
    assert right.mean() == run_report(run_path)["holdout"]["accuracy"]


def run_report(path: Path) -> dict[str, dict[str, float]]:
    report: dict[str, dict[str, float]] = json.loads((path / "report.json").read_text())
    return report


def test_data_that_moved_is_found_where_it_is_said_to_be(
    run_path: Path, session_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(session_data, tmp_path / "moved")
    (one, *_) = load_run(run_path, [tmp_path / "moved"]).examples("train")
    assert one.path.is_file()
    assert one.path.is_relative_to(tmp_path / "moved")


def test_another_number_of_data_folders_is_refused(run_path: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="trained on 1 data folder"):
        load_run(run_path, [tmp_path, tmp_path])


def test_a_changed_picture_is_not_scored(
    tmp_path: Path, fill: Callable[..., None], example: Callable[..., Example], run_path: Path
) -> None:
    fill(tmp_path / "truck", True, 1)
    one = example(tmp_path / "truck/000.png")
    contract = load_run(run_path).contract
    assert load_pixels([one], contract).shape == (1, 32, 32, 3)
    fill(tmp_path / "truck", False, 1)
    with pytest.raises(DataError, match="has changed since"):
        load_pixels([one], contract)


def test_a_missing_run_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="trucksight train DATA"):
        load_run(tmp_path / "nowhere")


def test_another_folder_is_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "other"}, "does not describe"),
        ({"schema_version": 9}, "understands version 1"),
        ({"labels": ["truck"]}, "damaged"),
        ({"positive": "bus"}, "damaged"),
        ({"threshold": 2}, "damaged"),
        ({"input": {}}, "damaged"),
        ({"model": None}, "damaged"),
        ({"data": {}}, "damaged"),
    ],
)
def test_a_damaged_run_json_is_one_clear_error(
    copy: Path, change: dict[str, object], message: str
) -> None:
    info = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**info, **change}))
    with pytest.raises(RunError, match=message):
        load_run(copy)


def test_a_run_json_that_is_no_json_is_one_clear_error(copy: Path) -> None:
    (copy / "run.json").write_text("{")
    with pytest.raises(RunError, match="not JSON"):
        load_run(copy)


def test_a_changed_model_is_not_loaded(copy: Path) -> None:
    with (copy / "model.keras").open("ab") as file:
        file.write(b"x")
    with pytest.raises(RunError, match="not the file that was trained"):
        load_run(copy).model()


def test_a_damaged_splits_csv_is_one_clear_error(copy: Path) -> None:
    (copy / "splits.csv").write_text("root,path,label,split,sha256,group\n7,a,truck,train,x,y\n")
    with pytest.raises(RunError, match="damaged"):
        load_run(copy).examples()
