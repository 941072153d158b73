"""Boxes make whole-picture labels where they leave no doubt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.errors import DataError, UsageError
from trucksight.train.data.boxes import BoxRule
from trucksight.train.data.dataset import examine
from trucksight.train.data.folders import find_labelled, find_pictures


def labels(folder: Path, rule: BoxRule) -> dict[str, str]:
    return {one.path.stem: one.label for one in find_labelled([folder], rule)[0]}


def test_shares_decide_on_the_label(coco: Path) -> None:
    assert labels(coco, BoxRule()) == {"big": "truck", "clear": "no_truck", "tiny": "no_truck"}


def test_what_lies_between_is_left_out_with_the_reason(coco: Path) -> None:
    _, unsure = find_labelled([coco], BoxRule())
    reasons = {one.path.stem: one.reason for one in unsure}
    assert set(reasons) == {"small", "doubtful", "cut"}
    assert reasons["small"] == "its largest truck covers 1.90% of the picture, less than 2.00%"
    assert reasons["cut"].startswith("its largest truck covers 1.00%")
    assert reasons["doubtful"] == "an ambiguous vehicle covers 0.20% of the picture"


def test_the_shares_can_be_moved(coco: Path) -> None:
    moved = labels(coco, BoxRule(truck_share=0.01, ambiguous_share=0.01))
    assert moved["small"] == moved["cut"] == "truck"
    assert moved["doubtful"] == "no_truck"


def test_a_category_may_bear_the_name_itself(coco: Path) -> None:
    assert labels(coco, BoxRule("big lorry"))["big"] == "big lorry"
    assert labels(coco, BoxRule("car"))["clear"] == "car"


def test_a_class_that_no_category_bears_is_refused(coco: Path) -> None:
    with pytest.raises(DataError, match="no category or supercategory 'tram', only big lorry, car"):
        find_labelled([coco], BoxRule("tram"))


@pytest.mark.parametrize("share", [0, -0.1, 1.5])
def test_a_share_that_cannot_be_meant_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="--truck-share must be"):
        BoxRule(truck_share=share)


def test_split_folders_may_hold_boxes(coco: Path, tmp_path: Path) -> None:
    for split in ("train", "val"):
        shutil.copytree(coco, tmp_path / "data" / split)
    found = find_pictures([tmp_path / "data"])
    assert {(one.given, one.label) for one in found} == {
        (split, label) for split in ("train", "val") for label in ("truck", "no_truck")
    }
    assert all((one.root / one.path).is_file() for one in found)


def change(coco: Path, **fields: Any) -> None:
    document = json.loads((coco / "annotations.json").read_text())
    document["images"][0] |= fields
    (coco / "annotations.json").write_text(json.dumps(document))


def test_a_group_of_the_annotations_is_kept(coco: Path) -> None:
    change(coco, source="cam", group=7)
    groups = {one.path.stem: one.group for one in find_pictures([coco])}
    assert groups == {"big": "cam:7", "clear": None, "tiny": None}


@pytest.mark.parametrize(
    "fields", [{"file_name": "../../etc/x.png"}, {"width": 0}, {"height": "?"}]
)
def test_a_picture_that_cannot_be_is_refused(coco: Path, fields: dict[str, Any]) -> None:
    change(coco, **fields)
    with pytest.raises(DataError, match="not COCO as expected"):
        find_pictures([coco])


def test_boxes_left_out_are_among_the_findings(coco: Path) -> None:
    findings = examine([coco]).findings
    assert {one.path.stem for one in findings.unsure} == {"small", "doubtful", "cut"}
    assert findings.counts == {"all": {"no_truck": 2, "truck": 1}}
