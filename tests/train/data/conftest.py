"""Data folders of road pictures, as class folders and with COCO boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

Picture = npt.NDArray[np.uint8]


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
