"""Text on a picture: OpenCV 5's outline font where it is there, Hershey's strokes before."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
"""Blue, green, red; 0..255."""

_WEIGHT = 600
_HERSHEY = cv2.FONT_HERSHEY_DUPLEX
_HERSHEY_CAPITAL = 0.78
"""Height of a capital over `height_px` for which Hershey's letters look as large as the outline
font's of the same `height_px`."""


def draw_text(
    image_bgr: npt.NDArray[np.uint8],
    text: str,
    left_baseline: tuple[int, int],
    colour: Colour,
    height_px: int,
) -> None:
    """Write one line into a picture, in place.

    Args:
        image_bgr: (height, width, 3).
        text: ASCII; anything else becomes `?`.
        left_baseline: where the line starts, x and y.
        colour: of the letters.
        height_px: size of the font.
    """
    plain = _plain(text)
    face = _face()
    if face is None:
        cv2.putText(
            image_bgr, plain, left_baseline, _HERSHEY, *_stroke(height_px, colour), cv2.LINE_AA
        )
    else:
        draw: Any = cv2.putText
        draw(image_bgr, plain, left_baseline, colour, face, height_px, _WEIGHT)


def text_width(text: str, height_px: int) -> int:
    """Pixels from the start of a line to where the next letter would stand."""
    plain = _plain(text)
    face = _face()
    if face is None:
        scale, _, thickness = _stroke(height_px, (0, 0, 0))
        (width, _), _ = cv2.getTextSize(plain, _HERSHEY, scale, thickness)
        return width
    measure: Any = cv2.getTextSize
    # The font wraps at the right edge of this size, so it must be wider than any line.
    x, _, width, _ = measure((1 << 15, 64), plain, (0, 0), face, height_px, _WEIGHT)
    return int(x + width)


def _stroke(height_px: int, colour: Colour) -> tuple[float, Colour, int]:
    thickness = max(1, round(height_px / 18))
    capital = round(height_px * _HERSHEY_CAPITAL)
    return cv2.getFontScaleFromHeight(_HERSHEY, capital, thickness), colour, thickness


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()


@lru_cache(maxsize=1)
def _face() -> Any:
    """The outline font built into OpenCV 5; None before."""
    make = getattr(cv2, "FontFace", None)
    return None if make is None else make("sans")
