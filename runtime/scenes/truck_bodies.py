"""Truck bodies by name; the closed ones are built here: box, curtain-sider, container."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .builder import Builder
from .conditions import Colour
from .open_bodies import Body, dump, flatbed, tanker
from .paints import DARK, STEEL
from .solids import scale


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
                b.decal(
                    face,
                    (0.31 + i * 0.065, 0.46, 0.355 + i * 0.065, 0.61),
                    (240, 240, 240),
                    detail=True,
                )
        elif style == 2:
            b.decal(face, (0.0, 0.0, 1.0, 0.24), accent)
        elif style == 3:
            b.decal(face, (0.62, 0.04, 0.98, 0.96), accent)
            for i in range(5):
                b.decal(
                    face,
                    (0.12 + i * 0.08, 0.5, 0.17 + i * 0.08, 0.68),
                    scale(accent, 0.8),
                    detail=True,
                )


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
            b.decal(
                box[side],
                (u - 0.0025, 0.05, u + 0.0025, 0.955),
                scale(body.cargo, 0.8),
                detail=True,
            )
            b.decal(box[side], (u - 0.005, 0.05, u + 0.005, 0.1), DARK, detail=True)
        for u in (0.0, 0.985):
            b.decal(box[side], (u, 0, u + 0.015, 1), STEEL, detail=True)
    _doors(b, box["back"], scale(body.cargo, 0.97))


def _container(b: Builder, body: Body, rng: np.random.Generator) -> None:
    tones: tuple[Colour, ...] = (
        (52, 62, 168),
        (150, 92, 30),
        (60, 110, 48),
        (40, 110, 200),
        (110, 108, 104),
        (198, 196, 192),
        (60, 48, 96),
    )
    colour = tones[int(rng.integers(len(tones)))]
    rear, front = body.z
    b.block((0.95, 1.2), (1.1, rear, front), (1.1, rear, front), DARK, side=-2)
    half = (1.22, rear + 0.05, front - 0.05)
    box = b.block((1.2, 3.85), half, half, colour, bands=True)
    ribs = round((front - rear) / 0.42)
    for side in ("left", "right"):
        for i in range(ribs):
            u = (i + 0.5) / ribs
            b.decal(
                box[side],
                (u - 0.16 / ribs, 0.05, u + 0.16 / ribs, 0.95),
                scale(colour, 0.8),
                detail=True,
            )
            b.decal(
                box[side],
                (u + 0.16 / ribs, 0.05, u + 0.26 / ribs, 0.95),
                scale(colour, 1.16),
                detail=True,
            )
        b.decal(box[side], (0.68, 0.68, 0.9, 0.84), (232, 232, 232), detail=True)
        for v in (0.0, 0.96):
            b.decal(box[side], (0, v, 1, v + 0.04), scale(colour, 0.7))
    _doors(b, box["back"], colour)


def _tractor(b: Builder, body: Body, rng: np.random.Generator) -> None:
    rear, front = body.z
    b.block((0.95, 1.12), (0.5, rear + 0.3, front), (0.5, rear + 0.3, front), scale(STEEL, 0.7))
    b.block(
        (1.12, 1.25),
        (0.55, rear + 0.7, rear + 1.7),
        (0.5, rear + 0.8, rear + 1.5),
        scale(DARK, 0.8),
    )


BODIES: dict[str, Callable[[Builder, Body, np.random.Generator], None]] = {
    "box": _box,
    "curtain": _curtain,
    "tanker": tanker,
    "flatbed": flatbed,
    "dump": dump,
    "container": _container,
    "tractor": _tractor,
}
