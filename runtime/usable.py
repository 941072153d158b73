"""Is a frame fit to be judged at all? A dead camera must never look like an empty road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .contract import check_frame
from .decision import Reason
from .errors import FrameError

SMALLEST_SIDE = 16
"""Pixels; a picture with a shorter side holds no road."""
BLACK_LEVEL = 20
"""0..255. A covered lens of a camera in limited-range video reads 16 and a little noise; the
darkest night photograph with a lamp or a headlight in it has far brighter pixels."""
BLACK_QUANTILE = 0.995
"""Share of sampled values that must be at or under `BLACK_LEVEL`: a few hot pixels do not count."""
_GRID = 64


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a frame cannot be judged."""

    reason: Reason
    detail: str
    """The measured value, in words."""


def unusable(frame_bgr: npt.NDArray[np.uint8]) -> Unusable | None:
    """Say why a frame cannot be judged, or None when it can.

    Args:
        frame_bgr: (height, width, 3), OpenCV channel order; anything else is WRONG_SHAPE.
    """
    try:
        check_frame(frame_bgr)
    except FrameError as exc:
        return Unusable(Reason.WRONG_SHAPE, str(exc))
    height, width = frame_bgr.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return Unusable(
            Reason.WRONG_SHAPE, f"{width}x{height}; the shorter side must be {SMALLEST_SIDE} pixels"
        )
    sample = frame_bgr[:: max(1, height // _GRID), :: max(1, width // _GRID)]
    dark = np.count_nonzero(sample <= BLACK_LEVEL) / sample.size
    if dark >= BLACK_QUANTILE:
        return Unusable(Reason.BLACK, f"{dark:.1%} of the picture is at or under {BLACK_LEVEL}/255")
    return None
