"""The far view: sky, clouds, stars, hills and woods."""

from __future__ import annotations

import cv2
import numpy as np

from .camera import FloatArray, Image, fill, to_fixed
from .conditions import Colour, Conditions
from .world import World


def paint_sky(image: Image, air: Conditions, horizon_row: float, rng: np.random.Generator) -> None:
    """Gradient, clouds, and stars or a moon by night."""
    height, full_width = image.shape[:2]
    full_rows = max(2, min(height, int(horizon_row) + 2))
    rows, width = max(2, full_rows // 2), full_width // 2
    rise = np.linspace(1, 0, rows, dtype=np.float32)[:, None] ** np.float32(0.8)
    zenith, low = np.array(air.zenith_colour, np.float32), np.array(air.horizon_colour, np.float32)
    gradient = (low + (zenith - low) * rise)[:, None, :]
    sky = np.repeat(gradient, width, axis=1)
    cover = {"clear": 0.35, "overcast": 0.75, "rain": 0.6, "fog": 0.0}[air.weather]
    if cover and rows > 8:
        cloud = np.zeros((rows, width), np.float32)
        for cells, weight in ((4, 1.0), (9, 0.6), (21, 0.34), (50, 0.17)):
            grid = rng.random((max(2, 3 * cells * rows // width + 2), cells)).astype(np.float32)
            cloud += weight * cv2.resize(grid, (width, rows), interpolation=cv2.INTER_CUBIC)
        alpha = np.clip((cloud / 2.11 - (0.72 - 0.4 * cover)) * 2.6, 0, 0.85) * (0.35 + 0.65 * rise)
        tone = low * 0.35 + np.float32(165) if air.light == "day" else low * np.float32(0.8)
        if air.weather != "clear":
            tone = tone * np.float32(0.84)
        sky += (tone - sky) * alpha[..., None].astype(np.float32)
    image[:full_rows] = cv2.resize(np.clip(sky, 0, 255), (full_width, full_rows)).astype(np.uint8)
    image[full_rows:] = np.clip(low, 0, 255)
    if air.light == "night" and air.weather == "clear":
        for _ in range(40):
            spot = (int(rng.integers(full_width)), int(rng.integers(full_rows)))
            cv2.circle(image, spot, 0, (210, 210, 210), -1)


def paint_hills(image: Image, world: World, rng: np.random.Generator) -> None:
    """Up to three far ridges and a tree line that stand on the skyline."""
    camera, air = world.camera, world.air
    height, width = image.shape[:2]
    base = camera.ground_row
    gap = base - camera.horizon_row
    haze = np.array(air.haze_colour, np.float32)
    light = np.array(air.sky_bgr, np.float32) + 0.3 * np.array(air.sun_bgr, np.float32)
    for layer in range(int(rng.integers(0, 3)), 0, -1):
        rise = gap + height * float(rng.uniform(0.05, 0.11)) * layer**0.5
        ridge = _ridge(width, 9, 0.25, rng)
        tone = _hazed((124, 120, 100), light, float(air.clearness(350.0 * layer)) * 0.7, haze)
        _silhouette(image, base - rise * ridge, base, tone)
    woods = 1 + min(3, int(gap / (0.055 * height)))
    for row in range(woods):
        rise = gap * (1 - row / woods) + height * float(rng.uniform(0.015, 0.04))
        ridge = (
            1
            - (
                _ridge(width, 90, 0.1, rng) * height * 0.016
                + _ridge(width, 14, 0.1, rng) * height * 0.02
            )
            / rise
        )
        clear = float(air.clearness(240.0 - 150.0 * row / woods)) * (0.72 + 0.2 * row / woods)
        green = float(rng.uniform(0.85, 1.15))
        tone = _hazed((66 * green, 94 * green, 76 * green), light, clear, haze)
        _silhouette(image, base - rise * ridge, base, tone)


def _ridge(width: int, knots: int, low: float, rng: np.random.Generator) -> FloatArray:
    """A smooth random line in about [low, 1] (width + 1,)."""
    heights = rng.uniform(low, 1.0, (1, knots)).astype(np.float32)
    ridge = cv2.resize(heights, (width + 1, 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(ridge[0], np.float32)


def _hazed(colour: Colour, light: FloatArray, clear: float, haze: FloatArray) -> Colour:
    tone = np.array(colour) * light * clear + haze * (1 - clear)
    return (float(tone[0]), float(tone[1]), float(tone[2]))


def _silhouette(image: Image, tops: FloatArray, base: float, colour: Colour) -> None:
    width = image.shape[1]
    line = np.stack([np.arange(width + 1, dtype=np.float32), tops], axis=1)
    outline = np.concatenate([line, [[width, base + 2], [0, base + 2]]]).astype(np.float32)
    fill(image, to_fixed(outline), colour)
