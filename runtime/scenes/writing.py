"""Writes pictures and clips with their truth, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from ..errors import OutputError, SceneError
from ..files import folder_atomically, write_atomically
from .camera import Image
from .clip import SceneClip
from .picture import check_request, render_picture
from .truth import CATEGORIES, VehicleBox, max_truck_share

MANIFEST_COLUMNS = ("label", "file", "source", "group", "max_truck_area_frac", "light", "weather")


@dataclass(frozen=True, slots=True)
class WrittenPictures:
    """What `write_pictures` left on the disk."""

    folder: Path
    count: int
    truck: int
    """Pictures in the class folder `truck`; the rest is in `no_truck`."""


@dataclass(frozen=True, slots=True)
class WrittenClip:
    """What `write_clip` left on the disk."""

    video: Path
    truth: Path
    frames: int
    passages: int


def write_pictures(
    out: Path,
    count: int,
    seed: int,
    size_wh: tuple[int, int] = (640, 360),
    *,
    overwrite: bool = False,
) -> WrittenPictures:
    """Write labelled pictures as class folders with `annotations.json` (COCO) and `manifest.csv`.

    Args:
        out: folder to make.
        count: number of pictures.
        seed: picture i is picture i of this seed, whatever the count.
        size_wh: width and height, pixels.
        overwrite: replace a folder that is not empty.

    Raises:
        SceneError: count, seed or size is out of range.
        OutputError: the folder is in use or cannot be written.
    """
    check_request(seed, size_wh)
    if count < 1:
        raise SceneError(f"expected at least 1 picture, got {count}")
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    with folder_atomically(out, overwrite) as folder:
        for label in ("truck", "no_truck"):
            (folder / label).mkdir()
        for index in range(count):
            picture = render_picture(seed, index, size_wh)
            label = "truck" if picture.has_truck else "no_truck"
            name = f"{label}/scene-{seed}-{index:06d}.jpg"
            _write_jpeg(folder / name, picture.image_bgr)
            share, air = max_truck_share(picture.boxes), picture.conditions
            images.append(
                {
                    "id": index + 1,
                    "file_name": name,
                    "width": size_wh[0],
                    "height": size_wh[1],
                    "label": label,
                    "light": air.light,
                    "weather": air.weather,
                    "max_truck_area_frac": round(share, 6),
                }
            )
            annotations += coco_boxes(picture.boxes, index + 1, len(annotations) + 1)
            group = f"scene-{seed}-{index:06d}"
            rows.append((label, name, "scenes", group, f"{share:.6f}", air.light, air.weather))
        info = {"description": "rendered road scenes", "seed": seed, "count": count}
        _write_json(folder / "annotations.json", _coco(info, images, annotations))
        with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(MANIFEST_COLUMNS)
            writer.writerows(rows)
    return WrittenPictures(out, count, sum(row[0] == "truck" for row in rows))


def write_clip(
    path: Path,
    seconds: float,
    seed: int,
    fps: float = 15.0,
    size_wh: tuple[int, int] = (640, 360),
    passages: int | None = None,
    *,
    overwrite: bool = False,
) -> WrittenClip:
    """Write a clip as MP4 and its truth as `<name>.json` beside it.

    Args:
        path: file to make, ending in .mp4.
        seconds: length.
        seed: any integer from 0.
        fps: frames a second.
        size_wh: width and height, pixels, both even.
        passages: exact number of truck passages; None leaves it to the length.
        overwrite: replace an existing file.

    Raises:
        SceneError: the seconds cannot hold the passages, or an argument is out of range.
        OutputError: the file exists or cannot be written.
    """
    if path.suffix.lower() != ".mp4":
        raise SceneError(f"a clip is written as .mp4, got {path.name!r}")
    if size_wh[0] % 2 or size_wh[1] % 2:
        raise SceneError(f"a clip needs an even width and height, got {size_wh[0]}x{size_wh[1]}")
    truth_path = path.with_suffix(".json")
    for target in (path, truth_path):
        if target.exists() and not overwrite:
            raise OutputError(f"{target} exists; choose another name or add --overwrite")
    clip = SceneClip(seed, seconds, fps, size_wh, passages)
    planned = clip.passages
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".mp4")
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc
    os.close(handle)
    staging = Path(name)
    try:
        truth = _render_video(clip, staging)
        truth["passages"] = [
            {"start_s": round(p.start_s, 4), "end_s": round(p.end_s, 4)} for p in planned
        ]
        _write_json(truth_path, truth)
        staging.chmod(0o644)
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    return WrittenClip(path, truth_path, len(truth["images"]), len(planned))


def coco_boxes(boxes: tuple[VehicleBox, ...], image_id: int, first_id: int) -> list[dict[str, Any]]:
    """Boxes as COCO annotations with running ids."""
    return [
        {
            "id": first_id + number,
            "image_id": image_id,
            "category_id": CATEGORIES.index(box.category) + 1,
            "bbox": list(box.xywh),
            "area": box.xywh[2] * box.xywh[3],
            "iscrowd": 0,
            "visible": round(box.visible, 4),
        }
        for number, box in enumerate(boxes)
    ]


def _render_video(clip: SceneClip, target: Path) -> dict[str, Any]:
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(target), fourcc, clip.fps, clip.size_wh)
    if not writer.isOpened():
        raise OutputError(
            "this OpenCV cannot write MP4 (codec mp4v); install opencv-python-headless"
        )
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    try:
        for number, frame in enumerate(clip, start=1):
            writer.write(frame.image_bgr)
            images.append(
                {
                    "id": number,
                    "time_s": round(frame.time_s, 4),
                    "truck_present": frame.truck_present,
                    "max_truck_area_frac": round(frame.max_truck_share, 6),
                }
            )
            annotations += coco_boxes(frame.boxes, number, len(annotations) + 1)
    finally:
        writer.release()
    width, height = clip.size_wh
    info = {
        "description": "rendered road clip",
        "fps": clip.fps,
        "width": width,
        "height": height,
        "seed": clip.seed,
        "light": clip.world.air.light,
        "weather": clip.world.air.weather,
    }
    return _coco(info, images, annotations)


def _coco(
    info: dict[str, Any], images: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> dict[str, Any]:
    categories = [{"id": number, "name": name} for number, name in enumerate(CATEGORIES, start=1)]
    return {"info": info, "categories": categories, "images": images, "annotations": annotations}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def _write_jpeg(path: Path, image: Image) -> None:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise OutputError(f"cannot encode {path.name} as JPEG")
    path.write_bytes(data.tobytes())
