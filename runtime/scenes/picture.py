"""One road picture by seed and index, with its truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import SceneError
from .buses import build_bus
from .camera import Image
from .cars import build_car, build_motorcycle, build_van
from .conditions import Conditions
from .lens import compress
from .solids import Solid
from .stage import Stage
from .trucks import build_truck
from .truth import (
    TRUCK_SHARE,
    Actor,
    Category,
    VehicleBox,
    max_truck_share,
    visible_boxes,
)
from .world import Lane, World, draw_world

BUILDERS: dict[Category, Callable[[np.random.Generator], Solid]] = {
    "truck": build_truck,
    "car": build_car,
    "van": build_van,
    "bus": build_bus,
    "motorcycle": build_motorcycle,
}
_OTHERS: tuple[Category, ...] = ("car", "van", "bus", "motorcycle")
_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A picture and what is on it."""

    image_bgr: Image
    """(height, width, 3)."""
    boxes: tuple[VehicleBox, ...]
    """Every visible vehicle, the nearest first."""
    conditions: Conditions
    has_truck: bool
    """True: a truck covers at least 2 % of the picture. False: there is none at all."""


def render_picture(
    seed: int, index: int, size_wh: tuple[int, int] = (640, 360), truck: bool | None = None
) -> ScenePicture:
    """The picture number `index` of a seed; the same arguments give the same bytes.

    Args:
        seed: any integer from 0.
        index: number of the picture, from 0; pictures do not depend on each other.
        size_wh: width and height, pixels.
        truck: whether to show a truck; None leaves it to chance, about half and half.

    Raises:
        SceneError: the seed or index is negative, or the size too small.
    """
    check_request(seed, size_wh)
    if index < 0:
        raise SceneError(f"a picture's index counts from 0, got {index}")
    rng = np.random.default_rng([seed, index])
    chance = bool(rng.random() < 0.5)
    wanted = chance if truck is None else truck
    for _ in range(_ATTEMPTS):
        world = draw_world(rng, size_wh)
        cast = _cast(world, rng, wanted)
        boxes = visible_boxes(cast, world.camera)
        if not wanted or max_truck_share(boxes) >= TRUCK_SHARE:
            image = compress(Stage(world).shoot(cast, rng), world.air.jpeg_quality)
            return ScenePicture(image, boxes, world.air, wanted)
    raise SceneError(
        f"no place for a truck in {_ATTEMPTS} worlds of seed {seed}, index {index}, size {size_wh}"
    )


def check_request(seed: int, size_wh: tuple[int, int]) -> None:
    """Refuse what the renderer cannot draw."""
    if seed < 0:
        raise SceneError(f"the seed is an integer from 0, got {seed}")
    if min(size_wh) < 64 or max(size_wh) > 4096:
        raise SceneError(
            f"expected a size of 64x64 to 4096x4096 pixels, got {size_wh[0]}x{size_wh[1]}"
        )


def pick_other(rng: np.random.Generator) -> Category:
    """A vehicle that is no truck; cars lead, buses and vans are frequent enough to be learnt."""
    return _OTHERS[int(rng.choice(4, p=[0.54, 0.2, 0.19, 0.07]))]


def _cast(world: World, rng: np.random.Generator, truck: bool) -> list[Actor]:
    cast: list[Actor] = []
    if truck:
        share = float(np.exp(rng.uniform(np.log(0.024), np.log(0.36))))
        _place(cast, world, rng, "truck", share)
        if rng.random() < 0.2:
            _place(cast, world, rng, "truck", None)
    elif rng.random() < 0.6:
        share = float(np.exp(rng.uniform(np.log(0.02), np.log(0.3))))
        _place(cast, world, rng, pick_other(rng), share)
    for _ in range(int(rng.integers(0, 6))):
        before = list(cast)
        _place(cast, world, rng, pick_other(rng), None)
        if truck and len(cast) > len(before):
            boxes = visible_boxes(cast, world.camera)
            hidden = [
                box
                for box in boxes
                if box.category == "truck" and box.share >= TRUCK_SHARE and box.visible >= 0.45
            ]
            if not hidden:
                cast[:] = before
    return cast


def _place(
    cast: list[Actor],
    world: World,
    rng: np.random.Generator,
    category: Category,
    share: float | None,
) -> None:
    """Add a vehicle where there is room: near the wanted share of the picture, or anywhere."""
    solid = BUILDERS[category](rng)
    lanes = world.road.lanes
    lane = lanes[int(rng.integers(len(lanes)))]
    if share is None:
        low, high = (
            (-40.0, 40.0) if world.view == "verge" else (6.0, min(world.camera.crest_m + 12, 110.0))
        )
        spots = rng.uniform(low, high, 4).tolist()
    else:
        spots = _spots_by_share(solid, lane, world, share, rng)
    for z in spots:
        if _room(cast, world, lane, z, solid):
            cast.append(Actor(category, solid, world.road.pose(lane, z, world.camera)))
            return


def _spots_by_share(
    solid: Solid, lane: Lane, world: World, share: float, rng: np.random.Generator
) -> list[float]:
    """Places along a lane, the one closest to the wanted share first."""
    width, height = world.camera.size_wh
    low, high = (-34.0, 34.0) if world.view == "verge" else (2.0, 78.0)
    spots = (np.linspace(low, high, 34) + rng.uniform(-1, 1)).tolist()
    poses = [world.road.pose(lane, z, world.camera) for z in spots]
    corners = solid.corners
    view = world.camera.view(np.concatenate([pose.place(corners) for pose in poses]))
    ahead = view[:, 2] > 1.0
    view[:, 2] = np.maximum(view[:, 2], 1.0)
    pixels = world.camera.pixels(view).reshape(len(spots), 8, 2)
    low_xy = np.maximum(pixels.min(axis=1), 0)
    high_xy = np.minimum(pixels.max(axis=1), (width, height))
    covered = np.maximum(high_xy - low_xy, 0).prod(axis=1) / (width * height)
    covered[ahead.reshape(len(spots), 8).sum(axis=1) < 5] = 0
    misses = [
        (abs(math.log(part / share)), z)
        for part, z in zip(covered.tolist(), spots, strict=True)
        if part > 1e-5
    ]
    return [z for _, z in sorted(misses)[:6]]


def _room(cast: list[Actor], world: World, lane: Lane, z: float, solid: Solid) -> bool:
    pose = world.road.pose(lane, z, world.camera)
    for other in cast:
        if abs(other.pose.x_m - pose.x_m) < 2.4:
            apart = float(other.solid.extent[2] + solid.extent[2]) + 2.0
            if abs(other.pose.z_m - z) < apart:
                return False
    return True
