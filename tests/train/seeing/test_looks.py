"""Evidence against boxes, with maps whose place is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime.errors import DataError
from trucksight.train.seeing.coco import Boxed, read_boxes
from trucksight.train.seeing.looks import judge, summed_up


def boxed(left: float = 10, top: float = 0, width: float = 10, group: str = "a") -> Boxed:
    """A box of a given width and the picture's height in a picture of 40 x 20."""
    return Boxed(Path("a.png"), (40, 20), np.array([[left, top, width, 20]]), group)


def test_evidence_in_the_box_is_all_of_it() -> None:
    heat = np.zeros((20, 40), np.float32)
    heat[5, 12] = 3
    found = judge(boxed(), heat, 0.9)
    assert (found.mass, found.pointed, found.area) == (1, True, 0.25)


def test_even_evidence_is_in_the_box_by_its_area() -> None:
    found = judge(boxed(), np.ones((20, 40), np.float32), 0.9)
    assert found.mass == pytest.approx(found.area)


def test_a_map_without_evidence_has_no_share_and_points_nowhere() -> None:
    found = judge(boxed(left=0), np.zeros((20, 40), np.float32), 0.1)
    assert (found.mass, found.pointed) == (None, False)


def test_boxes_that_overlap_count_once_and_scale_with_the_picture() -> None:
    two = Boxed(Path("a"), (40, 20), np.array([[0, 0, 20, 20], [10, 0, 20, 20]], float), "a")
    assert two.share == 0.75
    assert two.mask(80, 10).mean() == 0.75
    assert two.mask(80, 10)[:, :60].all()


def test_looking_at_boxes_is_told_from_looking_anywhere() -> None:
    rng = np.random.default_rng(0)
    at, anywhere = [], []
    for number in range(60):
        left = int(rng.integers(0, 30))
        one = boxed(left=left, group=str(number))
        sharp = np.zeros((20, 40), np.float32)
        sharp[:, left : left + 10] = 1
        at.append(judge(one, sharp + 0.1, 0.9))
        anywhere.append(judge(one, rng.random((20, 40)).astype(np.float32), 0.9))
    looks, blind = summed_up(at, 0.5), summed_up(anywhere, 0.5)
    assert looks.mass.value > 0.7
    assert looks.mass_over_area.low is not None
    assert looks.mass_over_area.low > 0.4
    assert looks.pointing.value == 1
    assert "more than chance would" in looks.sentence
    assert blind.mass_over_area.low is not None
    assert blind.mass_over_area.high is not None
    assert blind.mass_over_area.low < 0 < blind.mass_over_area.high
    assert "not shown to look there" in blind.sentence
    assert blind.pointing.value == pytest.approx(0.25, abs=0.15)


def test_one_scene_is_one_witness() -> None:
    heat = np.random.default_rng(0).random((20, 40)).astype(np.float32)
    found = [judge(boxed(left=3 * number, group="same"), heat, 0.9) for number in range(10)]
    apart = [judge(boxed(left=3 * number, group=f"{number}"), heat, 0.9) for number in range(10)]
    same, own = summed_up(found, 0.5).mass, summed_up(apart, 0.5).mass
    assert same.low == same.high == pytest.approx(same.value)
    assert own.low is not None
    assert own.low < own.value


def test_pictures_that_are_answered_so_are_told_apart() -> None:
    heat = np.ones((20, 40), np.float32)
    found = [judge(boxed(group=str(n)), heat, score) for n, score in enumerate((0.9, 0.8, 0.2))]
    looks = summed_up(found, 0.5, unreadable=2)
    assert (looks.n, looks.called, looks.unreadable) == (3, 2, 2)


def test_coco_boxes_of_one_kind_are_read(tmp_path: Path) -> None:
    (tmp_path / "annotations.json").write_text(json.dumps({
        "categories": [{"id": 1, "name": "big truck", "supercategory": "truck"},
                       {"id": 2, "name": "car", "supercategory": "other_vehicle"}],
        "images": [{"id": 5, "file_name": "a.png", "width": 40, "height": 20, "source": "s",
                    "group": 3}, {"id": 6, "file_name": "b.png", "width": 40, "height": 20}],
        "annotations": [{"image_id": 5, "category_id": 1, "bbox": [1, 2, 3, 4]},
                        {"image_id": 5, "category_id": 1, "bbox": [1, 2, 0, 4]},
                        {"image_id": 6, "category_id": 2, "bbox": [1, 2, 3, 4]}],
    }))  # fmt: skip
    (one,) = read_boxes(tmp_path, "truck")
    assert (one.path, one.group, one.boxes.tolist()) == (tmp_path / "a.png", "s:3", [[1, 2, 3, 4]])
    with pytest.raises(DataError, match="no box whose category"):
        read_boxes(tmp_path, "bus")


@pytest.mark.parametrize("text", ["{", "[]", '{"categories": [{}]}'])
def test_what_is_no_coco_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(DataError, match="is no COCO annotation file"):
        read_boxes(tmp_path, "truck")
