"""What `trucksight train` and `trucksight evaluate --out` leave for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.__main__ import main
from trucksight.train.evaluation.mistakes import CELL_WH, Mistake, write_sheet

OLD_KEYS = {
    "labels", "positive", "threshold", "holdout", "holdout_at_half", "select", "best_epochs",
    "collapsed", "interrupted", "notes",
}  # fmt: skip
NEW_KEYS = {"figures", "per_class", "slices", "mistakes", "learning", "conclusions"}


def test_a_run_s_report_keeps_what_it_had_and_says_more(run_path: Path) -> None:
    report = json.loads((run_path / "report.json").read_text())
    assert report.keys() == OLD_KEYS | NEW_KEYS | {"data"}
    assert report["figures"]["values"]["accuracy"]["value"] == pytest.approx(
        report["holdout"]["accuracy"], abs=1e-6
    )
    assert report["figures"]["n"] == 16
    assert report["learning"]["stage"] == "train"
    assert report["conclusions"]


def test_a_run_s_report_tells_people_the_conclusions(run_path: Path) -> None:
    text = (run_path / "report.md").read_text()
    report = json.loads((run_path / "report.json").read_text())
    assert "## What it comes to" in text
    for one in report["conclusions"]:
        assert one["text"] in text
    assert "| roc_auc |" in text


def test_an_evaluation_is_left_as_a_folder(
    run_path: Path, session_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seen"
    command = ["evaluate", str(run_path), str(session_data), "--out", str(out)]
    assert main(command) == 0
    said = capsys.readouterr().out
    document = json.loads((out / "evaluation.json").read_text())
    assert document["n"] == document["figures"]["n"] == 16
    assert f"- {document['conclusions'][-1]['text']}" in said
    plots = {path.name for path in (out / "plots").iterdir()}
    assert plots >= {"confusion.png", "roc.png", "precision-recall.png", "scores.png"}
    assert all(f"plots/{name}" in (out / "evaluation.md").read_text() for name in plots)
    assert main(command) == 2
    assert "add --overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0


def test_pictures_of_training_are_not_taken_for_unseen(
    run_path: Path, session_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(run_path), str(session_data), "--split", "train", "--json"]) == 0
    seen, *_ = json.loads(capsys.readouterr().out)["conclusions"]
    assert seen["about"] == "seen"
    assert seen["text"].startswith("40 of the 40 pictures took part in training")


def test_held_out_pictures_are_not_called_seen(
    run_path: Path, session_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(run_path), str(session_data), "--json"]) == 0
    conclusions = json.loads(capsys.readouterr().out)["conclusions"]
    assert "seen" not in {one["about"] for one in conclusions}


def test_a_bundle_s_mistakes_are_shown(
    make_bundle: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "reds"
    for name, red in (("truck/a", 250), ("truck/dark", 100), ("no_truck/a", 20)):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        picture = np.full((32, 48, 3), (0, 0, red), np.uint8)
        picture[::2, :, 1] = 200
        cv2.imwrite(str(data / f"{name}.png"), picture)
    out = tmp_path / "out"
    command = ["evaluate", str(make_bundle()), str(data), "--backend", "fake", "--out", str(out)]
    assert main([*command, "--json"]) == 0
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert Path(mistake["path"]).name == "dark.png"
    sheet = cv2.imread(str(out / "plots/mistakes.jpg"))
    assert sheet is not None
    blue, _, red = sheet[CELL_WH[1] // 2, sheet.shape[1] // 2].tolist()
    assert blue < 60 < red


def test_a_sheet_has_a_place_for_a_picture_that_is_gone(tmp_path: Path) -> None:
    gone = Mistake(tmp_path / ("long" * 40 + ".png"), "truck", "no_truck", 0.1, 2.3)
    write_sheet(tmp_path / "one.jpg", [gone], "truck")
    write_sheet(tmp_path / "six.jpg", [gone] * 6, "truck")
    one, six = (cv2.imread(str(tmp_path / f"{name}.jpg")) for name in ("one", "six"))
    assert one is not None and six is not None
    assert six.shape == (2 * one.shape[0], 4 * one.shape[1], 3)
    assert one[CELL_WH[1] // 2, CELL_WH[0] // 2].tolist() == [120, 120, 120]
