"""What weather and hour do to a picture: rain, fog, dusk, night.

The effects are called as those of `effects`. A single picture tells no depth, so the horizon is
drawn between 0.3 and 0.5 of the height, where road cameras have it; from there down the road comes
nearer.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .effects import Pixels, through_curves

DARKEST = 24.0
"""Mean level below which no picture is dimmed: a truck could no longer be made out."""
LAMP_SIDE = 0.06
"""Widest lamp, as a share of the picture's width."""
MOST_LAMPS = 24
_LEVELS = np.arange(256, dtype=np.float32)
_Plane = npt.NDArray[np.float32]


def rain(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Streaks of one direction in two sizes; the wet air takes contrast away."""
    height, width = picture.shape[:2]
    daylight = _mean(picture)
    grey = 0.6 * daylight + rng.uniform(35, 65)
    dull = _dulled(picture, 1 - rng.uniform(0.15, 0.35) * strength, grey)
    slant = np.deg2rad(rng.uniform(-22, 22))
    streaks = np.zeros((height, width), np.uint8)
    for size in (0.5, 1.0):
        length = rng.uniform(0.05, 0.11) * height * size
        count = int(rng.uniform(70, 180) * strength / size)
        _draw_streaks(streaks, count, length, slant, rng)
    soft = cv2.GaussianBlur(streaks, (0, 0), max(0.4, height / 400)).astype(np.float32)
    opacity = soft * np.float32(rng.uniform(0.35, 0.65) * min(1.0, strength) / 255)
    shine = min(230.0, 0.8 * daylight + rng.uniform(90, 125))
    return _blended(dull, np.full(3, shine, np.float32), opacity)


def fog(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Haze by Koschmieder's law: what is far away is as grey as the air before it.

    Depth falls from the horizon down as on a flat road; above the horizon all is far.
    """
    height, width = picture.shape[:2]
    horizon = rng.uniform(0.3, 0.5)
    below = np.clip((np.arange(height, dtype=np.float32) / height - horizon) / (1 - horizon), 0, 1)
    depth = 1 / (1 + np.float32(6) * below)
    density = np.float32(rng.uniform(0.7, 1.7) * strength)
    coarse = rng.uniform(0.85, 1.15, (4, 5)).astype(np.float32)
    patches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    opacity = 1 - np.exp(-density * depth[:, np.newaxis] * np.asarray(patches, np.float32))
    grey = min(225.0, 0.8 * _mean(picture) + rng.uniform(70, 110))
    return _blended(picture, grey * np.array([0.98, 1.0, 1.02], np.float32), opacity)


def dusk(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Half the light or less, and warm or blue, as the sun is just above the horizon or below."""
    gamma = 1 + rng.uniform(0.1, 0.6) * strength
    level = 1 - rng.uniform(0.25, 0.5) * strength
    tint = np.array([1.1, 0.98, 0.86] if rng.random() < 0.5 else [0.9, 0.97, 1.1])
    return _dimmed(picture, gamma, level, 1 + (tint - 1) * strength)


def night(picture: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """The road goes dark, lamps stay and shine beyond their edges, the sensor is noisy."""
    gamma = 1 + rng.uniform(0.4, 1.0) * strength
    level = 1 - rng.uniform(0.35, 0.6) * strength
    tint = np.array([1.08, 1.0, 0.82] if rng.random() < 0.5 else [0.92, 0.97, 1.08])
    dark = _dimmed(picture, gamma, level, 1 + (tint - 1) * strength)
    lit = cv2.add(dark, _lamps(picture, min(1.0, strength)))
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32)
    grain *= np.float32(rng.uniform(2, 6) * strength)
    return np.asarray(cv2.add(lit, cv2.merge([grain] * 3), dtype=cv2.CV_8U), np.uint8)


def _dimmed(picture: Pixels, gamma: float, level: float, tint: npt.NDArray[np.floating]) -> Pixels:
    """Less light by a steeper curve, down to a mean of DARKEST or the picture's own at most."""
    curve = (_LEVELS / 255) ** gamma * 255
    counts = cv2.calcHist([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)], [0], None, [256], [0, 256])
    mean = float(counts.ravel() @ curve) / (picture.shape[0] * picture.shape[1])
    level = max(level, min(DARKEST, _mean(picture)) / max(mean, 1e-3))
    return through_curves(picture, (level * curve)[:, np.newaxis] * tint)


def _lamps(picture: Pixels, share: float) -> Pixels:
    """Small spots near white, as they are, and a glow around them; not sky or white bodies."""
    width = picture.shape[1]
    bright = cv2.inRange(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.array(228), np.array(255))
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    areas = boxes[:, cv2.CC_STAT_AREA]
    round_or_square = areas >= 0.5 * boxes[:, cv2.CC_STAT_WIDTH] * boxes[:, cv2.CC_STAT_HEIGHT]
    small = (sides <= LAMP_SIDE * width) & (areas >= 2) & round_or_square
    small[0] = False  # the ground that is not bright
    if small.sum() > MOST_LAMPS:  # sky through leaves, or glitter
        return np.zeros_like(picture)
    spots = np.where(small, 255, 0).astype(np.uint8)[parts]
    glow = cv2.GaussianBlur(spots, (0, 0), max(1.0, width / 60))
    whole = cv2.addWeighted(spots, 0.8 * share, glow, 1.2 * share, 0)
    warm = [cv2.convertScaleAbs(whole, alpha=part) for part in (1.0, 0.95, 0.8)]
    return np.asarray(cv2.merge(warm), np.uint8)


def _draw_streaks(
    streaks: Pixels, count: int, length: float, slant: float, rng: np.random.Generator
) -> None:
    height, width = streaks.shape
    starts = rng.uniform((-0.1 * width, -0.1 * height), (1.1 * width, height), (count, 2))
    fall = np.array([np.sin(slant), np.cos(slant)])
    reach = rng.uniform(0.6, 1.3, (count, 1)) * length * fall
    lines = np.rint(np.stack([starts, starts + reach], axis=1) * 16).astype(np.int32)
    # In sixteenths of a pixel, so that short streaks differ in direction no more than long ones.
    cv2.polylines(streaks, list(lines), False, 255, 1, cv2.LINE_AA, 4)


def _mean(picture: Pixels) -> float:
    return float(np.mean(cv2.mean(picture)[:3]))


def _dulled(picture: Pixels, contrast: float, grey: float) -> Pixels:
    curve = (_LEVELS - grey) * contrast + grey
    return through_curves(picture, np.repeat(curve[:, np.newaxis], 3, axis=1))


def _blended(picture: Pixels, colour: _Plane, opacity: npt.NDArray[np.floating]) -> Pixels:
    """`picture` behind `colour`, (3,), by `opacity`, (height, width), 0..1."""
    cover = cv2.merge([opacity.astype(np.float32)] * 3)
    return np.rint(picture + (colour - picture) * cover).astype(np.uint8)
