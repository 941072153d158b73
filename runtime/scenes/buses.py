"""Buses and coaches: one long body with rows of windows."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .conditions import Colour
from .paints import DARK, GLASS, corner_lamps
from .solids import Solid, scale

_LIT: Colour = (120, 172, 205)


def build_bus(rng: np.random.Generator) -> Solid:
    """A city bus or a coach: one long body with rows of windows."""
    coach = rng.random() < 0.4
    tones: tuple[Colour, ...] = (
        (40, 44, 190),
        (170, 110, 40),
        (70, 150, 60),
        (230, 230, 228),
        (40, 190, 236),
        (150, 60, 90),
        (190, 186, 180),
    )
    paint = tones[int(rng.integers(len(tones)))]
    stripe = tones[int(rng.integers(len(tones)))]
    length, roof = float(rng.uniform(10.5, 12.8)), 3.45 if coach else 3.0
    f, r, half = length / 2, -length / 2, 1.26
    b = Builder()
    group = (r, f)
    base = 0.32
    low = b.block(
        (base, 1.25), (half, r, f), (half, r, f), paint, group=group, bands=True, gloss=0.3
    )
    mid = b.block(
        (1.25, roof - 0.42),
        (half, r, f),
        (half - 0.03, r + 0.03, f - (0.25 if coach else 0.08)),
        paint,
        group=group,
        gloss=0.3,
    )
    top = b.block(
        (roof - 0.42, roof),
        (half - 0.03, r + 0.03, f - (0.25 if coach else 0.08)),
        (half - 0.14, r + 0.2, f - 0.35),
        paint,
        group=group,
        gloss=0.3,
    )
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
        b.decal(
            top["front"],
            (0.2 + i * 0.12, 0.3, 0.28 + i * 0.12, 0.62),
            (40, 170, 250),
            detail=True,
            glow=(30, 130, 220),
        )
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
    b.block(
        (roof, roof + 0.25),
        (0.8, r + 1.5, r + 4.0),
        (0.7, r + 1.7, r + 3.8),
        scale(paint, 0.85),
        group=group,
    )
    corner_lamps(b, 1.2, 0.78, f, r, 0.1)
    for z in (r + 3.1, f - 2.7):
        for x in (-half - 0.01, half + 0.01):
            b.wheel(x, z, 0.48, 0.3, (160, 158, 156))
    return b.build()
