"""Whether two thumbnails show one photograph, or two photographs of one place.

A camera that hangs over a road takes pictures that differ in a few vehicles alone: perceptual
hashes and correlation call them alike. So the two are laid over each other (enhanced correlation
coefficient, Evangelidis and Psarakis 2008), the tone of one is fitted to the other's, and what is
left is judged block by block: the worst block tells.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

SAME = 0.35
"""Largest residual of one photograph, see `residual`. Measured in docs/decisions/0008."""
SIDE = 48
"""Pixels of a thumbnail's side."""
BLOCK = 6
"""Pixels of a block's side; a thumbnail has 8 x 8 of them."""
SEEN = 0.6
"""Share of a thumbnail that the other must cover."""
STEPS = 30
TONE_DEGREE = 3
"""Of the polynomial between the two tones: it follows gamma, and highlights that were cut off."""
SHADES = 4.0
"""Grey levels added to the contrast, so that the noise of a flat picture is no difference."""

Thumbnail = npt.NDArray[np.uint8]
_Plane = npt.NDArray[np.float32]
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
_INVERSE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_ALL = np.full((SIDE, SIDE), 255, np.uint8)
_EDGES = np.arange(0, SIDE, BLOCK)


def residual(one: Thumbnail, other: Thumbnail) -> float:
    """What tells two thumbnails apart once place and tone are fitted.

    Args:
        one: (SIDE, SIDE), grey, 0..255.
        other: the same; mirrored already where it is to be compared mirrored.

    Returns:
        root mean square of the difference in the worst block, in contrasts (standard deviations)
        of the picture; 0 for equal ones, inf where they cannot be laid over each other.
    """
    if np.array_equal(one, other):
        return 0.0
    still, moved = _smooth(one), _smooth(other)
    try:
        _, warp = cv2.findTransformECC(
            still, moved, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STOP, _ALL, 1
        )
    except cv2.error:  # it did not converge, or a thumbnail is of one shade
        return float("inf")
    laid = cv2.warpAffine(moved, warp, (SIDE, SIDE), flags=_INVERSE)
    inside = cv2.warpAffine(np.ones_like(moved), warp, (SIDE, SIDE), flags=_INVERSE) > 0.99
    inside[[0, -1]] = inside[:, [0, -1]] = False
    if inside.mean() < SEEN:
        return float("inf")
    return min(_worst(laid, still, inside), _worst(still, laid, inside))


def _smooth(thumbnail: Thumbnail) -> _Plane:
    return np.asarray(cv2.GaussianBlur(thumbnail.astype(np.float32), (0, 0), 0.7), np.float32)


def _worst(tone: npt.ArrayLike, wanted: npt.ArrayLike, inside: npt.NDArray[np.bool_]) -> float:
    """The worst block after `tone` was fitted to `wanted`."""
    target, source = np.asarray(wanted, np.float64), np.asarray(tone, np.float64) / 128 - 1
    fit = np.polynomial.polynomial.polyfit(source[inside], target[inside], TONE_DEGREE)
    left = target - np.polynomial.polynomial.polyval(source, fit)
    left = np.where(inside, left / (target[inside].std() + SHADES), 0)
    counted = _by_block(inside.astype(np.float64))
    means = _by_block(left * left) / np.maximum(counted, 1)
    return float(np.sqrt(means[counted >= BLOCK * BLOCK / 2].max(initial=0)))


def _by_block(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sums over blocks, (8, 8)."""
    sums: npt.NDArray[np.float64] = np.add.reduceat(
        np.add.reduceat(plane, _EDGES, axis=0), _EDGES, axis=1
    )
    return sums
