"""A place by chance: camera, road with its lanes, light and weather."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .camera import Camera, FloatArray
from .conditions import Conditions, draw_conditions
from .painter import Pose

View = Literal["overpass", "pole", "verge"]
_VIEWS: tuple[View, ...] = ("overpass", "pole", "verge")


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane."""

    centre_m: float
    """Distance from the middle of the road, positive to the right."""
    direction: int
    """+1 drives away from the camera, -1 comes towards it."""


@dataclass(frozen=True, slots=True)
class Road:
    """Lanes side by side along a gentle curve."""

    lanes: tuple[Lane, ...]
    lane_width_m: float
    half_width_m: float
    """From the middle to an edge line."""
    shoulder_m: float
    bend_per_m: float
    """Curvature; the middle of the road is at x = bend * z^2 / 2."""

    def middle(self, z: FloatArray) -> FloatArray:
        """Lateral place of the middle of the road at z (n,)."""
        ahead = np.maximum(z, 0)
        return (0.5 * self.bend_per_m * ahead * ahead).astype(np.float32)

    def pose(self, lane: Lane, z_m: float, camera: Camera) -> Pose:
        """A vehicle in a lane at z, headed along the road."""
        ahead = max(z_m, 0.0)
        x = lane.centre_m + 0.5 * self.bend_per_m * ahead * ahead
        heading = math.atan(self.bend_per_m * ahead) + (0.0 if lane.direction > 0 else math.pi)
        return Pose(x, z_m, heading, -camera.drop_m(camera.depth_m(x, z_m)))


@dataclass(frozen=True, slots=True)
class World:
    """Everything of a scene that does not move."""

    view: View
    camera: Camera
    road: Road
    air: Conditions
    seed: int
    """Seeds what only looks: clouds, trees, buildings, grain."""


def draw_world(rng: np.random.Generator, size_wh: tuple[int, int], *, clip: bool = False) -> World:
    """A world by chance.

    Args:
        rng: source of chance.
        size_wh: picture size, pixels.
        clip: the road ends at a crest or is seen from the side, so that vehicles soon leave.
    """
    view = _VIEWS[int(rng.choice(3, p=[0.36, 0.36, 0.28]))]
    air = draw_conditions(rng)
    road = _road(rng, straight=view == "verge")
    camera = _camera(rng, view, road, size_wh)
    if view != "verge" and (clip or rng.random() < 0.25):
        camera = replace(
            camera, crest_m=float(rng.uniform(48, 62) if clip else rng.uniform(55, 110))
        )
    return World(view, camera, road, air, int(rng.integers(2**31)))


def _road(rng: np.random.Generator, *, straight: bool) -> Road:
    per_side = int(rng.choice([1, 2, 3], p=[0.4, 0.45, 0.15]))
    one_way = per_side > 1 and rng.random() < 0.3
    width = float(rng.uniform(3.4, 3.8))
    right_hand = 1 if rng.random() < 0.75 else -1
    count = per_side if one_way else 2 * per_side
    flow = 1 if rng.random() < 0.5 else -1
    lanes = []
    for index in range(count):
        centre = (index - (count - 1) / 2) * width
        direction = flow if one_way else right_hand * (1 if centre > 0 else -1)
        lanes.append(Lane(centre, direction))
    bend = 0.0 if straight or rng.random() < 0.4 else float(rng.uniform(-1, 1) / 420)
    return Road(tuple(lanes), width, count * width / 2, float(rng.uniform(0.6, 2.6)), bend)


def _camera(rng: np.random.Generator, view: View, road: Road, size_wh: tuple[int, int]) -> Camera:
    width, height = size_wh
    side = 1 if rng.random() < 0.5 else -1
    if view == "overpass":
        x = float(rng.uniform(-0.8, 0.8)) * road.half_width_m
        high, yaw = float(rng.uniform(5.4, 8.2)), float(rng.normal(0, 0.06)) - 0.02 * x
        focal, sky = float(rng.uniform(0.95, 1.5)), float(rng.uniform(0.1, 0.3))
    elif view == "pole":
        x = side * (road.half_width_m + road.shoulder_m + float(rng.uniform(0.8, 3.5)))
        high, yaw = float(rng.uniform(3.2, 6.5)), -side * float(rng.uniform(0.12, 0.36))
        focal, sky = float(rng.uniform(0.85, 1.35)), float(rng.uniform(0.18, 0.38))
    else:
        x = side * (road.half_width_m + road.shoulder_m + float(rng.uniform(5.0, 12.0)))
        high, yaw = float(rng.uniform(1.7, 4.2)), -side * float(rng.uniform(0.75, 1.25))
        focal, sky = float(rng.uniform(0.7, 1.05)), float(rng.uniform(0.32, 0.46))
    focal_px = focal * width
    pitch = math.atan((0.5 - sky) * height / focal_px)
    return Camera(size_wh, focal_px, x, high, yaw, pitch)
