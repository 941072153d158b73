"""Street furniture: lamp posts and guard rails."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import SHIFT, Camera, Image, fill, to_fixed
from .conditions import Conditions
from .ground import band
from .world import World


@dataclass(frozen=True, slots=True)
class Post:
    """A lamp post: the foot and where its lamp hangs, world axes."""

    foot: tuple[float, float, float]
    head: tuple[float, float, float]


def draw_posts(world: World, rng: np.random.Generator) -> list[Post]:
    """Lamp posts along one or both edges, far ones first; often none."""
    if rng.random() < 0.45:
        return []
    road, camera = world.road, world.camera
    spacing, tall = float(rng.uniform(24, 38)), float(rng.uniform(7.5, 10))
    sides = (1, -1) if rng.random() < 0.4 else ((1,) if rng.random() < 0.5 else (-1,))
    phase = float(rng.uniform(0, spacing))
    posts = []
    for number in range(7):
        z = phase + (number - (3 if world.view == "verge" else 0)) * spacing + 4
        if camera.depth_m(0.0, z) > camera.crest_m - 2:
            continue
        middle = float(road.middle(np.array([z], np.float32))[0])
        for side in sides:
            x = side * (road.half_width_m + road.shoulder_m + 0.9) + middle
            posts.append(Post((x, 0.0, z), (x - side * 2.2, tall, z)))
    return sorted(posts, key=lambda post: -camera.depth_m(post.foot[0], post.foot[2]))


def paint_post(image: Image, post: Post, camera: Camera, air: Conditions) -> None:
    """Draw one lamp post."""
    x, _, z = post.foot
    head_x, tall, _ = post.head
    bend = tall - 0.5
    line = np.array(
        [[x, 0, z], [x, bend, z], [x + (head_x - x) * 0.4, tall, z], [head_x, tall, z]], np.float32
    )
    view = camera.view(line)
    if float(view[:, 2].min()) < 9:
        return
    pixels = np.rint(camera.pixels(view) * 16).astype(np.int32)
    clear = float(air.clearness(float(view[0, 2])))
    tone = np.array((112, 110, 108)) * np.array(air.sky_bgr) * clear + np.array(air.haze_colour) * (
        1 - clear
    )
    colour = [float(v) for v in tone]
    thick = max(1, round(0.17 * camera.focal_px / float(view[0, 2])))
    cv2.polylines(image, [pixels[:2]], False, colour, thick, cv2.LINE_AA, 4)
    cv2.polylines(image, [pixels[1:]], False, colour, max(1, round(thick * 0.7)), cv2.LINE_AA, 4)
    cv2.polylines(
        image,
        [pixels[2:]],
        False,
        [v * 0.7 for v in colour],
        max(1, round(thick * 1.3)),
        cv2.LINE_AA,
        4,
    )


def paint_rail(image: Image, world: World, side: int) -> None:
    """Draw the guard rail along one edge of the road."""
    camera, road, air = world.camera, world.road, world.air
    at = side * (road.half_width_m + road.shoulder_m + 0.5)
    reach = min(camera.crest_m, 170.0)
    half = 64
    start = -80.0 if world.view == "verge" else 1.0
    along = np.linspace(start, reach, half).astype(np.float32)
    light = np.array(air.sky_bgr) + 0.4 * np.array(air.sun_bgr)
    middle = road.middle(along)
    clear = float(air.clearness(40.0))
    haze = np.array(air.haze_colour)
    for low, high, tone in ((0.45, 0.78, 150), (0.57, 0.65, 112), (0.75, 0.79, 196)):
        foot = band(road, camera, at, at, along)
        foot[:half, 1] += low
        foot[half:, 1] += high
        colour = np.array((tone, tone - 2, tone - 4)) * light * clear + haze * (1 - clear)
        fill(image, camera.polygon(foot), (float(colour[0]), float(colour[1]), float(colour[2])))
    steel = [float(v) for v in np.array((88, 86, 84)) * light]
    feet = np.stack([middle + np.float32(at), 0 * along, along], axis=1)
    ends = camera.view(np.concatenate([feet, feet + np.array([0, 0.5, 0], np.float32)]))
    near = (ends[:half, 2] > 1.5) & (ends[:half, 2] < 60)
    ends[:, 2] = np.maximum(ends[:, 2], 1.5)
    pixels = to_fixed(camera.pixels(ends)).reshape(2, half, 2)
    for number in np.flatnonzero(near).tolist():
        thick = max(1, round(0.1 * camera.focal_px / float(ends[number, 2])))
        cv2.polylines(
            image,
            [np.ascontiguousarray(pixels[:, number])],
            False,
            steel,
            thick,
            cv2.LINE_AA,
            SHIFT,
        )
