"""Colours and lamps that vehicles share."""

from __future__ import annotations

from .builder import Builder
from .conditions import Colour

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
CAR_PAINTS: tuple[Colour, ...] = (
    (232, 232, 230), (190, 188, 186), (128, 126, 124), (44, 42, 42), (70, 64, 60), (44, 40, 168),
    (140, 74, 34), (96, 56, 30), (60, 108, 52), (52, 120, 190), (150, 170, 178), (200, 160, 70),
)  # fmt: skip


def corner_lamps(
    b: Builder, half: float, height: float, front: float, rear: float, radius: float
) -> None:
    """Two headlamps and two tail lamps."""
    for x in (-half + 0.2, half - 0.2):
        b.lamp((x, height, front + 0.02), 1, HEADLAMP, radius)
        b.lamp((x, height + 0.05, rear - 0.02), -1, TAIL, radius * 0.8)
