"""Trees and bushes beside the road, as sprites grown once."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .camera import FloatArray, Image
from .world import World


@lru_cache(maxsize=1)
def _tree_sprites() -> tuple[Image, ...]:
    return tuple(_tree(np.random.default_rng([5, number]), number) for number in range(9))


def _tree(rng: np.random.Generator, number: int) -> Image:
    """A tree picture (160, 128, 2): shade and coverage."""
    shade, cover = np.zeros((320, 256), np.uint8), np.zeros((320, 256), np.uint8)
    kind = number % 3
    if kind < 2:
        for plane, tone in ((shade, 70), (cover, 255)):
            cv2.fillConvexPoly(
                plane, np.array([[118, 320], [138, 320], [132, 150], [124, 150]]), tone
            )
    blobs = 150 if kind < 2 else 80
    spots = []
    for _ in range(blobs):
        if kind == 1:
            v = float(rng.uniform(0, 1))
            spots.append((128 + float(rng.normal(0, 0.16)) * 230 * v, 14 + 270 * v, 8 + 12 * v))
        else:
            angle, far = float(rng.uniform(0, 6.283)), float(rng.uniform(0, 1)) ** 0.5
            middle, tall = (110.0, 92.0) if kind == 0 else (250.0, 56.0)
            spots.append(
                (
                    128 + far * 92 * np.cos(angle),
                    middle + far * tall * np.sin(angle),
                    float(rng.uniform(10, 26)),
                )
            )
    spots.sort(key=lambda spot: -spot[1])
    for x, y, radius in spots:
        bright = 95 + 105 * (1 - y / 300) + float(rng.normal(0, 12))
        centre = (int(x), int(y))
        cv2.circle(cover, centre, int(radius), 255, -1, cv2.LINE_AA)
        cv2.circle(shade, centre, int(radius), float(bright * 0.82), -1, cv2.LINE_AA)
        cv2.circle(
            shade,
            (int(x - radius * 0.2), int(y - radius * 0.3)),
            int(radius * 0.66),
            float(bright),
            -1,
            cv2.LINE_AA,
        )
    both = np.dstack([shade, cover])
    return cv2.resize(both, (128, 160), interpolation=cv2.INTER_AREA).astype(np.uint8)


def paint_trees(image: Image, world: World, rng: np.random.Generator) -> None:
    """Trees and bushes on both sides, far ones first."""
    camera, road, air = world.camera, world.road, world.air
    count = int(rng.integers(0, 26))
    verge = world.view == "verge"
    spots = []
    for _ in range(count):
        side = 1 if rng.random() < 0.5 else -1
        if verge:
            side = -1 if camera.x_m > 0 else 1
        aside = road.half_width_m + road.shoulder_m + float(rng.uniform(4, 34))
        z = float(rng.uniform(-90, 120)) if verge else float(rng.uniform(8, 190))
        x = side * aside + float(road.middle(np.array([z], np.float32))[0])
        spots.append((camera.depth_m(x, z), x, z, int(rng.integers(9)), float(rng.uniform(5, 13))))
    tints = [
        np.array(t, np.float32)
        for t in ((74, 128, 96), (60, 112, 74), (66, 130, 128), (84, 108, 84))
    ]
    season = tints[int(rng.integers(len(tints)))]
    light = np.array(air.sky_bgr, np.float32) + 0.55 * np.array(air.sun_bgr, np.float32)
    for depth, x, z, number, tall in sorted(spots, reverse=True):
        if depth < 6 or depth > camera.crest_m + 30:
            continue
        sprite = _tree_sprites()[number]
        if number % 3 == 2:
            tall *= 0.4
        clear = float(air.clearness(depth))
        colour = season * light * np.float32(rng.uniform(0.85, 1.1))
        _blend_sprite(image, world, (x, z, tall), sprite, colour, clear)


def _blend_sprite(
    image: Image,
    world: World,
    place: tuple[float, float, float],
    sprite: Image,
    colour: FloatArray,
    clear: float,
) -> None:
    camera = world.camera
    x, z, tall = place
    drop = -camera.drop_m(camera.depth_m(x, z))
    view = camera.view(np.array([[x, drop, z], [x, drop + tall, z]], np.float32))
    if float(view[:, 2].min()) < 2:
        return
    foot, top = camera.pixels(view)
    high = int(foot[1] - top[1])
    wide = int(high * 0.8)
    if high < 3 or high > 2 * image.shape[0]:
        return
    x0, y0 = int(foot[0] - wide / 2), int(foot[1]) - high
    left, upper = max(0, x0), max(0, y0)
    right, lower = min(image.shape[1], x0 + wide), min(image.shape[0], y0 + high)
    if camera.depth_m(x, z) > camera.crest_m:
        lower = min(lower, int(camera.ground_row))
    if right - left < 1 or lower - upper < 1:
        return
    small = cv2.resize(
        sprite, (wide, high), interpolation=cv2.INTER_AREA if high < 160 else cv2.INTER_LINEAR
    )
    small = small[upper - y0 : lower - y0, left - x0 : right - x0].astype(np.float32)
    haze = np.array(world.air.haze_colour, np.float32)
    tone = (small[..., :1] * (1 / 150)) * (colour * clear) + haze * (1 - clear)
    patch = image[upper:lower, left:right]
    patch[:] = np.clip(patch + (tone - patch) * (small[..., 1:] * (1 / 255)), 0, 255)
