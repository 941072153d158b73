"""Whole-picture labels from boxes: seeded windows of annotated photographs, as class folders.

    python -m trucksight.train.data.crops COCO_DIR --out DATA [--seed 0] [--windows 1]
        [--leave-out rf]

COCO_DIR holds `annotations.json` and `images/`; every category's `supercategory` is `truck`,
`ambiguous` or anything else. A window is `truck` when a truck's box, at least half inside, covers
2 % of it or more, `no_truck` when it holds no part of a truck and no ambiguous vehicle of 0.2 % or
more; any other window is not written. Half of the windows of a picture with a truck are laid so
that the truck is seen small, which whole photographs seldom show.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.errors import PictureError, TrucksightError
from ...runtime.files import folder_atomically, write_atomically
from ...runtime.picture import read_picture
from .boxes import AMBIGUOUS_SHARE, TRUCK_SHARE, Annotated, Box, read_annotations

INSIDE = 0.5
"""Part of a truck's box that must lie in the window for it to count."""
SMALLEST_SIDE = 140
"""Pixels of a window's shorter side."""
TRIES = 8
"""Windows tried for one that can be labelled."""
COLUMNS = ("label", "file", "source", "group")


def label_of(window: Box, trucks: Sequence[Box], ambiguous: Sequence[Box]) -> str | None:
    """`truck`, `no_truck`, or None where the window is neither for certain."""
    area = window[2] * window[3]
    seen = [(_overlap(window, box), box[2] * box[3]) for box in trucks]
    if any(part >= TRUCK_SHARE * area and part >= INSIDE * whole for part, whole in seen):
        return "truck"
    if any(part > 0 for part, _ in seen):
        return None
    if any(_overlap(window, box) >= AMBIGUOUS_SHARE * area for box in ambiguous):
        return None
    return "no_truck"


def windows(picture: Annotated, count: int, rng: np.random.Generator) -> Iterator[tuple[Box, str]]:
    """Up to `count` labelled windows of a picture, whole pixels."""
    for number in range(count):
        for _ in range(TRIES):
            small_truck = bool(picture.trucks) and number % 2 == 0
            window = _near_a_truck(picture, rng) if small_truck else _anywhere(picture, rng)
            label = label_of(window, picture.trucks, picture.ambiguous)
            if label is not None:
                yield window, label
                break


def write_windows(
    coco: Path, out: Path, seed: int, count: int, leave_out: Sequence[str], overwrite: bool
) -> dict[str, int]:
    """Write the windows of every photograph as `out/truck` and `out/no_truck` with a manifest.

    Returns:
        How many pictures each label got.

    Raises:
        DataError: the annotations cannot be read.
        OutputError: `out` exists and may not be replaced, or cannot be written.
    """
    rows: list[dict[str, str]] = []
    with folder_atomically(out, overwrite) as staging:
        for index, picture in enumerate(read_annotations(coco)):
            if picture.source in leave_out:
                continue
            rng = np.random.default_rng([seed, index])
            try:
                image = read_picture(picture.path)
            except PictureError as exc:
                print(f"skipped: {exc}", file=sys.stderr)
                continue
            for number, (window, label) in enumerate(windows(picture, count, rng)):
                name = f"{picture.path.stem}_w{number}.jpg"
                write_atomically(staging / label / name, _encoded(image, window))
                group = picture.group or picture.path.stem
                rows.append(dict(zip(COLUMNS, (label, name, picture.source, group), strict=True)))
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(staging / "manifest.csv", text.getvalue())
    return {label: sum(row["label"] == label for row in rows) for label in ("truck", "no_truck")}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the module's command line."""
    parser = argparse.ArgumentParser(
        prog="python -m trucksight.train.data.crops", description=__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("coco", type=Path, metavar="COCO_DIR")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--windows", type=int, default=1, help="of each picture (default 1)")
    parser.add_argument("--leave-out", nargs="*", default=[], help="sources not to take")
    parser.add_argument("--overwrite", action="store_true")
    args = parser.parse_args(argv)
    try:
        counts = write_windows(
            args.coco, args.out, args.seed, args.windows, args.leave_out, args.overwrite
        )
    except TrucksightError as exc:
        print(f"trucksight: {exc}", file=sys.stderr)
        return 2
    print(f"{args.out}: " + ", ".join(f"{n} {label}" for label, n in counts.items()))
    return 0


def _overlap(one: Box, other: Box) -> float:
    """Shared area in pixels."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def _anywhere(picture: Annotated, rng: np.random.Generator) -> Box:
    scale = rng.uniform(0.4, 1.0)
    return _placed(picture, scale, rng, (rng.random(), rng.random()))


def _near_a_truck(picture: Annotated, rng: np.random.Generator) -> Box:
    """A window in which one of the trucks covers 2 to 20 %, if the picture is large enough."""
    left, top, width, height = picture.trucks[int(rng.integers(len(picture.trucks)))]
    share = float(np.exp(rng.uniform(np.log(1.1 * TRUCK_SHARE), np.log(0.2))))
    frame_area = picture.size_wh[0] * picture.size_wh[1]
    scale = min(1.0, float(np.sqrt(width * height / share / frame_area)))
    centre = (left + width / 2, top + height / 2)
    shift = rng.uniform(-0.35, 0.35, 2)
    at = [
        (middle / side - scale / 2 + offset * scale) / max(1e-6, 1 - scale)
        for middle, side, offset in zip(centre, picture.size_wh, shift, strict=True)
    ]
    return _placed(picture, scale, rng, (at[0], at[1]))


def _placed(
    picture: Annotated, scale: float, rng: np.random.Generator, at: tuple[float, float]
) -> Box:
    """A window of `scale` times the picture's sides, varied in aspect, at a place in 0..1."""
    aspect = float(np.exp(rng.uniform(-0.2, 0.2)))
    sides = [
        min(side, max(SMALLEST_SIDE, round(side * scale * stretch)))
        for side, stretch in zip(picture.size_wh, (aspect, 1 / aspect), strict=True)
    ]
    corner = [
        round(min(1.0, max(0.0, place)) * (side - inner))
        for place, side, inner in zip(at, picture.size_wh, sides, strict=True)
    ]
    return (corner[0], corner[1], sides[0], sides[1])


def _encoded(image: npt.NDArray[np.uint8], window: Box) -> bytes:
    left, top, width, height = (int(value) for value in window)
    part = np.ascontiguousarray(image[top : top + height, left : left + width])
    _, jpeg = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return jpeg.tobytes()


if __name__ == "__main__":
    sys.exit(main())
