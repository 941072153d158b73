"""Rendered pictures: same seed, same bytes; the truth is the truth."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.errors import OutputError, SceneError
from trucksight.runtime.scenes import (
    ScenePicture,
    contact_sheet,
    render_picture,
    write_pictures,
)

SIZE = (192, 108)


@pytest.fixture(scope="module")
def pictures() -> list[ScenePicture]:
    return [render_picture(7, index, SIZE) for index in range(60)]


def test_same_seed_and_index_give_the_same_bytes(pictures: list[ScenePicture]) -> None:
    again = render_picture(7, 3, SIZE)
    assert again.image_bgr.tobytes() == pictures[3].image_bgr.tobytes()
    assert again.boxes == pictures[3].boxes


def test_another_seed_and_another_index_give_other_pictures(pictures: list[ScenePicture]) -> None:
    assert render_picture(8, 0, SIZE).image_bgr.tobytes() != pictures[0].image_bgr.tobytes()
    assert len({picture.image_bgr.tobytes() for picture in pictures}) == len(pictures)


def test_pictures_are_bgr_uint8_of_the_size_asked_for(pictures: list[ScenePicture]) -> None:
    for picture in pictures:
        assert picture.image_bgr.shape == (SIZE[1], SIZE[0], 3)
        assert picture.image_bgr.dtype == np.uint8


def test_boxes_lie_inside_the_frame_and_know_their_share(pictures: list[ScenePicture]) -> None:
    for box in (box for picture in pictures for box in picture.boxes):
        x, y, w, h = box.xywh
        assert x >= 0 and y >= 0 and w > 0 and h > 0
        assert x + w <= SIZE[0] and y + h <= SIZE[1]
        assert box.share == pytest.approx(w * h / (SIZE[0] * SIZE[1]))
        assert 0 < box.visible <= 1


def test_a_truck_picture_shows_one_at_two_percent_and_the_others_show_none(
    pictures: list[ScenePicture],
) -> None:
    for picture in pictures:
        shares = [box.share for box in picture.boxes if box.category == "truck"]
        assert (max(shares) >= 0.02) if picture.has_truck else not shares


def test_about_half_the_pictures_show_a_truck(pictures: list[ScenePicture]) -> None:
    assert 18 <= sum(picture.has_truck for picture in pictures) <= 42


def test_light_weather_and_vehicles_vary(pictures: list[ScenePicture]) -> None:
    assert {picture.conditions.light for picture in pictures} == {"day", "dusk", "night"}
    assert len({picture.conditions.weather for picture in pictures}) == 4
    assert {box.category for picture in pictures for box in picture.boxes} >= {
        "truck",
        "car",
        "van",
        "bus",
    }


@pytest.mark.parametrize("truck", [True, False])
def test_the_label_can_be_asked_for(truck: bool) -> None:
    assert all(render_picture(5, index, SIZE, truck).has_truck is truck for index in range(4))


def test_an_impossible_request_names_what_came() -> None:
    with pytest.raises(SceneError, match="-1"):
        render_picture(-1, 0)
    with pytest.raises(SceneError, match="8x8"):
        render_picture(0, 0, (8, 8))
    with pytest.raises(SceneError, match="index"):
        render_picture(0, -2)


def test_the_written_folder_agrees_with_its_truth(tmp_path: Path) -> None:
    done = write_pictures(tmp_path / "set", 6, 7, SIZE)
    coco = json.loads((tmp_path / "set/annotations.json").read_text())
    with (tmp_path / "set/manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    files = sorted(
        p.relative_to(tmp_path / "set").as_posix() for p in (tmp_path / "set").glob("*/*")
    )
    assert done.count == 6 == len(files)
    assert files == sorted(row["file"] for row in rows)
    assert files == sorted(image["file_name"] for image in coco["images"])
    assert done.truck == sum(image["label"] == "truck" for image in coco["images"])
    for image in coco["images"]:
        assert image["file_name"].startswith(image["label"] + "/")
        assert cv2.imread(str(tmp_path / "set" / image["file_name"])).shape == (SIZE[1], SIZE[0], 3)
    ids = [annotation["id"] for annotation in coco["annotations"]]
    assert ids == list(range(1, len(ids) + 1))


def test_a_picture_does_not_depend_on_how_many_are_written(tmp_path: Path) -> None:
    write_pictures(tmp_path / "few", 2, 7, SIZE)
    write_pictures(tmp_path / "more", 4, 7, SIZE)
    for few in (tmp_path / "few").glob("*/*.jpg"):
        more = tmp_path / "more" / few.relative_to(tmp_path / "few")
        assert few.read_bytes() == more.read_bytes()


def test_a_folder_in_use_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="not empty"):
        write_pictures(tmp_path, 1, 0, SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    write_pictures(tmp_path / "set", 1, 0, SIZE)
    write_pictures(tmp_path / "set", 2, 0, SIZE, overwrite=True)
    assert len(list((tmp_path / "set").glob("*/*.jpg"))) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "set"]


def test_a_contact_sheet_holds_every_picture(pictures: list[ScenePicture]) -> None:
    sheet = contact_sheet([picture.image_bgr for picture in pictures[:5]], 3, (64, 36), ["a"] * 5)
    assert sheet.shape == (2 * 40 + 4, 3 * 68 + 4, 3)
