"""Trucks: chassis, cab and axles under a body."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .conditions import Colour
from .open_bodies import Body
from .paints import AMBER, DARK, GLASS, HEADLAMP, PAINTS, STEEL, TAIL
from .solids import Solid, scale
from .truck_bodies import BODIES


def build_truck(rng: np.random.Generator) -> Solid:
    """A truck of random body, make, length and colours."""
    builder = Builder()
    kind = list(BODIES)[int(rng.choice(len(BODIES), p=[0.22, 0.24, 0.12, 0.12, 0.12, 0.12, 0.06]))]
    body_length, semi = _room(kind, rng)
    hood = 1.3 if rng.random() < 0.16 else 0.0
    cab_length = float(rng.uniform(1.9, 2.3)) + hood
    gap = 0.5 if semi else 0.12
    length = cab_length + gap + body_length
    front, rear = length / 2, -length / 2
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    cargo = PAINTS[int(rng.integers(len(PAINTS)))] if rng.random() < 0.6 else PAINTS[0]
    accent = PAINTS[int(rng.integers(2, len(PAINTS)))]
    rim: Colour = (176, 174, 172) if rng.random() < 0.7 else (96, 92, 90)

    builder.block(
        (0.5, 0.95), (0.55, rear + 0.2, front - 0.4), (0.55, rear + 0.2, front - 0.4), DARK, side=-2
    )
    _cab(builder, front, cab_length, hood, paint, accent, tall=semi or rng.random() < 0.4)
    body = Body((rear, front - cab_length - gap), cargo, accent)
    if body_length > 0.5:
        BODIES[kind](builder, body, rng)
        _rear_end(builder, rear)
    for z in _axles(front, rear, cab_length, semi, hood):
        for x in (-1.24, 1.24):
            builder.wheel(x, z, 0.5, 0.34, rim)
    if semi and body_length > 5:
        z0, z1 = rear + 4.6, front - cab_length - 3.2
        if z1 - z0 > 1 and rng.random() < 0.8:
            for x in (-1.18, 1.18):
                builder.block(
                    (0.42, 0.95), (0.05, z0, z1), (0.05, z0, z1), scale(STEEL, 0.9), side=-2, x=x
                )
    return builder.build()


def _room(kind: str, rng: np.random.Generator) -> tuple[float, bool]:
    """Length of the body and whether it is a semi-trailer."""
    if kind == "tractor":
        return 2.6, False
    if kind == "curtain":
        return float(rng.uniform(10.5, 13.6)), True
    if kind == "dump":
        return float(rng.uniform(4.6, 5.6)), False
    if kind == "container" or kind == "tanker":
        long = rng.random() < 0.65
        return (
            (float(rng.uniform(9.5, 12.4)), True) if long else (float(rng.uniform(5.6, 7.0)), False)
        )
    long = rng.random() < 0.3
    return (float(rng.uniform(9, 13)), True) if long else (float(rng.uniform(4.4, 7.4)), False)


def _axles(front: float, rear: float, cab: float, semi: bool, hood: float) -> list[float]:
    first = front - (1.3 if not hood else 1.0)
    if semi:
        return [first, front - cab - 1.5, rear + 1.3, rear + 2.6, rear + 3.9]
    axles = [first, rear + 1.4]
    return axles if front - rear < 8.2 else [*axles, rear + 2.75]


def _cab(b: Builder, front: float, length: float, hood: float, paint: Colour, accent: Colour, *,
         tall: bool) -> None:  # fmt: skip
    back = front - length
    nose = front - hood
    group = (back, front)
    roof = 3.15 if tall else 2.72
    if hood:
        hooded = b.block(
            (0.55, 1.75),
            (1.05, nose, front),
            (0.95, nose, front - 0.25),
            paint,
            group=group,
            bands=True,
        )
        _grille(b, hooded["front"], accent)
    lower = b.block(
        (0.42, 1.62), (1.24, back, nose), (1.24, back, nose - 0.02), paint, group=group, bands=True
    )
    if not hood:
        _grille(b, lower["front"], accent)
    for side in ("left", "right"):
        b.decal(lower[side], (0.42, 0.0, 0.98, 0.3), DARK, detail=True)
        b.decal(lower[side], (0.12, 0.3, 0.16, 0.98), scale(paint, 0.7), detail=True)
    upper = b.block(
        (1.62, roof), (1.24, back, nose - 0.02), (1.18, back, nose - 0.26), paint, group=group
    )
    low, high = (0.04, 0.74) if tall else (0.05, 0.9)
    b.decal(upper["front"], (0.04, low, 0.96, high), GLASS, gloss=0.75)
    b.decal(upper["front"], (0.04, high - 0.1, 0.96, high), scale(GLASS, 0.55), detail=True)
    b.decal(
        upper["front"],
        (0.1, low + 0.02, 0.3, high - 0.14),
        scale(GLASS, 1.5),
        gloss=0.75,
        detail=True,
    )
    for side in ("left", "right"):
        b.decal(upper[side], (0.36, low + 0.03, 0.95, high - 0.1), GLASS, gloss=0.6)
        b.decal(upper[side], (0.68, low, 0.7, high - 0.1), scale(paint, 0.5), detail=True)
    if tall:
        b.decal(upper["front"], (0.0, 0.78, 1.0, 0.82), scale(paint, 0.7), detail=True)
        roof_block = b.block(
            (roof, roof + 0.55),
            (1.16, back, nose - 0.28),
            (1.1, back, nose - 1.1),
            paint,
            group=group,
        )
        b.decal(roof_block["front"], (0.2, 0.2, 0.8, 0.7), scale(accent, 0.9), detail=True)
        for x in (-0.9, -0.3, 0.3, 0.9):
            b.lamp((x, roof + 0.05, nose - 0.25), 1, AMBER, 0.035)
    for x in (-1.38, 1.38):
        b.block(
            (1.75, 2.5),
            (0.1, nose - 0.22, nose - 0.05),
            (0.1, nose - 0.22, nose - 0.05),
            DARK,
            side=1 if x > 0 else -1,
            x=x,
        )
    for x in (-0.98, 0.98):
        b.lamp((x, 0.85, front + 0.02), 1, HEADLAMP, 0.11)


def _grille(b: Builder, face: int, accent: Colour) -> None:
    b.decal(face, (0.0, 0.0, 1.0, 0.32), DARK)
    b.decal(face, (0.2, 0.38, 0.8, 0.9), scale(DARK, 0.8))
    for row in range(4):
        b.decal(face, (0.22, 0.42 + row * 0.12, 0.78, 0.45 + row * 0.12), STEEL, detail=True)
    b.decal(face, (0.44, 0.72, 0.56, 0.84), accent, detail=True)
    for u in (0.04, 0.78):
        b.decal(face, (u, 0.24, u + 0.18, 0.44), (236, 240, 240), gloss=0.5)
    b.decal(face, (0.38, 0.1, 0.62, 0.2), (232, 236, 236), detail=True)


def _rear_end(b: Builder, rear: float) -> None:
    bar = b.block(
        (0.55, 0.95),
        (1.22, rear - 0.04, rear + 0.15),
        (1.22, rear - 0.04, rear + 0.15),
        DARK,
        group=(rear - 0.05, rear),
    )
    for u in (0.02, 0.8):
        b.decal(bar["back"], (u, 0.3, u + 0.18, 0.85), (44, 40, 205))
    b.decal(bar["back"], (0.4, 0.2, 0.6, 0.8), (210, 214, 214), detail=True)
    for x in (-1.05, 1.05):
        b.lamp((x, 0.78, rear - 0.06), -1, TAIL, 0.09)
