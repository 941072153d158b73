"""Cars, vans and motorcycles."""

from __future__ import annotations

import math

import numpy as np

from .builder import Builder
from .conditions import Colour
from .paints import CAR_PAINTS, DARK, GLASS, HEADLAMP, TAIL, corner_lamps
from .solids import Solid, scale


def build_car(rng: np.random.Generator) -> Solid:
    """A hatchback, saloon or SUV."""
    kind = ("hatch", "saloon", "suv")[int(rng.integers(3))]
    paint = CAR_PAINTS[int(rng.integers(len(CAR_PAINTS)))]
    b = Builder()
    length = {"hatch": 4.0, "saloon": 4.65, "suv": 4.6}[kind] * float(rng.uniform(0.96, 1.06))
    half = 0.92 if kind == "suv" else 0.87
    floor, waist, roof = (0.34, 1.04, 1.7) if kind == "suv" else (0.24, 0.88, 1.45)
    f, r = length / 2, -length / 2
    group = (r, f)
    b.block(
        (floor, floor + 0.3),
        (half - 0.04, r + 0.08, f - 0.06),
        (half - 0.02, r, f),
        DARK,
        group=group,
    )
    low = b.block(
        (floor + 0.16, waist - 0.13),
        (half, r, f),
        (half, r + 0.04, f - 0.1),
        paint,
        group=group,
        bands=True,
        gloss=0.3,
    )
    boot = {"hatch": 0.12, "saloon": 0.95, "suv": 0.1}[kind]
    b.block(
        (waist - 0.13, waist),
        (half, r + 0.04, f - 0.1),
        (half - 0.06, r + 0.1, f - 0.55),
        paint,
        group=group,
        gloss=0.4,
    )
    screen = f - 0.55 - 0.62
    cabin = b.block(
        (waist, roof),
        (half - 0.07, r + boot, screen + 0.1),
        (half - 0.24, r + boot + (0.28 if boot < 0.5 else 0.55), screen - 0.72),
        paint,
        group=group,
        gloss=0.35,
    )
    b.decal(cabin["front"], (0.05, 0.03, 0.95, 0.93), GLASS, gloss=0.8)
    b.decal(cabin["back"], (0.08, 0.12, 0.92, 0.9), scale(GLASS, 0.85), gloss=0.6)
    for side in ("left", "right"):
        b.decal(cabin[side], (0.08, 0.08, 0.93, 0.88), GLASS, gloss=0.6)
        b.decal(cabin[side], (0.5, 0.0, 0.54, 1.0), scale(paint, 0.55), detail=True)
        b.decal(low[side], (0.52, 0.1, 0.526, 1.0), scale(paint, 0.6), detail=True)
        b.decal(low[side], (0.0, 0.52, 1.0, 0.58), scale(paint, 1.12), detail=True)
    b.decal(low["front"], (0.3, 0.3, 0.7, 0.72), scale(DARK, 0.8))
    b.decal(low["front"], (0.38, 0.05, 0.62, 0.25), (228, 230, 230), detail=True)
    b.decal(low["back"], (0.36, 0.35, 0.64, 0.6), (220, 224, 224), detail=True)
    for u in (0.02, 0.76):
        b.decal(low["front"], (u, 0.5, u + 0.22, 0.86), (240, 240, 236), gloss=0.5)
        b.decal(low["back"], (u, 0.5, u + 0.22, 0.88), (40, 36, 190))
    corner_lamps(b, half, floor + 0.42, f, r, 0.075)
    radius = 0.36 if kind == "suv" else 0.31
    for z in (r + 0.78, f - 0.85):
        for x in (-half - 0.01, half + 0.01):
            b.wheel(x, z, radius, 0.2, (168, 166, 164))
    return b.build()


def build_van(rng: np.random.Generator) -> Solid:
    """A panel van or a small passenger van."""
    paint = CAR_PAINTS[int(rng.integers(len(CAR_PAINTS)))] if rng.random() < 0.5 else CAR_PAINTS[0]
    b = Builder()
    length, roof = float(rng.uniform(4.7, 5.7)), float(rng.uniform(1.95, 2.4))
    f, r, half = length / 2, -length / 2, 0.97
    group = (r, f)
    low = b.block(
        (0.3, 1.08), (half, r, f), (half, r, f - 0.12), paint, group=group, bands=True, gloss=0.25
    )
    b.block((1.08, 1.26), (half, r, f - 0.12), (half, r, f - 0.62), paint, group=group, gloss=0.3)
    top = b.block(
        (1.26, roof),
        (half, r, f - 0.6),
        (half - 0.1, r + 0.05, f - 1.35),
        paint,
        group=group,
        gloss=0.25,
    )
    b.decal(top["front"], (0.05, 0.04, 0.95, 0.88), GLASS, gloss=0.8)
    windows = rng.random() < 0.4
    for side in ("left", "right"):
        b.decal(top[side], (0.72, 0.08, 0.95, 0.72), GLASS, gloss=0.6)
        if windows:
            b.decal(top[side], (0.06, 0.14, 0.36, 0.72), GLASS, gloss=0.6)
            b.decal(top[side], (0.39, 0.14, 0.68, 0.72), GLASS, gloss=0.6)
        b.decal(low[side], (0.0, 0.0, 1.0, 0.12), DARK)
        b.decal(low[side], (0.66, 0.1, 0.667, 1.0), scale(paint, 0.65), detail=True)
        b.decal(low[side], (0.1, 0.52, 0.62, 0.57), scale(paint, 0.75), detail=True)
    b.decal(top["back"], (0.06, 0.18, 0.47, 0.72), scale(GLASS, 0.9), gloss=0.5)
    b.decal(top["back"], (0.53, 0.18, 0.94, 0.72), scale(GLASS, 0.9), gloss=0.5)
    for face in (low["back"], top["back"]):
        b.decal(face, (0.495, 0, 0.505, 1), scale(paint, 0.6), detail=True)
    b.decal(low["front"], (0.26, 0.42, 0.74, 0.72), scale(DARK, 0.8))
    b.decal(low["front"], (0.0, 0.0, 1.0, 0.24), DARK)
    b.decal(low["back"], (0.0, 0.0, 1.0, 0.16), DARK)
    b.decal(low["back"], (0.38, 0.22, 0.62, 0.36), (220, 224, 224), detail=True)
    for u in (0.03, 0.77):
        b.decal(low["front"], (u, 0.52, u + 0.2, 0.84), (240, 240, 236), gloss=0.5)
    for u in (0.01, 0.88):
        b.decal(low["back"], (u, 0.4, u + 0.11, 0.98), (40, 36, 190))
    corner_lamps(b, half, 0.85, f, r, 0.085)
    for z in (r + 0.95, f - 0.9):
        for x in (-half - 0.01, half + 0.01):
            b.wheel(x, z, 0.34, 0.22, (150, 148, 146))
    return b.build()


def build_motorcycle(rng: np.random.Generator) -> Solid:
    """A motorcycle with its rider."""
    paint = CAR_PAINTS[int(rng.integers(3, len(CAR_PAINTS)))]
    jacket: Colour = scale(CAR_PAINTS[int(rng.integers(3, len(CAR_PAINTS)))], 0.7)
    b = Builder()
    group = (-1.0, 1.0)
    for z in (-0.7, 0.72):
        b.wheel(0.07, z, 0.32, 0.14, (120, 118, 116))
    b.block((0.45, 0.85), (0.16, -0.6, 0.6), (0.14, -0.85, 0.55), paint, group=group, gloss=0.4)
    b.block((0.75, 1.1), (0.2, 0.4, 0.85), (0.12, 0.35, 0.55), paint, group=group, gloss=0.4)
    b.block((0.6, 0.95), (0.3, -0.35, 0.2), (0.26, -0.35, 0.25), DARK, group=group)
    b.block((0.85, 1.42), (0.2, -0.4, -0.02), (0.27, -0.2, 0.2), jacket, group=group, bands=True)
    turns = [2 * math.pi * i / 10 for i in range(10)]
    head = [(0.14 * math.cos(a), 1.56 + 0.16 * math.sin(a)) for a in turns]
    b.prism((-0.04, 0.24), head, scale(paint, 0.9), group=group, gloss=0.5)
    b.lamp((0.0, 0.92, 0.86), 1, HEADLAMP, 0.09)
    b.lamp((0.0, 0.82, -0.88), -1, TAIL, 0.06)
    return b.build()
