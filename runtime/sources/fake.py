"""Frames from memory: for tests, for Python callers, and to try a set-up without a camera."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ..decision import Frame
from ..errors import SourceError
from .base import FileSource

FPS = 15.0
_SIZE_WH = (320, 180)
_PASSAGE = 60
"""Frames from one coming of the block to the next."""


def open_source(text: str, fps: float | None) -> FileSource:
    """`fake:N`: N chequered frames through which a red block drives again and again.

    Raises:
        SourceError: N is 0.
    """
    count = int(text.partition(":")[2])
    if not count:
        raise SourceError(f"{text} has no frames; give it one or more, as in fake:30")
    images = (_scene(number % _PASSAGE / _PASSAGE) for number in range(count))
    rate = fps or FPS
    return FileSource(text, _frames(images, rate), fps=rate, timed=True, size_wh=_SIZE_WH)


def from_arrays(
    images_bgr: Sequence[npt.NDArray[np.uint8] | None],
    fps: float | None = FPS,
    name: str = "arrays",
) -> FileSource:
    """Give pictures held in memory as a clip.

    Args:
        images_bgr: (height, width, 3) each; None stands for a picture that could not be decoded.
        fps: frames per second; None means that they have no time.
        name: for messages and summaries.
    """
    first = next((image for image in images_bgr if image is not None and image.ndim == 3), None)
    size_wh = None if first is None else (first.shape[1], first.shape[0])
    return FileSource(
        name, _frames(images_bgr, fps), fps=fps, timed=fps is not None, size_wh=size_wh
    )


def _frames(
    images_bgr: Iterable[npt.NDArray[np.uint8] | None], fps: float | None
) -> Generator[Frame, None, None]:
    for sequence, image in enumerate(images_bgr):
        media_s = sequence / fps if fps else 0.0
        detail = "no picture was given" if image is None else None
        yield Frame(image, time.monotonic_ns(), sequence, media_s, None, detail)


def _scene(place: float) -> npt.NDArray[np.uint8]:
    """`place` 0 puts the block left of the picture, 0.5 fills the picture with it."""
    width, height = _SIZE_WH
    rows, columns = np.indices((height, width)) // 12
    image = np.full((height, width, 3), 90, np.uint8)
    image[..., :2] += (60 * ((rows + columns) % 2)).astype(np.uint8)[..., np.newaxis]
    left = int((2 * place - 1) * width)
    block = image[:, max(0, left) : max(0, left + width)]
    block[..., :2] -= 60
    block[..., 2] = 230
    return image
