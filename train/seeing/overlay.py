"""A picture with the evidence for a label laid over it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.lettering import Colour, draw_text, text_width

OPACITY = 0.65
"""Of the strongest evidence; none is transparent."""
_STRIP: Colour = (38, 28, 22)
_WHITE: Colour = (255, 255, 255)
_DIM: Colour = (205, 200, 195)
_YES: Colour = (0, 94, 213)
_NO: Colour = (115, 158, 0)
_BOX: Colour = (255, 255, 255)
SMALLEST_WIDTH = 480
"""Narrower pictures are enlarged to it, so that the strip can be read."""


def overlay(
    picture_bgr: npt.NDArray[np.uint8], heat: npt.NDArray[np.float32], largest: float | None = None
) -> npt.NDArray[np.uint8]:
    """Evidence as colour, from nothing over violet and red to yellow.

    Args:
        picture_bgr: (height, width, 3), left as it is.
        heat: (height, width), 0 and more.
        largest: what is shown as yellow; None: the largest there is.

    Returns:
        the same shape as the picture; the caller owns it.
    """
    top = float(heat.max()) if largest is None else largest
    if top <= 0:
        return picture_bgr.copy()
    share = np.clip(heat / top, 0, 1)
    colours = cv2.applyColorMap((share * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    weight = (OPACITY * share)[..., np.newaxis]
    mixed: npt.NDArray[np.uint8] = np.rint(picture_bgr * (1 - weight) + colours * weight).astype(
        np.uint8
    )
    return mixed


def with_boxes(
    picture_bgr: npt.NDArray[np.uint8], boxes: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """A copy with outlines.

    Args:
        boxes: (n, 4): left, top, width, height, pixels.
    """
    drawn = picture_bgr.copy()
    for left, top, width, height in np.rint(boxes).astype(int):
        ends = (left, top), (left + width, top + height)
        cv2.rectangle(drawn, *ends, (0, 0, 0), 3)
        cv2.rectangle(drawn, *ends, _BOX, 1)
    return drawn


def with_strip(
    picture_bgr: npt.NDArray[np.uint8], label: str, score: float, threshold: float, note: str = ""
) -> npt.NDArray[np.uint8]:
    """The picture, at least `SMALLEST_WIDTH` wide, below a strip with the score of a label.

    Args:
        picture_bgr: (height, width, 3).
        label: whose score and evidence is shown.
        score: in [0, 1].
        threshold: from which on `label` is the answer; marked on the bar.
        note: what else is to be said, at the right end where there is room.
    """
    picture = _wide_enough(picture_bgr)
    width = picture.shape[1]
    size = max(13, width // 40)
    strip = np.full((2 * size, width, 3), _STRIP, np.uint8)
    baseline, left = round(1.36 * size), size // 2
    text = f"{label} {score:.2f}"
    draw_text(strip, text, (left, baseline), _WHITE, size)
    left += text_width(f"{label} 0.00", size) + size
    length = min(8 * size, width - left - size)
    if length > 2 * size:
        middle, thick = size, max(3, size // 2)
        colour = _YES if score >= threshold else _NO
        cv2.rectangle(strip, (left, middle - thick // 2), (left + length, middle + thick // 2),
                      (105, 95, 88), cv2.FILLED)  # fmt: skip
        filled = left + round(length * score)
        cv2.rectangle(strip, (left, middle - thick // 2), (filled, middle + thick // 2), colour,
                      cv2.FILLED)  # fmt: skip
        mark = left + round(length * threshold)
        cv2.line(strip, (mark, middle - thick), (mark, middle + thick), _WHITE, 2)
        left += length + size
    room = text_width(note, size)
    if note and left + room < width:
        draw_text(strip, note, (width - room - size // 2, baseline), _DIM, size)
    return np.vstack([strip, picture])


def sheet(
    pictures: list[npt.NDArray[np.uint8]], columns: int, cell_wh: tuple[int, int], gap: int = 6
) -> npt.NDArray[np.uint8]:
    """Pictures side by side, each fitted into a cell with its aspect kept; at least one."""
    rows = -(-len(pictures) // columns)
    cell_w, cell_h = cell_wh
    columns = min(columns, len(pictures))
    shape = (rows * (cell_h + gap) + gap, columns * (cell_w + gap) + gap, 3)
    page = np.full(shape, 245, np.uint8)
    for index, picture in enumerate(pictures):
        scale = min(cell_w / picture.shape[1], cell_h / picture.shape[0])
        inner_w = max(1, round(picture.shape[1] * scale))
        inner_h = max(1, round(picture.shape[0] * scale))
        inner = cv2.resize(picture, (inner_w, inner_h), interpolation=cv2.INTER_AREA)
        top = gap + (index // columns) * (cell_h + gap)
        left = gap + (index % columns) * (cell_w + gap) + (cell_w - inner_w) // 2
        page[top : top + inner_h, left : left + inner_w] = inner
    return page


def _wide_enough(picture_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = picture_bgr.shape[:2]
    if width >= SMALLEST_WIDTH:
        return picture_bgr
    size_wh = (SMALLEST_WIDTH, round(height * SMALLEST_WIDTH / width))
    return np.asarray(cv2.resize(picture_bgr, size_wh, interpolation=cv2.INTER_CUBIC), np.uint8)
