"""Buildings away from the road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .builder import Builder
from .conditions import Colour
from .painter import Pose
from .solids import Solid, scale
from .world import World


@dataclass(frozen=True, slots=True)
class House:
    """A building and where it stands."""

    solid: Solid
    pose: Pose


def draw_houses(world: World, rng: np.random.Generator) -> list[House]:
    """Buildings away from the road, far ones first."""
    if rng.random() < 0.45:
        return []
    camera, road = world.camera, world.road
    verge = world.view == "verge"
    houses = []
    for _ in range(int(rng.integers(1, 6))):
        side = 1 if rng.random() < 0.5 else -1
        if verge:
            side = -1 if camera.x_m > 0 else 1
        half = float(rng.uniform(5, 10))
        aside = road.half_width_m + road.shoulder_m + half + float(rng.uniform(6, 28))
        z = float(rng.uniform(-50, 80)) if verge else float(rng.uniform(28, 130))
        x = side * aside + float(road.middle(np.array([z], np.float32))[0])
        depth = camera.depth_m(x, z)
        if depth > min(camera.crest_m - 8, 150):
            continue
        houses.append((depth, House(_house(half, side, rng), Pose(x, z, 0.0))))
    return [house for _, house in sorted(houses, key=lambda pair: -pair[0])]


def _house(half: float, side: int, rng: np.random.Generator) -> Solid:
    walls: tuple[Colour, ...] = (
        (168, 182, 196),
        (150, 156, 168),
        (110, 128, 168),
        (186, 190, 192),
        (140, 150, 150),
    )
    wall = walls[int(rng.integers(len(walls)))]
    floors, columns = int(rng.integers(1, 6)), int(rng.integers(3, 5))
    high, long = 3.1 * floors + 0.8, float(rng.uniform(5, 9))
    b = Builder()
    block = b.block((0.0, high), (half, -long, long), (half, -long, long), wall, gloss=0.0)
    for face in (block["back"], block["left" if side > 0 else "right"]):
        for floor in range(floors):
            for column in range(columns):
                u, v = (column + 0.25) / columns, (0.9 + floor * 3.1) / high
                lit: Colour | None = (90, 170, 220) if rng.random() < 0.4 else None
                b.decal(
                    face,
                    (u, v, u + 0.5 / columns, v + 1.5 / high),
                    (88, 74, 66),
                    gloss=0.6,
                    glow=lit,
                )
    if floors < 3:
        roof: Colour = (60, 70, 130) if rng.random() < 0.6 else (92, 88, 86)
        b.block(
            (high, high + half * 0.5),
            (half + 0.4, -long - 0.4, long + 0.4),
            (0.05, -long, long),
            roof,
            gloss=0.0,
            group=(-long, long),
        )
    else:
        b.block(
            (high, high + 0.5),
            (half + 0.15, -long - 0.15, long + 0.15),
            (half + 0.15, -long - 0.15, long + 0.15),
            scale(wall, 0.8),
            gloss=0.0,
            group=(-long, long),
        )
    return b.build()
