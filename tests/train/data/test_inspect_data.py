"""`trucksight inspect data` from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest

from trucksight.runtime.__main__ import main
from trucksight.train.inspect_command import ACTIONS


def test_clean_data_exit_with_0(road_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "data", str(road_data)]) == 0
    assert "leaks        0" in capsys.readouterr().out


def test_a_leak_exits_with_1_and_json_is_all_of_stdout(
    road_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(road_data / "val/truck/08.png", road_data / "train/truck/copy.png")
    assert main(["inspect", "data", str(road_data), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["leaks_count"] == 1


def test_a_conflict_exits_with_1(road_data: Path) -> None:
    shutil.copy(road_data / "train/truck/00.png", road_data / "train/no_truck/copy.png")
    assert main(["inspect", "data", str(road_data)]) == 1


def test_the_sheets_show_suspects_and_variations(road_data: Path, tmp_path: Path) -> None:
    shutil.copy(road_data / "train/truck/00.png", road_data / "train/truck/copy.png")
    sheets = tmp_path / "sheets"
    arguments = ["--sheets", str(sheets), "--augment", "flip,rain"]
    assert main(["inspect", "data", str(road_data), *arguments]) == 0
    pairs, varied = (cv2.imread(str(sheets / f"{name}.jpg")) for name in ("pairs", "varied"))
    assert pairs is not None and varied is not None
    assert varied.shape[1] == (1 + 2 + 3 + 2) * 228 + 4
    assert varied.shape[0] == 6 * 228 + 4


def test_without_suspects_there_is_no_sheet_of_them(road_data: Path, tmp_path: Path) -> None:
    assert main(["inspect", "data", str(road_data), "--sheets", str(tmp_path / "sheets")]) == 0
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["varied.jpg"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--augment", "snow"], "no effect 'snow'; known: all, none, or some of crop,"),
        (["--truck-share", "2"], "--truck-share must be more than 0 and at most 1, not 2"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    road_data: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "data", str(road_data), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_boxes_of_a_coco_folder_are_inspected(
    coco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "data", str(coco), "--truck-share", "0.015", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"] == {"all": {"no_truck": 2, "truck": 2}}
    assert document["unsure_count"] == 2


def test_every_action_has_options_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ACTIONS:
        with pytest.raises(SystemExit) as ended:
            main(["inspect", action, "--help"])
        assert ended.value.code == 0
        assert "exit status" in capsys.readouterr().out
