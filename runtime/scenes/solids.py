"""Solids made of flat faces: what every vehicle and building is.

Vehicle axes: x to the vehicle's right, y up, z forward; the origin is on the ground
below its middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import FloatArray
from .conditions import Colour

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light of a vehicle."""

    at: Point
    forward: float
    """+1 shines forward, -1 backward, 0 to all sides."""
    colour: Colour
    radius_m: float


@dataclass(frozen=True, slots=True)
class Part:
    """A convex piece; its faces are painted in order."""

    faces: tuple[int, ...]
    vertices: slice
    z_range: tuple[float, float]
    """Rear and front of the group that the piece is sorted with."""
    side: int
    """-1 or +1 for a wheel on that side, 0 for a body, -2 for the chassis below everything."""


@dataclass(frozen=True, slots=True)
class Solid:
    """Faces ready to be projected."""

    vertices: FloatArray
    """(n, 3), metres."""
    faces: tuple[tuple[int, ...], ...]
    colours: FloatArray
    """(faces, 3), blue-green-red of the surface, 0..255."""
    normals: FloatArray
    anchors: FloatArray
    """(faces, 3), one point of each face."""
    gloss: FloatArray
    """(faces,), how much a face mirrors the sky, in [0, 1]."""
    detail: tuple[bool, ...]
    """Faces to leave out when the solid is small."""
    hulls: tuple[bool, ...]
    """Faces that are the outline of their points and never turned away."""
    glows: tuple[Colour | None, ...]
    parts: tuple[Part, ...]
    lamps: tuple[Lamp, ...]

    @property
    def extent(self) -> FloatArray:
        """Half width, height, half length (3,), metres."""
        top = np.abs(self.vertices).max(axis=0)
        return np.asarray(top, np.float32)

    @property
    def corners(self) -> FloatArray:
        """Corners of the box around it (8, 3)."""
        signs = [(x, y, z) for x in (-1, 1) for y in (0, 1) for z in (-1, 1)]
        return (self.extent * np.array(signs, np.float32)).astype(np.float32)


def scale(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter."""
    return (
        min(colour[0] * factor, 255.0),
        min(colour[1] * factor, 255.0),
        min(colour[2] * factor, 255.0),
    )
