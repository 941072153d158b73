"""Road pictures that differ as photographs do: rendered once, for near-duplicates to be made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.scenes import render_picture

Picture = npt.NDArray[np.uint8]
COUNT = 12
SIZE_WH = (256, 160)
DAYLIGHT = 75
"""Least mean level."""


@pytest.fixture(scope="session")
def roads() -> list[Picture]:
    """COUNT different roads by day (160, 256, 3) BGR; a truck on those of even number."""
    found: list[Picture] = []
    for seed in count(3):
        picture = render_picture(seed, 7, truck=len(found) % 2 == 0).image_bgr
        if picture.mean() > DAYLIGHT:
            found.append(
                np.asarray(cv2.resize(picture, SIZE_WH, interpolation=cv2.INTER_AREA), np.uint8)
            )
        if len(found) == COUNT:
            return found
    raise AssertionError("count() does not end")


@pytest.fixture
def save() -> Callable[[Path, Picture], None]:
    """Writes a picture, and the folders above it."""

    def write(path: Path, picture: Picture) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), picture)

    return write


@pytest.fixture
def road_data(tmp_path: Path, roads: list[Picture], save: Callable[[Path, Picture], None]) -> Path:
    """train/ of 4, val/ of 2 different roads a class, no two alike."""
    root = tmp_path / "roads"
    for number, road in enumerate(roads):
        label = "no_truck" if number % 2 else "truck"
        save(root / ("train" if number < 8 else "val") / label / f"{number:02}.png", road)
    return root


@pytest.fixture
def coco(tmp_path: Path, roads: list[Picture], save: Callable[[Path, Picture], None]) -> Path:
    """A COCO folder of 100 x 100 pictures with these boxes, by the name of the picture.

    big: a truck of 2 %; small: one of less; clear: a car alone; doubtful: an ambiguous vehicle of
    0.2 %; tiny: an ambiguous one of less; cut: a truck that lies outside but for 1 %.
    """
    folder = tmp_path / "coco"
    boxes: dict[str, list[tuple[int, list[float]]]] = {
        "big": [(1, [10, 10, 20, 10])],
        "small": [(1, [10, 10, 19, 10])],
        "clear": [(3, [0, 0, 90, 90])],
        "doubtful": [(2, [0, 0, 5, 4])],
        "tiny": [(2, [0, 0, 4, 4])],
        "cut": [(1, [90, 90, 50, 10])],
    }
    images: list[dict[str, Any]] = []
    annotations = []
    for number, (name, marked) in enumerate(boxes.items()):
        save(folder / "images" / f"{name}.png", cv2.resize(roads[number], (100, 100)))  # type: ignore[arg-type]
        images.append({"id": number, "file_name": f"{name}.png", "width": 100, "height": 100})
        for category, box in marked:
            annotations.append({"image_id": number, "category_id": category, "bbox": box})
    categories = [
        {"id": 1, "name": "big lorry", "supercategory": "truck"},
        {"id": 2, "name": "pickup", "supercategory": "ambiguous"},
        {"id": 3, "name": "car", "supercategory": "other_vehicle"},
    ]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder
