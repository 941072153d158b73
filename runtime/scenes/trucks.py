"""Truck bodies: box, curtain-sider, tanker, flatbed, dumper, container, tractor alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .conditions import Colour
from .solids import Builder, Solid, scale

GLASS: Colour = (74, 62, 52)
DARK: Colour = (44, 42, 40)
STEEL: Colour = (120, 118, 116)
HEADLAMP: Colour = (225, 245, 255)
TAIL: Colour = (40, 36, 225)
AMBER: Colour = (30, 150, 250)

PAINTS: tuple[Colour, ...] = (
    (236, 236, 234), (228, 230, 232), (40, 38, 178), (150, 74, 28), (60, 132, 40), (34, 150, 232),
    (40, 200, 240), (70, 66, 64), (158, 154, 150), (120, 40, 52), (186, 140, 60), (36, 74, 214),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """What a body builder gets: its longitudinal room and colours."""

    z: tuple[float, float]
    """Rear and front end, metres."""
    cargo: Colour
    accent: Colour


def build_truck(rng: np.random.Generator) -> Solid:
    """A truck of random body, make, length and colours."""
    builder = Builder()
    kind = list(_BODIES)[int(rng.choice(len(_BODIES), p=[0.22, 0.24, 0.12, 0.12, 0.12, 0.12, 0.06]))]
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

    builder.block((0.5, 0.95), (0.55, rear + 0.2, front - 0.4), (0.55, rear + 0.2, front - 0.4), DARK, side=-2)
    _cab(builder, front, cab_length, hood, paint, accent, tall=semi or rng.random() < 0.4)
    body = Body((rear, front - cab_length - gap), cargo, accent)
    if body_length > 0.5:
        _BODIES[kind](builder, body, rng)
        _rear_end(builder, rear)
    for z in _axles(front, rear, cab_length, semi, hood):
        for x in (-1.24, 1.24):
            builder.wheel(x, z, 0.5, 0.34, rim)
    if semi and body_length > 5:
        z0, z1 = rear + 4.6, front - cab_length - 3.2
        if z1 - z0 > 1 and rng.random() < 0.8:
            for x in (-1.18, 1.18):
                builder.block((0.42, 0.95), (0.05, z0, z1), (0.05, z0, z1), scale(STEEL, 0.9), side=-2, x=x)
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
        return (float(rng.uniform(9.5, 12.4)), True) if long else (float(rng.uniform(5.6, 7.0)), False)
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
        hooded = b.block((0.55, 1.75), (1.05, nose, front), (0.95, nose, front - 0.25), paint, group=group, bands=True)
        _grille(b, hooded["front"], accent)
    lower = b.block((0.42, 1.62), (1.24, back, nose), (1.24, back, nose - 0.02), paint, group=group, bands=True)
    if not hood:
        _grille(b, lower["front"], accent)
    for side in ("left", "right"):
        b.decal(lower[side], (0.42, 0.0, 0.98, 0.3), DARK, detail=True)
        b.decal(lower[side], (0.12, 0.3, 0.16, 0.98), scale(paint, 0.7), detail=True)
    upper = b.block((1.62, roof), (1.24, back, nose - 0.02), (1.18, back, nose - 0.26), paint, group=group)
    low, high = (0.04, 0.74) if tall else (0.05, 0.9)
    b.decal(upper["front"], (0.04, low, 0.96, high), GLASS, gloss=0.75)
    b.decal(upper["front"], (0.04, high - 0.1, 0.96, high), scale(GLASS, 0.55), detail=True)
    b.decal(upper["front"], (0.1, low + 0.02, 0.3, high - 0.14), scale(GLASS, 1.5), gloss=0.75, detail=True)
    for side in ("left", "right"):
        b.decal(upper[side], (0.36, low + 0.03, 0.95, high - 0.1), GLASS, gloss=0.6)
        b.decal(upper[side], (0.68, low, 0.7, high - 0.1), scale(paint, 0.5), detail=True)
    if tall:
        b.decal(upper["front"], (0.0, 0.78, 1.0, 0.82), scale(paint, 0.7), detail=True)
        roof_block = b.block((roof, roof + 0.55), (1.16, back, nose - 0.28), (1.1, back, nose - 1.1), paint, group=group)
        b.decal(roof_block["front"], (0.2, 0.2, 0.8, 0.7), scale(accent, 0.9), detail=True)
        for x in (-0.9, -0.3, 0.3, 0.9):
            b.lamp((x, roof + 0.05, nose - 0.25), 1, AMBER, 0.035)
    for x in (-1.38, 1.38):
        b.block((1.75, 2.5), (0.1, nose - 0.22, nose - 0.05), (0.1, nose - 0.22, nose - 0.05), DARK, group=group, x=x)
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
    bar = b.block((0.55, 0.95), (1.22, rear - 0.04, rear + 0.15), (1.22, rear - 0.04, rear + 0.15), DARK, group=(rear - 0.05, rear))
    for u in (0.02, 0.8):
        b.decal(bar["back"], (u, 0.3, u + 0.18, 0.85), (44, 40, 205))
    b.decal(bar["back"], (0.4, 0.2, 0.6, 0.8), (210, 214, 214), detail=True)
    for x in (-1.05, 1.05):
        b.lamp((x, 0.78, rear - 0.06), -1, TAIL, 0.09)


def _doors(b: Builder, face: int, colour: Colour) -> None:
    b.decal(face, (0.0, 0.0, 1.0, 0.035), STEEL, detail=True)
    b.decal(face, (0.0, 0.965, 1.0, 1.0), scale(colour, 0.7), detail=True)
    b.decal(face, (0.492, 0.0, 0.508, 1.0), scale(colour, 0.45))
    for u in (0.14, 0.36, 0.63, 0.85):
        b.decal(face, (u, 0.04, u + 0.018, 0.96), scale(STEEL, 1.25), detail=True)
        b.decal(face, (u - 0.03, 0.36, u + 0.05, 0.4), scale(STEEL, 0.7), detail=True)
    for u in (0.0, 0.94):
        b.decal(face, (u, 0.0, u + 0.06, 0.05), (40, 40, 215), detail=True)


def _livery(b: Builder, faces: tuple[int, ...], accent: Colour, rng: np.random.Generator) -> None:
    style = int(rng.integers(5))
    for face in faces:
        if style == 0:
            b.decal(face, (0.0, 0.3, 1.0, 0.46), accent)
        elif style == 1:
            b.decal(face, (0.26, 0.36, 0.74, 0.7), accent)
            for i in range(6):
                b.decal(face, (0.31 + i * 0.065, 0.46, 0.355 + i * 0.065, 0.61), (240, 240, 240), detail=True)
        elif style == 2:
            b.decal(face, (0.0, 0.0, 1.0, 0.24), accent)
        elif style == 3:
            b.decal(face, (0.62, 0.04, 0.98, 0.96), accent)
            for i in range(5):
                b.decal(face, (0.12 + i * 0.08, 0.5, 0.17 + i * 0.08, 0.68), scale(accent, 0.8), detail=True)


def _box(b: Builder, body: Body, rng: np.random.Generator) -> None:
    top = float(rng.uniform(3.3, 3.9))
    half = (1.25, *body.z)
    box = b.block((0.95, top), half, half, body.cargo, bands=True)
    _livery(b, (box["left"], box["right"]), body.accent, rng)
    for side in ("left", "right", "front"):
        b.decal(box[side], (0, 0, 1, 0.03), STEEL, detail=True)
        b.decal(box[side], (0, 0.97, 1, 1), scale(body.cargo, 0.72), detail=True)
    _doors(b, box["back"], body.cargo)


def _curtain(b: Builder, body: Body, rng: np.random.Generator) -> None:
    half = (1.27, *body.z)
    box = b.block((0.98, 3.98), half, half, body.cargo, bands=True)
    _livery(b, (box["left"], box["right"]), body.accent, rng)
    for side in ("left", "right"):
        b.decal(box[side], (0, 0, 1, 0.05), scale(STEEL, 0.8))
        b.decal(box[side], (0, 0.955, 1, 1), scale(STEEL, 1.2), detail=True)
        for i in range(1, 16):
            u = i / 16
            b.decal(box[side], (u - 0.0025, 0.05, u + 0.0025, 0.955), scale(body.cargo, 0.8), detail=True)
            b.decal(box[side], (u - 0.005, 0.05, u + 0.005, 0.1), DARK, detail=True)
        for u in (0.0, 0.985):
            b.decal(box[side], (u, 0, u + 0.015, 1), STEEL, detail=True)
    _doors(b, box["back"], scale(body.cargo, 0.97))


def _tanker(b: Builder, body: Body, rng: np.random.Generator) -> None:
    colour: Colour = (208, 206, 204) if rng.random() < 0.6 else body.cargo
    rear, front = body.z
    b.block((0.95, 1.2), (0.9, rear, front), (0.9, rear, front), DARK)
    turns = [2 * math.pi * (i + 0.5) / 18 for i in range(18)]
    centre = 2.25
    whole = [(1.22 * math.cos(a), centre + 1.12 * math.sin(a)) for a in turns]
    small = [(0.9 * x, centre + (y - centre) * 0.86) for x, y in whole]
    group = (rear, front)
    b.prism((rear + 0.0, rear + 0.25), small, scale(colour, 0.9), group=group, gloss=0.4)
    b.prism((rear + 0.25, front - 0.25), whole, colour, group=group, gloss=0.4)
    for i in range(1, 5):
        z = rear + 0.25 + (front - rear - 0.5) * i / 5
        hoop = [(1.012 * x, centre + (y - centre) * 1.012) for x, y in whole]
        b.prism((z - 0.06, z + 0.06), hoop, body.accent if i in (2, 3) else scale(colour, 0.8), group=group)
    b.block((3.34, 3.44), (0.3, rear + 0.6, front - 0.6), (0.3, rear + 0.6, front - 0.6), STEEL, group=group)
    for part in (0.25, 0.5, 0.75):
        z = rear + (front - rear) * part
        b.block((3.44, 3.62), (0.25, z - 0.25, z + 0.25), (0.22, z - 0.22, z + 0.22), scale(STEEL, 1.2), group=group)


def _flatbed(b: Builder, body: Body, rng: np.random.Generator) -> None:
    rear, front = body.z
    group = (rear, front)
    deck = b.block((0.98, 1.22), (1.26, rear, front), (1.26, rear, front), (72, 92, 116), group=group)
    for side in ("left", "right"):
        b.decal(deck[side], (0, 0, 1, 0.5), body.accent)
    b.block((1.22, 2.3), (1.22, front - 0.12, front), (1.22, front - 0.12, front), scale(STEEL, 0.8), group=group)
    load = rng.random()
    if load < 0.35:
        _logs(b, rear, front, group)
    elif load < 0.85:
        spots = np.arange(rear + 0.3, front - 1.6, 1.9)
        for z in spots:
            if rng.random() < 0.85:
                tone = PAINTS[int(rng.integers(len(PAINTS)))] if rng.random() < 0.5 else (92, 140, 176)
                high = 1.22 + float(rng.uniform(0.6, 1.7))
                z0 = float(z)
                crate = b.block((1.22, high), (1.05, z0, z0 + 1.55), (1.05, z0, z0 + 1.55), tone, bands=True)
                b.decal(crate["left"], (0.45, 0, 0.55, 1), scale(tone, 0.6), detail=True)
                b.decal(crate["right"], (0.45, 0, 0.55, 1), scale(tone, 0.6), detail=True)


def _logs(b: Builder, rear: float, front: float, group: tuple[float, float]) -> None:
    turns = [2 * math.pi * i / 8 for i in range(8)]
    for level, xs in enumerate(((-0.9, -0.3, 0.3, 0.9), (-0.6, 0.0, 0.6), (-0.3, 0.3))):
        for x in xs:
            y = 1.52 + level * 0.52
            ring = [(x + 0.31 * math.cos(a), y + 0.31 * math.sin(a)) for a in turns]
            b.prism((rear - 0.2, front - 0.3), ring, (58 + 6 * level, 84 + 7 * level, 112), group=group, gloss=0.0)
    for part in (0.15, 0.5, 0.85):
        z = rear + (front - rear) * part
        for x in (-1.22, 1.22):
            b.block((1.2, 2.8), (0.05, z, z + 0.1), (0.05, z, z + 0.1), DARK, group=group, x=x)


def _dump(b: Builder, body: Body, rng: np.random.Generator) -> None:
    rear, front = body.z
    group = (rear, front)
    high = float(rng.uniform(2.3, 2.9))
    tub = b.block((1.0, high), (1.12, rear + 0.5, front), (1.25, rear, front), body.accent, group=group, bands=True)
    for side in ("left", "right"):
        for i in range(7):
            u = 0.03 + i * 0.155
            b.decal(tub[side], (u, 0.02, u + 0.03, 0.98), scale(body.accent, 0.75))
        b.decal(tub[side], (0, 0.93, 1, 1), scale(body.accent, 1.15))
    b.decal(tub["back"], (0.08, 0.1, 0.92, 0.9), scale(body.accent, 0.86))
    b.decal(tub["top"], (0.05, 0.03, 0.95, 0.97), (40, 48, 58))
    if rng.random() < 0.7:
        earth: Colour = (70, 104, 138) if rng.random() < 0.5 else (112, 116, 120)
        b.block((high - 0.05, high + 0.5), (1.12, rear + 0.25, front - 0.3), (0.4, rear + 1.4, front - 1.4), earth, group=group, gloss=0)
    b.block((high, high + 0.22), (1.25, front - 0.05, front + 0.1), (1.2, front, front + 0.9), scale(body.accent, 0.9), group=group)


def _container(b: Builder, body: Body, rng: np.random.Generator) -> None:
    tones: tuple[Colour, ...] = ((52, 62, 168), (150, 92, 30), (60, 110, 48), (40, 110, 200), (110, 108, 104), (198, 196, 192), (60, 48, 96))
    colour = tones[int(rng.integers(len(tones)))]
    rear, front = body.z
    b.block((0.95, 1.2), (1.1, rear, front), (1.1, rear, front), DARK)
    half = (1.22, rear + 0.05, front - 0.05)
    box = b.block((1.2, 3.85), half, half, colour, bands=True)
    ribs = round((front - rear) / 0.42)
    for side in ("left", "right"):
        for i in range(ribs):
            u = (i + 0.5) / ribs
            b.decal(box[side], (u - 0.16 / ribs, 0.05, u + 0.16 / ribs, 0.95), scale(colour, 0.8), detail=True)
            b.decal(box[side], (u + 0.16 / ribs, 0.05, u + 0.26 / ribs, 0.95), scale(colour, 1.16), detail=True)
        b.decal(box[side], (0.68, 0.68, 0.9, 0.84), (232, 232, 232), detail=True)
        for v in (0.0, 0.96):
            b.decal(box[side], (0, v, 1, v + 0.04), scale(colour, 0.7))
    _doors(b, box["back"], colour)


def _tractor(b: Builder, body: Body, rng: np.random.Generator) -> None:
    rear, front = body.z
    b.block((0.95, 1.12), (0.5, rear + 0.3, front), (0.5, rear + 0.3, front), scale(STEEL, 0.7))
    b.block((1.12, 1.25), (0.55, rear + 0.7, rear + 1.7), (0.5, rear + 0.8, rear + 1.5), scale(DARK, 0.8))


_BODIES: dict[str, Callable[[Builder, Body, np.random.Generator], None]] = {
    "box": _box,
    "curtain": _curtain,
    "tanker": _tanker,
    "flatbed": _flatbed,
    "dump": _dump,
    "container": _container,
    "tractor": _tractor,
}
