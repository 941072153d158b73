"""Vehicles that are not trucks: cars, vans, buses and motorcycles."""

from __future__ import annotations

import math

import numpy as np

from .conditions import Colour
from .solids import Builder, Solid, scale
from .trucks import DARK, GLASS, HEADLAMP, TAIL

CAR_PAINTS: tuple[Colour, ...] = (
    (232, 232, 230), (190, 188, 186), (128, 126, 124), (44, 42, 42), (70, 64, 60), (44, 40, 168), (140, 74, 34),
    (96, 56, 30), (60, 108, 52), (52, 120, 190), (150, 170, 178), (200, 160, 70),
)  # fmt: skip
_LIT: Colour = (150, 205, 240)


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
    b.block((floor, floor + 0.3), (half - 0.04, r + 0.08, f - 0.06), (half - 0.02, r, f), DARK, group=group)
    low = b.block((floor + 0.16, waist - 0.13), (half, r, f), (half, r + 0.04, f - 0.1), paint, group=group, bands=True, gloss=0.3)
    boot = {"hatch": 0.12, "saloon": 0.95, "suv": 0.1}[kind]
    b.block((waist - 0.13, waist), (half, r + 0.04, f - 0.1), (half - 0.06, r + 0.1, f - 0.55), paint, group=group, gloss=0.4)
    screen = f - 0.55 - 0.62
    cabin = b.block((waist, roof), (half - 0.07, r + boot, screen + 0.1), (half - 0.24, r + boot + (0.28 if boot < 0.5 else 0.55), screen - 0.72), paint, group=group, gloss=0.35)
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
    _corners(b, half, floor + 0.42, f, r, 0.075)
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
    low = b.block((0.3, 1.08), (half, r, f), (half, r, f - 0.12), paint, group=group, bands=True, gloss=0.25)
    b.block((1.08, 1.26), (half, r, f - 0.12), (half, r, f - 0.62), paint, group=group, gloss=0.3)
    top = b.block((1.26, roof), (half, r, f - 0.6), (half - 0.1, r + 0.05, f - 1.35), paint, group=group, gloss=0.25)
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
    _corners(b, half, 0.85, f, r, 0.085)
    for z in (r + 0.95, f - 0.9):
        for x in (-half - 0.01, half + 0.01):
            b.wheel(x, z, 0.34, 0.22, (150, 148, 146))
    return b.build()


def build_bus(rng: np.random.Generator) -> Solid:
    """A city bus or a coach: one long body with rows of windows."""
    coach = rng.random() < 0.4
    tones: tuple[Colour, ...] = ((40, 44, 190), (170, 110, 40), (70, 150, 60), (230, 230, 228), (40, 190, 236), (150, 60, 90), (190, 186, 180))
    paint = tones[int(rng.integers(len(tones)))]
    stripe = tones[int(rng.integers(len(tones)))]
    length, roof = float(rng.uniform(10.5, 12.8)), 3.45 if coach else 3.0
    f, r, half = length / 2, -length / 2, 1.26
    b = Builder()
    group = (r, f)
    base = 0.32
    low = b.block((base, 1.25), (half, r, f), (half, r, f), paint, group=group, bands=True, gloss=0.3)
    mid = b.block((1.25, roof - 0.42), (half, r, f), (half - 0.03, r + 0.03, f - (0.25 if coach else 0.08)), paint, group=group, gloss=0.3)
    top = b.block((roof - 0.42, roof), (half - 0.03, r + 0.03, f - (0.25 if coach else 0.08)), (half - 0.14, r + 0.2, f - 0.35), paint, group=group, gloss=0.3)
    count = int(rng.integers(6, 9))
    for side in ("left", "right"):
        b.decal(mid[side], (0.01, 0.0, 0.99, 0.98), scale(GLASS, 0.55), gloss=0.3)
        for i in range(count):
            u0, u1 = 0.02 + 0.96 * i / count, 0.02 + 0.96 * (i + 0.86) / count
            b.decal(mid[side], (u0, 0.06, u1, 0.94), GLASS, gloss=0.75, glow=_LIT)
            b.decal(mid[side], (u0, 0.7, u1, 0.73), scale(GLASS, 0.6), detail=True)
        b.decal(low[side], (0.0, 0.46, 1.0, 0.72), stripe)
        b.decal(low[side], (0.0, 0.0, 1.0, 0.12), DARK)
        if not coach and side == "right":
            for u in (0.42, 0.86):
                b.decal(low[side], (u, 0.06, u + 0.085, 1.0), GLASS, gloss=0.5, glow=_LIT)
                b.decal(low[side], (u + 0.04, 0.06, u + 0.046, 1.0), DARK, detail=True)
    b.decal(mid["front"], (0.03, 0.0, 0.97, 0.98), GLASS, gloss=0.8)
    b.decal(top["front"], (0.12, 0.12, 0.88, 0.82), (30, 30, 30))
    for i in range(5):
        b.decal(top["front"], (0.2 + i * 0.12, 0.3, 0.28 + i * 0.12, 0.62), (40, 170, 250), detail=True, glow=(30, 130, 220))
    b.decal(low["front"], (0.0, 0.0, 1.0, 0.2), DARK)
    b.decal(low["front"], (0.34, 0.3, 0.66, 0.42), (228, 230, 230), detail=True)
    b.decal(low["front"], (0.0, 0.75, 1.0, 1.0), GLASS, gloss=0.8)
    b.decal(mid["back"], (0.1, 0.2, 0.9, 0.95), scale(GLASS, 0.9), gloss=0.6, glow=scale(_LIT, 0.6))
    b.decal(low["back"], (0.2, 0.15, 0.8, 0.6), scale(paint, 0.6))
    for row in range(4):
        b.decal(low["back"], (0.22, 0.2 + row * 0.1, 0.78, 0.24 + row * 0.1), DARK, detail=True)
    for u in (0.03, 0.8):
        b.decal(low["front"], (u, 0.3, u + 0.17, 0.52), (240, 240, 236), gloss=0.5)
    for u in (0.02, 0.88):
        b.decal(low["back"], (u, 0.3, u + 0.1, 0.9), (40, 36, 190))
    b.block((roof, roof + 0.25), (0.8, r + 1.5, r + 4.0), (0.7, r + 1.7, r + 3.8), scale(paint, 0.85), group=group)
    _corners(b, 1.2, 0.78, f, r, 0.1)
    for z in (r + 3.1, f - 2.7):
        for x in (-half - 0.01, half + 0.01):
            b.wheel(x, z, 0.48, 0.3, (160, 158, 156))
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


def _corners(b: Builder, half: float, height: float, front: float, rear: float, radius: float) -> None:
    for x in (-half + 0.2, half - 0.2):
        b.lamp((x, height, front + 0.02), 1, HEADLAMP, radius)
        b.lamp((x, height + 0.05, rear - 0.02), -1, TAIL, radius * 0.8)
