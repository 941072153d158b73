"""Boxes as a source of whole-picture labels: COCO folders, read and judged by shares of area.

A COCO folder holds `annotations.json` and `images/`. A picture is positive when one box of the
positive class covers enough of it, negative when it has no such box at all and no ambiguous vehicle
that could be taken for one; between the two nobody can tell, and it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...runtime.errors import DataError, UsageError
from .labels import POSITIVE

ANNOTATIONS = "annotations.json"
IMAGES = "images"
TRUCK_SHARE = 0.02
"""Share of the picture from which on a truck makes it `truck`."""
AMBIGUOUS_SHARE = 0.002
"""Share of the picture from which on an ambiguous vehicle spoils it."""
AMBIGUOUS = "ambiguous"
"""The supercategory of what some call a truck and others do not."""

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class BoxRule:
    """How boxes become a label.

    Raises:
        UsageError: a share that cannot be meant.
    """

    positive: str = POSITIVE
    """Name or supercategory of the boxes that are looked for, in any case."""
    truck_share: float = TRUCK_SHARE
    """Of the picture, from which on one box makes it positive; 0 to 1."""
    ambiguous_share: float = AMBIGUOUS_SHARE
    """Of the picture, from which on one ambiguous box keeps it from being negative; 0 to 1."""

    def __post_init__(self) -> None:
        for option, share in (
            ("--truck-share", self.truck_share),
            ("--ambiguous-share", self.ambiguous_share),
        ):
            if not 0 < share <= 1:
                raise UsageError(f"{option} must be more than 0 and at most 1, not {share}")

    @property
    def negative(self) -> str:
        """What a picture without such a box is called."""
        return f"no_{self.positive}"

    def label_of(self, picture: Annotated) -> tuple[str | None, str]:
        """The label of a whole picture, and why it has none."""
        shares = [_share(box, picture.size_wh) for box in picture.trucks]
        largest = max(shares, default=0.0)
        if largest >= self.truck_share:
            return self.positive, ""
        if shares:
            return None, (
                f"its largest {self.positive} covers {largest:.2%} of the picture,"
                f" less than {self.truck_share:.2%}"
            )
        unsure = max((_share(box, picture.size_wh) for box in picture.ambiguous), default=0.0)
        if unsure >= self.ambiguous_share:
            return None, f"an ambiguous vehicle covers {unsure:.2%} of the picture"
        return self.negative, ""


@dataclass(frozen=True, slots=True)
class Annotated:
    """One photograph and the boxes that decide on its label."""

    path: Path
    size_wh: tuple[int, int]
    source: str
    group: str | None
    """Of the picture's entry; None where it says nothing."""
    trucks: tuple[Box, ...]
    ambiguous: tuple[Box, ...]


def is_coco(folder: Path) -> bool:
    """Whether a folder holds annotated pictures."""
    return (folder / ANNOTATIONS).is_file() and (folder / IMAGES).is_dir()


def read_annotations(folder: Path, positive: str = POSITIVE) -> list[Annotated]:
    """The photographs of a COCO folder.

    Raises:
        DataError: `annotations.json` is missing, of another shape, or names no such class.
    """
    file = folder / ANNOTATIONS
    try:
        document: Mapping[str, Any] = json.loads(file.read_bytes())
        kinds = {one["id"]: _kind(one, positive) for one in document["categories"]}
        boxes: dict[tuple[int, str | None], list[Box]] = {}
        for one in document["annotations"]:
            left, top, width, height = map(float, one["bbox"])
            key = (one["image_id"], kinds[one["category_id"]])
            boxes.setdefault(key, []).append((left, top, width, height))
        pictures = [_annotated(folder, image, positive, boxes) for image in document["images"]]
    except OSError as exc:
        raise DataError(f"{file}: {exc.strerror or exc}") from exc
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise DataError(f"{file} is not COCO as expected here: {exc!r}") from None
    if positive not in kinds.values():
        names = {str(one.get("name")) for one in document["categories"]}
        raise DataError(
            f"{file} has no category or supercategory {positive!r}, only"
            f" {', '.join(sorted(names)) or 'none at all'}"
        )
    return pictures


def _kind(category: Mapping[str, Any], positive: str) -> str | None:
    """`positive`, AMBIGUOUS, or None for what does not matter."""
    names = {str(category.get(key, "")).lower() for key in ("name", "supercategory")}
    if positive.lower() in names:
        return positive
    return AMBIGUOUS if AMBIGUOUS in names else None


def _annotated(
    folder: Path,
    image: Mapping[str, Any],
    positive: str,
    boxes: Mapping[tuple[int, str | None], Sequence[Box]],
) -> Annotated:
    size_wh, name = (int(image["width"]), int(image["height"])), Path(str(image["file_name"]))
    if min(size_wh) < 1:
        raise ValueError(f"picture {name} of {size_wh[0]} x {size_wh[1]} pixels")
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"picture {name} lies outside {IMAGES}/")
    return Annotated(
        path=folder / IMAGES / name,
        size_wh=size_wh,
        source=str(image.get("source", "")),
        group=None if image.get("group") is None else str(image["group"]),
        trucks=tuple(boxes.get((image["id"], positive), ())),
        ambiguous=tuple(boxes.get((image["id"], AMBIGUOUS), ())),
    )


def _share(box: Box, size_wh: tuple[int, int]) -> float:
    """Of the picture's area, counting what lies in it."""
    left, top, width, height = box
    across = min(left + width, size_wh[0]) - max(left, 0)
    down = min(top + height, size_wh[1]) - max(top, 0)
    return max(0.0, across) * max(0.0, down) / (size_wh[0] * size_wh[1])
