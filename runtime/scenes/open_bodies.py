"""Truck bodies that are no box: tanker, flatbed, dumper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .builder import Builder
from .conditions import Colour
from .paints import DARK, PAINTS, STEEL
from .solids import scale


@dataclass(frozen=True, slots=True)
class Body:
    """What a body builder gets: its longitudinal room and colours."""

    z: tuple[float, float]
    """Rear and front end, metres."""
    cargo: Colour
    accent: Colour


def tanker(b: Builder, body: Body, rng: np.random.Generator) -> None:
    """A round tank with hoops."""
    colour: Colour = (208, 206, 204) if rng.random() < 0.6 else body.cargo
    rear, front = body.z
    b.block((0.95, 1.2), (0.9, rear, front), (0.9, rear, front), DARK, side=-2)
    turns = [2 * math.pi * (i + 0.5) / 18 for i in range(18)]
    centre = 2.25
    whole = [(1.22 * math.cos(a), centre + 1.12 * math.sin(a)) for a in turns]
    small = [(0.9 * x, centre + (y - centre) * 0.86) for x, y in whole]
    group = (rear, front)
    b.prism((rear, rear + 0.25), small, scale(colour, 0.9), gloss=0.4)
    room = (front - rear - 0.5) / 5
    for i in range(5):
        z = rear + 0.25 + room * i
        b.prism((z, z + room - 0.12), whole, colour, gloss=0.4)
        if i < 4:
            hoop = [(1.012 * x, centre + (y - centre) * 1.012) for x, y in whole]
            tone = body.accent if i in (1, 2) else scale(colour, 0.8)
            b.prism((z + room - 0.12, z + room), hoop, tone)
    b.prism((front - 0.37, front - 0.1), small, scale(colour, 0.9), gloss=0.4)
    b.block(
        (3.34, 3.44),
        (0.3, rear + 0.6, front - 0.6),
        (0.3, rear + 0.6, front - 0.6),
        STEEL,
        group=group,
    )
    for part in (0.25, 0.5, 0.75):
        z = rear + (front - rear) * part
        b.block(
            (3.44, 3.62),
            (0.25, z - 0.25, z + 0.25),
            (0.22, z - 0.22, z + 0.22),
            scale(STEEL, 1.2),
            group=group,
        )


def flatbed(b: Builder, body: Body, rng: np.random.Generator) -> None:
    """A deck: logs, crates, or empty."""
    rear, front = body.z
    group = (rear, front)
    deck = b.block((0.98, 1.22), (1.26, rear, front), (1.26, rear, front), (72, 92, 116), side=-2)
    for side in ("left", "right"):
        b.decal(deck[side], (0, 0, 1, 0.5), body.accent)
    b.block(
        (1.22, 2.3),
        (1.22, front - 0.12, front),
        (1.22, front - 0.12, front),
        scale(STEEL, 0.8),
    )
    load = rng.random()
    if load < 0.35:
        _logs(b, rear, front, group)
    elif load < 0.85:
        spots = np.arange(rear + 0.3, front - 1.6, 1.9)
        for z in spots:
            if rng.random() < 0.85:
                tone = (
                    PAINTS[int(rng.integers(len(PAINTS)))] if rng.random() < 0.5 else (92, 140, 176)
                )
                high = 1.22 + float(rng.uniform(0.6, 1.7))
                z0 = float(z)
                crate = b.block(
                    (1.22, high), (1.05, z0, z0 + 1.55), (1.05, z0, z0 + 1.55), tone, bands=True
                )
                b.decal(crate["left"], (0.45, 0, 0.55, 1), scale(tone, 0.6), detail=True)
                b.decal(crate["right"], (0.45, 0, 0.55, 1), scale(tone, 0.6), detail=True)


def _logs(b: Builder, rear: float, front: float, group: tuple[float, float]) -> None:
    turns = [2 * math.pi * i / 8 for i in range(8)]
    for level, xs in enumerate(((-0.9, -0.3, 0.3, 0.9), (-0.6, 0.0, 0.6), (-0.3, 0.3))):
        for x in xs:
            y = 1.52 + level * 0.52
            ring = [(x + 0.31 * math.cos(a), y + 0.31 * math.sin(a)) for a in turns]
            b.prism(
                (rear - 0.2, front - 0.3),
                ring,
                (58 + 6 * level, 84 + 7 * level, 112),
                group=group,
                gloss=0.0,
            )
    for part in (0.15, 0.5, 0.85):
        z = rear + (front - rear) * part
        for x in (-1.22, 1.22):
            b.block((1.2, 2.8), (0.05, z, z + 0.1), (0.05, z, z + 0.1), DARK, group=group, x=x)


def dump(b: Builder, body: Body, rng: np.random.Generator) -> None:
    """A tipping tub, often heaped."""
    rear, front = body.z
    group = (rear, front)
    high = float(rng.uniform(2.3, 2.9))
    tub = b.block(
        (1.0, high),
        (1.12, rear + 0.5, front),
        (1.25, rear, front),
        body.accent,
        group=group,
        bands=True,
    )
    for side in ("left", "right"):
        for i in range(7):
            u = 0.03 + i * 0.155
            b.decal(tub[side], (u, 0.02, u + 0.03, 0.98), scale(body.accent, 0.75))
        b.decal(tub[side], (0, 0.93, 1, 1), scale(body.accent, 1.15))
    b.decal(tub["back"], (0.08, 0.1, 0.92, 0.9), scale(body.accent, 0.86))
    b.decal(tub["top"], (0.05, 0.03, 0.95, 0.97), (40, 48, 58))
    if rng.random() < 0.7:
        earth: Colour = (70, 104, 138) if rng.random() < 0.5 else (112, 116, 120)
        b.block(
            (high - 0.05, high + 0.5),
            (1.12, rear + 0.25, front - 0.3),
            (0.4, rear + 1.4, front - 1.4),
            earth,
            group=group,
            gloss=0,
        )
    b.block(
        (high, high + 0.22),
        (1.25, front - 0.05, front + 0.1),
        (1.2, front, front + 0.9),
        scale(body.accent, 0.9),
    )
