"""What camera and weather do to the finished scene: rain, blur, exposure, vignette, noise, JPEG."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from .camera import Image
from .conditions import Conditions


def through_lens(image: Image, air: Conditions, rng: np.random.Generator) -> Image:
    """The picture as a small camera would give it, before its JPEG compression."""
    unit = image.shape[1] / 640
    if air.weather == "rain":
        image = _rain(image, air, rng, unit)
    if air.motion_px * unit >= 1.5:
        size = round(air.motion_px * unit) | 1
        image = cv2.blur(image, (size, 1)).astype(np.uint8)
    if air.blur_px:
        image = cv2.GaussianBlur(image, (0, 0), air.blur_px * unit).astype(np.uint8)
    image = cv2.LUT(image, _curve(air)).astype(np.uint8)
    image = cv2.multiply(image, _vignette(image.shape[1], image.shape[0]), scale=1 / 255).astype(
        np.uint8
    )
    grain = _grain(image.shape[1], image.shape[0])
    dy, dx = (int(v) for v in rng.integers(0, 64, 2))
    grain = grain[dy : dy + image.shape[0], dx : dx + image.shape[1]]
    gain = air.noise / 32
    return cv2.addWeighted(image, 1.0, grain, gain, -128 * gain).astype(np.uint8)


def compress(image: Image, quality: int) -> Image:
    """The picture after JPEG compression and decoding."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _curve(air: Conditions) -> Image:
    """Exposure, contrast and colour cast as a look-up table (256, 1, 3)."""
    level = np.arange(256, dtype=np.float32)
    cast = np.array([1 - air.warmth, 1.0, 1 + air.warmth], np.float32) * np.float32(air.exposure)
    curve = (level[:, None] * cast - 118) * np.float32(air.contrast) + 118
    knee = np.where(curve > 225, 225 + (curve - 225) * 0.55, curve)
    return np.clip(knee, 0, 255).astype(np.uint8)[:, None, :]


@lru_cache(maxsize=4)
def _vignette(width: int, height: int) -> Image:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    fall = (255 * (1 - 0.16 * np.clip(x * x * 0.7 + y * y * 0.5, 0, 1.2))).astype(np.uint8)
    return cv2.merge([fall, fall, fall]).astype(np.uint8)


@lru_cache(maxsize=4)
def _grain(width: int, height: int) -> Image:
    """Sensor noise around 128, standard deviation 32, with 64 pixels to spare for shifting."""
    rng = np.random.default_rng(31)
    shape = (height + 64, width + 64)
    luma = rng.standard_normal((*shape, 1), dtype=np.float32)
    chroma = rng.standard_normal((*shape, 3), dtype=np.float32)
    noise = cv2.GaussianBlur(luma * 0.85 + chroma * 0.5, (3, 3), 0.45)
    return np.asarray(np.clip(128 + noise * (32 / float(noise.std())), 0, 255), np.uint8)


def _rain(image: Image, air: Conditions, rng: np.random.Generator, unit: float) -> Image:
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    slant = float(np.sin(air.noise * 5)) * 0.22
    count = 130
    starts = rng.random((count, 2)) * (width, height * 1.2) - (0, height * 0.15)
    lengths = np.sort(rng.uniform(7, 26, count))[:, None] * unit
    streaks = np.stack([starts, starts + lengths * (slant, 1.0)], axis=1) * 16
    groups = np.array_split(streaks.astype(np.int32), 4)
    for drops, tone in zip(groups, (78, 84, 88, 94), strict=True):
        cv2.polylines(layer, list(drops), False, tone, max(1, math.floor(unit)), cv2.LINE_AA, 4)
    soft = cv2.blur(layer, (2, 3))
    strength = 0.3 if air.light == "night" else 0.42
    return cv2.addWeighted(image, 1.0, cv2.merge([soft, soft, soft]), strength, 0).astype(np.uint8)
