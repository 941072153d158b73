"""What camera and framing do to a picture: crop, flip, occlusion, light, blur, noise, JPEG.

Every effect takes a (height, width, 3) RGB picture of 0..255 that it does not change, a generator
that decides everything, and a strength: 1 draws from the ranges that were judged by eye, 0 does
(next to) nothing. It gives a picture of the same shape.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

AREA_TAKEN = 0.65
"""Largest share of the area that `area_crop` leaves out at strength 1."""
_LEVELS = np.arange(256, dtype=np.float32)


def crop(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """A window of 0.75 to 1 of each side, brought back to the full size."""
    height, width = picture.shape[:2]
    zoom = 1 - rng.uniform(0, 0.25) * strength
    stretch = 1 + rng.uniform(-0.08, 0.08) * strength
    return _window(picture, rng, round(height * zoom * stretch), round(width * zoom / stretch))


def area_crop(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """A window of 0.35 to 1 of the area, brought back to the full size (Szegedy et al. 2015,
    arXiv:1409.4842); its height is stretched by e^-0.18 to e^0.18 and its width shrunk as much."""
    height, width = picture.shape[:2]
    side = (1 - rng.uniform(0, AREA_TAKEN) * strength) ** 0.5
    stretch = float(np.exp(rng.uniform(-0.18, 0.18) * strength))
    return _window(picture, rng, round(height * side * stretch), round(width * side / stretch))


def flip(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """The mirror image."""
    return np.asarray(cv2.flip(picture, 1), np.uint8)


def occlusion(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """A post or beam across the picture, or a patch of 3 to 12 % of it (Zhong et al. 2017)."""
    height, width = picture.shape[:2]
    covered = picture.copy()
    shade = np.clip(rng.uniform(15, 190) + rng.uniform(-20, 20, 3), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        thick = max(1, round(rng.uniform(0.03, 0.09) * strength * min(height, width)))
        if rng.random() < 0.7:
            left = int(rng.integers(0, max(1, width - thick)))
            covered[:, left : left + thick] = shade
        else:
            top = int(rng.integers(0, max(1, height - thick)))
            covered[top : top + thick] = shade
        return covered
    area = rng.uniform(0.03, 0.12) * strength * height * width
    aspect = float(np.exp(rng.uniform(-0.8, 0.8)))
    patch_h = min(height, max(1, round((area * aspect) ** 0.5)))
    patch_w = min(width, max(1, round((area / aspect) ** 0.5)))
    top = int(rng.integers(0, height - patch_h + 1))
    left = int(rng.integers(0, width - patch_w + 1))
    covered[top : top + patch_h, left : left + patch_w] = shade
    return covered


def light(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Other contrast, exposure and white balance."""
    contrast = 1 + rng.uniform(-0.25, 0.25) * strength
    brightness = rng.uniform(-25, 25) * strength
    tint = 1 + rng.uniform(-0.06, 0.06, 3) * strength
    mean = float(np.mean(cv2.mean(picture)[:3]))
    curve = (_LEVELS - mean) * contrast + mean + brightness
    return through_curves(picture, curve[:, np.newaxis] * tint)


def blur(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Out of focus, a camera of up to three times fewer pixels, or in motion."""
    kind = rng.random()
    if kind < 0.4:
        sigma = rng.uniform(0.3, 1.2) * max(strength, 0.05)
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    if kind < 0.75:
        height, width = picture.shape[:2]
        factor = 1 + rng.uniform(0.3, 2.0) * strength
        small_wh = (max(1, round(width / factor)), max(1, round(height / factor)))
        small = _resized(picture, small_wh, cv2.INTER_AREA)
        return _resized(small, (width, height), cv2.INTER_LINEAR)
    length = rng.uniform(0.01, 0.035) * strength * picture.shape[1]
    return smeared(picture, length, rng.uniform(-15, 15))


def noise(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Normal noise of 2 to 10 levels, the same for all colours at half of the pictures."""
    height, width = picture.shape[:2]
    planes = 1 if rng.random() < 0.5 else 3
    grain = rng.standard_normal((height, width, planes), dtype=np.float32)
    grain *= np.float32(rng.uniform(2, 10) * strength)
    if planes == 1:
        grain = np.asarray(cv2.merge([grain[:, :, 0]] * 3), np.float32)
    return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)


def jpeg(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Encoded as JPEG of quality 15 to 70, and decoded."""
    quality = round(100 - rng.uniform(30, 85) * strength)
    # The channel order must be BGR for the encoder to take luma for luma.
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[:, :, ::-1], np.uint8)


def through_curves(picture: Pixels, curves: npt.NDArray[np.floating]) -> Pixels:
    """Give every channel its own curve.

    Args:
        picture: (height, width, 3).
        curves: (256, 3), the new level of each old one; clipped to 0..255.
    """
    table = np.clip(np.rint(curves), 0, 255).astype(np.uint8)[np.newaxis]
    return np.asarray(cv2.LUT(np.ascontiguousarray(picture), table), np.uint8)


def smeared(picture: Pixels, length: float, angle_deg: float) -> Pixels:
    """Moved by `length` pixels while the shutter was open, at an angle to the horizontal."""
    side = max(3, 2 * int(length / 2 + 0.5) + 1)
    kernel = np.zeros((side, side), np.float32)
    along = np.deg2rad(angle_deg)
    reach = np.array([np.cos(along), np.sin(along)]) * length / 2
    middle = side // 2
    ends = [tuple(round(middle + sign * part) for part in reach) for sign in (-1, 1)]
    cv2.line(kernel, (ends[0][0], ends[0][1]), (ends[1][0], ends[1][1]), 1.0, 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _window(picture: Pixels, rng: np.random.Generator, crop_h: int, crop_w: int) -> Pixels:
    """A window anywhere in the picture, no larger than it, brought back to the full size."""
    height, width = picture.shape[:2]
    crop_h, crop_w = min(height, max(1, crop_h)), min(width, max(1, crop_w))
    top = int(rng.integers(0, height - crop_h + 1))
    left = int(rng.integers(0, width - crop_w + 1))
    window = picture[top : top + crop_h, left : left + crop_w]
    return _resized(window, (width, height), cv2.INTER_LINEAR)


def _resized(picture: Pixels, size_wh: tuple[int, int], how: int) -> Pixels:
    return np.asarray(
        cv2.resize(np.ascontiguousarray(picture), size_wh, interpolation=how), np.uint8
    )
