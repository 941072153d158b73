"""The pictures of a contest: rendered roads as encoded files, in a seeded order."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract, model_input
from ...runtime.errors import UsageError
from ...runtime.picture import read_picture
from ...runtime.scenes import render_picture
from ...runtime.usable import shows_nothing, unusable

_JPEG_QUALITY = 92
_TRIES = 4
"""Scenes rendered at most for each picture that is wanted."""


def render(
    folder: Path, count: int, seed: int, size_wh: tuple[int, int], contract: InputContract
) -> list[Path]:
    """Write JPEG files of roads that we judge: a picture refused as black or blurred costs nothing.

    Returns:
        Their paths, in the order in which they are to be decided on.

    Raises:
        UsageError: too few of the rendered pictures can be judged.
    """
    paths: list[Path] = []
    for index in range(count * _TRIES):
        if len(paths) == count:
            return _shuffled(paths, seed)
        image_bgr = render_picture(seed, index, size_wh).image_bgr
        if not _is_judged(image_bgr, contract):
            continue
        path = folder / f"scene-{index:04}.jpg"
        cv2.imwrite(str(path), image_bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        paths.append(path)
    raise UsageError(f"only {len(paths)} of {count * _TRIES} rendered pictures can be judged")


def choose(source: Path, count: int, seed: int, contract: InputContract) -> list[Path]:
    """At most `count` JPEG and PNG files of a folder and those below it that we judge, shuffled.

    Raises:
        UsageError: there is none.
    """
    suffixes = (".jpg", ".jpeg", ".png")
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in suffixes)
    judged: list[Path] = []
    for path in _shuffled(found, seed):
        if len(judged) < count and _is_judged(read_picture(path), contract):
            judged.append(path)
    if not judged:
        raise UsageError(f"{source} holds no JPEG or PNG file that can be judged")
    return judged


def take_frames(
    video: Path, folder: Path, count: int, seed: int, contract: InputContract
) -> list[Path]:
    """Write frames of a video, evenly spread, as JPEG files; see `render`.

    Raises:
        UsageError: it cannot be read, or no frame can be judged.
    """
    capture = cv2.VideoCapture(str(video))
    step = max(1, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) // count)
    paths: list[Path] = []
    number = 0
    while len(paths) < count and (read := capture.read())[0]:
        image_bgr = np.asarray(read[1], np.uint8)
        if number % step == 0 and _is_judged(image_bgr, contract):
            paths.append(folder / f"frame-{number:05}.jpg")
            cv2.imwrite(str(paths[-1]), image_bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        number += 1
    capture.release()
    if not paths:
        raise UsageError(f"{video} has no frame that can be judged")
    return _shuffled(paths, seed)


def as_model_input(paths: list[Path], folder: Path, contract: InputContract) -> list[Path]:
    """The same pictures at the model's size, without loss (PNG): nobody has to resize them."""
    written = []
    for path in paths:
        pixels_rgb = model_input(read_picture(path), contract)[0]
        written.append(folder / f"{path.stem}.png")
        cv2.imwrite(str(written[-1]), cv2.cvtColor(pixels_rgb, cv2.COLOR_RGB2BGR))
    return written


def _is_judged(image_bgr: npt.NDArray[np.uint8], contract: InputContract) -> bool:
    if unusable(image_bgr):
        return False
    pixels = model_input(image_bgr, contract)
    return shows_nothing(pixels[0]) is None


def _shuffled(paths: list[Path], seed: int) -> list[Path]:
    return [paths[n] for n in np.random.default_rng(seed).permutation(len(paths))]
