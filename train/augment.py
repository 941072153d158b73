"""Varying training pictures: other cameras, other weather, other hours.

Each picture is varied by its own generator, seeded with (seed, epoch, index), so the result does
not depend on how the threads happen to run.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def augment(picture_rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Vary one picture.

    Args:
        picture_rgb: (height, width, 3), 0..255; not changed.
        rng: decides everything.

    Returns:
        the same shape; the caller owns it.
    """
    picture = _cropped(picture_rgb, rng)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.15:
        picture = _coarsened(picture, rng)
    if rng.random() < 0.2:
        sigma = float(rng.uniform(0.3, 1.2))
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    return _lit(picture, rng)


def _cropped(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """A window of 0.75 to 1 of each side, brought back to the full size."""
    height, width = picture.shape[:2]
    zoom = rng.uniform(0.75, 1.0)
    stretch = rng.uniform(0.92, 1.08)
    crop_h = min(height, max(1, round(height * zoom * stretch)))
    crop_w = min(width, max(1, round(width * zoom / stretch)))
    top = int(rng.integers(0, height - crop_h + 1))
    left = int(rng.integers(0, width - crop_w + 1))
    window = picture[top : top + crop_h, left : left + crop_w]
    return np.asarray(cv2.resize(window, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _coarsened(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """A camera of fewer pixels: down by up to three, and up again."""
    height, width = picture.shape[:2]
    factor = rng.uniform(1.3, 3.0)
    small_wh = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(np.ascontiguousarray(picture), small_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _lit(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Contrast, brightness and tint; one in eight is dusk or night; one in five gets noise."""
    light = picture.astype(np.float32)
    contrast = np.float32(rng.uniform(0.75, 1.25))
    brightness = np.float32(rng.uniform(-25, 25))
    tint = rng.uniform(0.94, 1.06, 3).astype(np.float32)
    if rng.random() < 0.125:
        light = _darkened(light, rng)
    mean = np.float32(light.mean())
    light = ((light - mean) * contrast + mean + brightness) * tint
    if rng.random() < 0.2:
        noise = rng.standard_normal(light.shape, dtype=np.float32)
        light += noise * np.float32(rng.uniform(2, 10))
    return np.clip(light, 0, 255).astype(np.uint8)


def _darkened(light: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Less light and a steeper curve: lamps stay bright while the road goes dark; bluish."""
    gamma = np.float32(rng.uniform(1.2, 2.0))
    level = np.float32(rng.uniform(0.35, 0.8))
    blue = np.array([0.92, 0.97, 1.08], np.float32)
    return (light / np.float32(255)) ** gamma * np.float32(255) * level * blue
