"""Pictures with boxes, from a COCO annotation file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.errors import DataError

ANNOTATIONS = "annotations.json"


@dataclass(frozen=True, slots=True)
class Boxed:
    """A picture and the boxes of one kind in it."""

    path: Path
    size_wh: tuple[int, int]
    """As the annotations have it, pixels."""
    boxes: npt.NDArray[np.float64]
    """(n, 4): left, top, width, height, pixels; n at least 1."""
    group: str
    """Pictures of one scene share it; the file's name where the annotations say nothing."""

    @property
    def share(self) -> float:
        """Of the picture that the boxes cover, in [0, 1]."""
        return float(self.mask(*self.size_wh).mean())

    def mask(self, width: int, height: int) -> npt.NDArray[np.bool_]:
        """(height, width): whether the centre of a pixel lies in a box, at that size."""
        scale_x, scale_y = width / self.size_wh[0], height / self.size_wh[1]
        inside = np.zeros((height, width), np.bool_)
        x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
        for left, top, box_w, box_h in self.boxes:
            across = (x >= left * scale_x) & (x < (left + box_w) * scale_x)
            down = (y >= top * scale_y) & (y < (top + box_h) * scale_y)
            inside |= down[:, np.newaxis] & across
        return inside


def read_boxes(path: Path, kind: str) -> list[Boxed]:
    """The pictures that hold at least one box of a kind, in the file's order.

    Args:
        path: a COCO file, or a folder with `annotations.json`; its pictures lie beside it or in
            `images/` there.
        kind: name or supercategory of the categories that count.

    Raises:
        DataError: missing, no COCO file, or no box of that kind.
    """
    file = path / ANNOTATIONS if path.is_dir() else path
    try:
        document = json.loads(file.read_bytes())
        found = _read(document, file.parent, kind)
    except OSError as exc:
        raise DataError(f"{file}: {exc.strerror or exc}") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise DataError(f"{file} is no COCO annotation file: {exc!r}") from None
    if not found:
        raise DataError(f"{file} has no box whose category or supercategory is {kind!r}")
    return found


def _read(document: dict[str, Any], folder: Path, kind: str) -> list[Boxed]:
    wanted = {
        one["id"]
        for one in document["categories"]
        if kind in (one.get("name"), one.get("supercategory"))
    }
    boxes: dict[int, list[list[float]]] = {}
    for one in document["annotations"]:
        if one["category_id"] in wanted and min(one["bbox"][2:]) > 0:
            boxes.setdefault(one["image_id"], []).append([float(side) for side in one["bbox"]])
    root = folder / "images" if (folder / "images").is_dir() else folder
    return [
        Boxed(
            path=root / one["file_name"],
            size_wh=(int(one["width"]), int(one["height"])),
            boxes=np.array(boxes[one["id"]], np.float64),
            group=_group(one),
        )
        for one in document["images"]
        if one["id"] in boxes
    ]


def _group(image: dict[str, Any]) -> str:
    if image.get("group") in (None, ""):
        return str(image["file_name"])
    return f"{image.get('source') or ''}:{image['group']}"
