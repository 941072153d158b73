"""What is wrong with pictures is found before a training, and stops it where it must."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import DataError
from trucksight.train.data.dataset import examine, load_dataset
from trucksight.train.data.findings import LISTED, Findings
from trucksight.train.data.findings_text import SHOWN, findings_text

Picture = npt.NDArray[np.uint8]
Save = Callable[[Path, Picture], None]


@pytest.fixture
def leaking(road_data: Path, roads: list[Picture], save: Save) -> Path:
    """`road_data` with a smaller, compressed picture of val in train."""
    small = cv2.resize(roads[8], (200, 150))
    save(road_data / "train/truck/leak.jpg", np.asarray(small, np.uint8))
    return road_data


def test_clean_splits_have_no_findings(road_data: Path) -> None:
    findings = examine([road_data]).findings
    assert findings.alike == findings.divided == findings.unreadable == ()
    assert findings.counts == {
        "train": {"no_truck": 4, "truck": 4},
        "val": {"no_truck": 2, "truck": 2},
    }
    assert load_dataset([road_data], seed=0).findings == findings


def test_a_near_duplicate_across_splits_is_a_leak(leaking: Path) -> None:
    (leak,) = examine([leaking]).findings.leaks
    assert {path.name for path in leak.paths} == {"leak.jpg", "08.png"}
    assert set(leak.splits) == {"train", "val"}
    assert leak.kind == "near-duplicate"


def test_a_leak_stops_the_training_and_says_how_to_go_on(leaking: Path) -> None:
    with pytest.raises(DataError, match=r"1 pair of the same.*leak\.jpg.*--allow-leaks"):
        load_dataset([leaking], seed=0)
    dataset = load_dataset([leaking], seed=0, allow_leaks=True)
    assert "leak.jpg" in {one.path.name for one in dataset.examples}
    assert any("all the same, as asked" in note for note in dataset.notes)


def test_the_command_line_refuses_a_leak(
    leaking: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(leaking), "--out", str(tmp_path / "run")]) == 2
    assert "the splits leak: 1 pair" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_copy_across_splits_is_a_leak(road_data: Path) -> None:
    shutil.copy(road_data / "val/truck/08.png", road_data / "train/truck/copy.png")
    with pytest.raises(DataError, match=r"the splits leak.*\(copy\)"):
        load_dataset([road_data], seed=0)


def test_a_group_in_two_given_splits_is_a_leak(road_data: Path) -> None:
    (road_data / "manifest.csv").write_text("file,group\n00.png,g\n08.png,g\n02.png,h\n")
    (divided,) = examine([road_data]).findings.divided
    assert (divided.splits, divided.pictures) == (("train", "val"), 2)
    with pytest.raises(DataError, match="1 group in several splits"):
        load_dataset([road_data], seed=0)
    assert load_dataset([road_data], seed=0, allow_leaks=True).counts()["holdout"]["truck"] == 2


def test_a_near_duplicate_under_another_label_is_a_conflict(
    road_data: Path, roads: list[Picture], save: Save
) -> None:
    save(road_data / "train/no_truck/doubt.jpg", roads[0])
    findings = examine([road_data]).findings
    (conflict,) = findings.conflicts
    assert set(conflict.labels) == {"truck", "no_truck"}
    assert findings.leaks == ()
    notes = load_dataset([road_data], seed=0).notes
    assert any("under two labels, kept" in note for note in notes)


def test_near_duplicates_stand_in_one_drawn_split(
    tmp_path: Path, roads: list[Picture], save: Save
) -> None:
    for number, road in enumerate(roads):
        for turn in range(3):
            label = "no_truck" if number % 2 else "truck"
            lit = cv2.convertScaleAbs(road, alpha=1 - 0.1 * turn)
            save(tmp_path / label / f"{number}-{turn}.png", np.asarray(lit, np.uint8))
    for seed in range(3):
        splits: dict[str, set[str]] = {}
        for one in load_dataset([tmp_path], seed).examples:
            splits.setdefault(one.path.name.split("-")[0], set()).add(one.split)
        assert len(splits) == len(roads)
        assert all(len(roles) == 1 for roles in splits.values())
        assert {"train", "select", "holdout"} == set().union(*splits.values())


def test_pictures_beside_split_folders_count_as_training_ones(
    road_data: Path, tmp_path: Path, roads: list[Picture], save: Save
) -> None:
    save(tmp_path / "more/truck/same.jpg", roads[8])
    save(tmp_path / "more/no_truck/other.png", roads[9][:, 40:])
    (leak,) = examine([road_data, tmp_path / "more"]).findings.leaks
    assert set(leak.splits) == {"train", "val"}


def test_proportions_and_sizes_are_warned_of(tmp_path: Path, save: Save) -> None:
    rng = np.random.default_rng(0)
    shapes = [("truck", (50, 60))] + [("no_truck", (200, 240))] * 4 + [("no_truck", (80, 400))]
    for number, (label, shape) in enumerate(shapes):
        save(tmp_path / label / f"{number}.png", rng.integers(0, 256, (*shape, 3)).astype(np.uint8))
    findings = examine([tmp_path]).findings
    assert findings.imbalance == {"all": 5.0}
    assert [path.name for path in findings.sizes.too_small] == ["0.png"]
    assert [path.name for path in findings.sizes.odd] == ["5.png"]
    assert findings.sizes.smallest_wh == (60, 50)
    text = " ".join(findings.warnings)
    for part in ("5 times", "side of less than 64", "classes differ in pixels", "a side 3 times"):
        assert part in text


def test_pictures_the_runtime_would_not_judge_are_warned_of(tmp_path: Path, save: Save) -> None:
    rng = np.random.default_rng(0)
    for number, side in enumerate((15, 16)):
        save(
            tmp_path / f"{number}/{side}.png", rng.integers(0, 256, (side, 40, 3)).astype(np.uint8)
        )
    findings = examine([tmp_path]).findings
    assert [path.name for path in findings.sizes.unjudged] == ["15.png"]
    (warning,) = (one for one in findings.warnings if "wrong_shape" in one)
    assert warning.startswith("1 with a side of less than 16 pixels")


def test_the_findings_are_json_and_text(leaking: Path) -> None:
    (leaking / "train/truck/broken.jpg").write_text("no picture")
    findings = examine([leaking]).findings
    document = json.loads(json.dumps(findings.as_json()))
    assert document["leaks_count"] == document["unreadable_count"] == 1
    assert document["leaks"][0]["kind"] == "near-duplicate"
    text = findings_text(findings)
    assert "leaks: the same photograph in two splits (1)" in text
    assert "broken.jpg: not a picture" in text


def test_long_lists_are_cut_and_counted(road_data: Path, roads: list[Picture], save: Save) -> None:
    for number in range(LISTED + 5):
        save(road_data / f"train/truck/same{number}.png", roads[0])
    findings: Findings = examine([road_data]).findings
    document = findings.as_json()
    assert document["alike_count"] == LISTED + 5
    assert len(document["alike"]) == LISTED
    assert f"... and {LISTED + 5 - SHOWN} more" in findings_text(findings)
