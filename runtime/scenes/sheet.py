"""A contact sheet: many pictures side by side, to look at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..lettering import draw_text
from .camera import Image

LETTERS_PX = 14


def contact_sheet(
    images: Sequence[Image],
    columns: int = 4,
    cell_wh: tuple[int, int] = (320, 180),
    labels: Sequence[str] | None = None,
) -> Image:
    """Pictures in rows on a dark ground.

    Args:
        images: BGR pictures of any size.
        columns: pictures a row.
        cell_wh: size of one picture on the sheet, pixels.
        labels: one short text a picture, written into its corner.
    """
    width, height = cell_wh
    gap = 4
    rows = -(-len(images) // columns) if images else 0
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 24, np.uint8)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        y, x = gap + row * (height + gap), gap + column * (width + gap)
        cell = sheet[y : y + height, x : x + width]
        cell[:] = cv2.resize(image, cell_wh, interpolation=cv2.INTER_AREA)
        if labels is not None and number < len(labels):
            for shift, colour in ((1, (0, 0, 0)), (0, (255, 255, 255))):
                place = (6 + shift, height - 8 + shift)
                draw_text(cell, labels[number], place, colour, LETTERS_PX)
    return sheet
