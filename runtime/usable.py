"""Is a frame fit to be judged at all? A dead camera must never look like an empty road.

The default limits are set between what 700 road photographs, 150 rendered scenes and three clips
show and what covered, dazzled and defocused lenses show; see `Limits`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from .contract import check_frame
from .decision import Reason
from .errors import FrameError, UsageError

SMALLEST_SIDE = 16
"""Pixels; a picture with a shorter side holds no road."""
_GRID = 64
_SHARPNESS_SIDE = 224
"""Pixels; the size of the input at which the default of `Limits.sharpness` was measured."""
_ROUNDING = 2.0
"""Variance of the Laplacian that rounding to whole levels alone gives: its weights' squares sum
to 20, and a rounding has a variance of 1/12."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a picture cannot be judged.

    Raises:
        UsageError: a value outside its range.
    """

    black_level: float = 20
    """0..255. A covered lens of a camera in limited-range video reads 16 and a little noise; the
    darkest night photograph with a lamp or a headlight in it has far brighter pixels."""
    black_share: float = 0.995
    """Share of sampled values at or under `black_level` from which a picture is black: a few hot
    pixels do not count. Over 1: never."""
    white_level: float = 250
    """0..255."""
    white_share: float = 0.8
    """Share of sampled values at or over `white_level` from which a picture is over-exposed; road
    photographs reach 0.34. Over 1: never."""
    contrast: float = 3.0
    """Standard deviation of the brightness of the model's input, 0..127, under which a picture is
    blank; road photographs are over 23, rendered fog over 8. 0: never."""
    sharpness: float = 0.012
    """Variance of the Laplacian of the brightness of the model's input over its own variance
    (Pech-Pacheco and others 2000), under which a picture is blurred. Road photographs lie over
    0.023; blurred by 6 of 640 pixels they lie under 0.011. 0: never."""
    frozen_s: float = 2.0
    """Seconds of the very same picture from a live source after which it is frozen: the noise of a
    sensor that works changes every picture. 0: never."""
    resized_s: float = 1.0
    """Seconds after which pictures of another size are taken for the new size. 0: at once."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0 <= value <= _HIGHEST.get(one.name, 2):
                raise UsageError(
                    f"the limit {one.name} must be 0 to {_HIGHEST.get(one.name, 2)}, not {value!r}"
                )


_HIGHEST = {
    "black_level": 255,
    "white_level": 255,
    "contrast": 127,
    "frozen_s": 3600,
    "resized_s": 3600,
}


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a frame cannot be judged."""

    reason: Reason
    detail: str
    """The measured value, in words."""


def unusable(frame_bgr: Pixels, limits: Limits | None = None) -> Unusable | None:
    """Say why a frame cannot be judged, or None when it can.

    Args:
        frame_bgr: (height, width, 3), OpenCV channel order; anything else is WRONG_SHAPE.
        limits: None takes the defaults.
    """
    limits = limits or _DEFAULTS
    try:
        check_frame(frame_bgr)
    except FrameError as exc:
        return Unusable(Reason.WRONG_SHAPE, str(exc))
    height, width = frame_bgr.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return Unusable(
            Reason.WRONG_SHAPE, f"{width}x{height}; the shorter side must be {SMALLEST_SIDE} pixels"
        )
    sample = frame_sample(frame_bgr)
    dark = np.count_nonzero(sample <= limits.black_level) / sample.size
    if dark >= limits.black_share:
        return Unusable(
            Reason.BLACK, f"{dark:.1%} of the picture is at or under {limits.black_level:g}/255"
        )
    white = np.count_nonzero(sample >= limits.white_level) / sample.size
    if white >= limits.white_share:
        return Unusable(
            Reason.OVEREXPOSED,
            f"{white:.1%} of the picture is at or over {limits.white_level:g}/255",
        )
    return None


def shows_nothing(input_rgb: Pixels, limits: Limits | None = None) -> Unusable | None:
    """Say why the model could see nothing in its input, or None.

    Args:
        input_rgb: (height, width, 3) RGB, as `model_input` gives it.
        limits: None takes the defaults.
    """
    limits = limits or _DEFAULTS
    step = max(1, round(min(input_rgb.shape[:2]) / _SHARPNESS_SIDE))
    gray = cv2.cvtColor(input_rgb[::step, ::step], cv2.COLOR_RGB2GRAY)
    contrast = float(cv2.meanStdDev(gray)[1][0, 0])
    if contrast < limits.contrast:
        return Unusable(Reason.BLANK, f"the contrast is {contrast:.1f} of 127")
    # Its mean is 0 but for the border, so the sum of squares is the variance, and far sooner had.
    detail = cv2.norm(cv2.Laplacian(gray, cv2.CV_16S, ksize=1), cv2.NORM_L2) ** 2 / gray.size
    sharpness = max(0.0, detail - _ROUNDING) / contrast**2 if contrast > 0 else 0.0
    if sharpness < limits.sharpness:
        return Unusable(Reason.BLURRED, f"the sharpness is {sharpness:.4f}")
    return None


def frame_sample(frame_bgr: Pixels) -> Pixels:
    """At most some 128 x 128 pixels of a (height, width, 3) frame, evenly spread."""
    height, width = frame_bgr.shape[:2]
    return np.ascontiguousarray(frame_bgr[:: max(1, height // _GRID), :: max(1, width // _GRID)])


_DEFAULTS = Limits()
