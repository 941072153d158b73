"""The encoded pictures of a measurement, with their labels: one's own, or rendered roads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from trucksight.runtime.errors import SourceError, UsageError
from trucksight.runtime.picture import SUFFIXES

from .results import Pictures

RENDERED_WH = (640, 480)
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture."""

    path: Path
    label: str | None
    """The class it shows; None: nobody says."""


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures in the order in which they are decided on."""

    pictures: list[Labelled]
    about: Pictures


def own_pictures(folder: Path, count: int, seed: int) -> PictureSet:
    """Draw pictures from a folder of classes, or of pictures whose classes nobody says.

    Args:
        folder: holds a folder of pictures for each label, at any depth, or pictures.
        count: at most so many, drawn and ordered by the seed.
        seed: 0 or more.

    Raises:
        SourceError: there is no picture.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; give one with a folder of pictures per label")
    found = [
        Labelled(path, None if path.parent == folder else path.parent.name)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not found:
        raise SourceError(f"{folder} holds no picture ({' '.join(sorted(SUFFIXES))})")
    order = np.random.default_rng(seed).permutation(len(found))[:count]
    return _about([found[index] for index in order], str(folder), seed)


def rendered_pictures(
    folder: Path, count: int, seed: int, positive: str, size_wh: tuple[int, int] = RENDERED_WH
) -> PictureSet:
    """Render roads into a folder, half of them with a truck, for a machine without photographs.

    Args:
        folder: exists.
        count: of pictures.
        seed: of the roads.
        positive: the label of a picture with a truck; the others get "no " and the same.
        size_wh: width and height, pixels.
    """
    from trucksight.runtime.scenes import render_picture

    pictures = []
    for index in range(count):
        scene = render_picture(seed, index, size_wh)
        ok, jpeg = cv2.imencode(".jpg", scene.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not ok:
            raise UsageError(f"this OpenCV cannot write JPEG pictures of {size_wh}")
        path = folder / f"road-{index:04d}.jpg"
        path.write_bytes(jpeg.tobytes())
        pictures.append(Labelled(path, positive if scene.has_truck else f"no {positive}"))
    return _about(pictures, "rendered roads", seed)


def _about(pictures: list[Labelled], source: str, seed: int) -> PictureSet:
    digest, sizes = hashlib.sha256(), set()
    for picture in pictures:
        content = picture.path.read_bytes()
        digest.update(hashlib.sha256(content).digest())
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if image is not None:
            sizes.add((image.shape[1], image.shape[0]))
    about = Pictures(source, len(pictures), digest.hexdigest(), seed, tuple(sorted(sizes)))
    return PictureSet(pictures, about)
