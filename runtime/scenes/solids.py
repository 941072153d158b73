"""Solids made of flat faces, from which every vehicle and building is put together.

Vehicle axes: x to the vehicle's right, y up, z forward; the origin is on the ground below its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .camera import FloatArray
from .conditions import Colour

Point = tuple[float, float, float]
Half = tuple[float, float, float]
"""Half width, rear z, front z of one end of a block, metres."""


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
        return top.astype(np.float32)


@dataclass(slots=True)
class Builder:
    """Collects blocks, their decals, wheels and lamps, then gives a `Solid`."""

    _vertices: list[Point] = field(default_factory=list)
    _faces: list[tuple[int, ...]] = field(default_factory=list)
    _colours: list[Colour] = field(default_factory=list)
    _normals: list[FloatArray] = field(default_factory=list)
    _gloss: list[float] = field(default_factory=list)
    _detail: list[bool] = field(default_factory=list)
    _hulls: list[bool] = field(default_factory=list)
    _glows: list[Colour | None] = field(default_factory=list)
    _parts: list[tuple[list[int], int, int, tuple[float, float], int]] = field(default_factory=list)
    _lamps: list[Lamp] = field(default_factory=list)

    def block(
        self,
        y: tuple[float, float],
        bottom: Half,
        top: Half,
        colour: Colour,
        *,
        group: tuple[float, float] | None = None,
        side: int = 0,
        gloss: float = 0.15,
        bands: bool = False,
        x: float = 0.0,
    ) -> dict[str, int]:
        """A six-sided block; gives its faces by name: front, back, left, right, top.

        Args:
            y: lower and upper height.
            bottom: lower rectangle.
            top: upper rectangle.
            group: rear and front z of the group that hides and is hidden together.
            bands: shade the flanks darker towards the ground.
            x: lateral shift.
        """
        low, high = y
        corners: list[Point] = []
        for height, (half, back, front) in ((low, bottom), (high, top)):
            for across, along in ((-half, back), (half, back), (half, front), (-half, front)):
                corners.append((across + x, height, along))
        start = len(self._vertices)
        self._open_part(group or (min(bottom[1], top[1]), max(bottom[2], top[2])), side)
        quads = {
            "back": (0, 1, 5, 4),
            "front": (2, 3, 7, 6),
            "left": (0, 3, 7, 4),
            "right": (1, 2, 6, 5),
            "top": (4, 5, 6, 7),
        }
        centre = np.mean(corners, axis=0)
        names = {
            name: self._face([corners[i] for i in quad], colour, centre, gloss)
            for name, quad in quads.items()
        }
        if bands:
            for name in ("left", "right", "front", "back"):
                for height, shade in ((0.42, 0.95), (0.26, 0.9), (0.12, 0.83)):
                    self.decal(names[name], (0, 0, 1, height), scale(colour, shade), gloss=gloss, detail=True)
        self._close_part(start)
        return names

    def prism(self, z: tuple[float, float], outline: list[tuple[float, float]], colour: Colour,
              *, group: tuple[float, float] | None = None, gloss: float = 0.3) -> tuple[int, int]:
        """An (x, y) outline drawn out along z, such as a tank; gives its back and front face."""
        start = len(self._vertices)
        self._open_part(group or z, 0)
        rear = [(x, y, z[0]) for x, y in outline]
        nose = [(x, y, z[1]) for x, y in outline]
        centre = np.mean(rear + nose, axis=0)
        count = len(outline)
        for i in range(count):
            j = (i + 1) % count
            self._face([rear[i], rear[j], nose[j], nose[i]], colour, centre, gloss)
        back = self._face(rear, scale(colour, 0.9), centre, gloss)
        front = self._face(nose, scale(colour, 0.9), centre, gloss)
        self._close_part(start)
        return back, front

    def decal(self, face: int, area: tuple[float, float, float, float], colour: Colour, *,
              gloss: float = 0.0, detail: bool = False, glow: Colour | None = None) -> None:
        """A rectangle painted on a four-cornered face.

        Args:
            area: left, bottom, right, top in [0, 1] of the face; on flanks left is the rear.
            glow: light it gives off in the dark.
        """
        bl, br, tr, tl = (np.array(self._vertices[i]) for i in self._faces[face][:4])
        points: list[Point] = []
        for u, v in ((area[0], area[1]), (area[2], area[1]), (area[2], area[3]), (area[0], area[3])):
            low, high = bl + (br - bl) * u, tl + (tr - tl) * u
            spot = low + (high - low) * v
            points.append((float(spot[0]), float(spot[1]), float(spot[2])))
        self._face(points, colour, None, gloss, detail=detail, glow=glow, normal=self._normals[face])
        owner = next((p for p in reversed(self._parts) if face in p[0]), self._parts[-1])
        if owner is not self._parts[-1] or len(self._faces) - 1 not in owner[0]:
            self._parts[-1][0].remove(len(self._faces) - 1)
            owner[0].append(len(self._faces) - 1)

    def wheel(self, x: float, z: float, radius: float, width: float, rim: Colour) -> None:
        """A wheel standing on the ground with its outer face at x."""
        side = 1 if x > 0 else -1
        start = len(self._vertices)
        self._open_part((z - radius, z + radius), side)
        turns = [2 * math.pi * i / 14 for i in range(14)]
        outer = [(x, radius + radius * math.sin(a), z + radius * math.cos(a)) for a in turns]
        inner = [(x - side * width, py, pz) for _, py, pz in outer]
        out = np.array([side, 0, 0], np.float32)
        up = np.array([0, 1, 0], np.float32)
        self._face(outer + inner, (26, 25, 25), None, 0.0, normal=up, hull=True)
        for part, colour in ((0.98, (38, 36, 36)), (0.62, rim), (0.5, scale(rim, 0.72)), (0.2, rim)):
            ring = [(x, radius + radius * part * math.sin(a), z + radius * part * math.cos(a)) for a in turns]
            self._face(ring, colour, None, 0.05, normal=out, detail=part < 0.6)
        self._close_part(start)

    def lamp(self, at: Point, forward: float, colour: Colour, radius_m: float) -> None:
        """A light; see `Lamp`."""
        self._lamps.append(Lamp(at, forward, colour, radius_m))

    def build(self) -> Solid:
        """The finished solid."""
        vertices = np.array(self._vertices, np.float32)
        return Solid(
            vertices=vertices,
            faces=tuple(self._faces),
            colours=np.array(self._colours, np.float32),
            normals=np.array(self._normals, np.float32),
            anchors=vertices[[face[0] for face in self._faces]],
            gloss=np.array(self._gloss, np.float32),
            detail=tuple(self._detail),
            hulls=tuple(self._hulls),
            glows=tuple(self._glows),
            parts=tuple(
                Part(tuple(faces), slice(first, last), z_range, side)
                for faces, first, last, z_range, side in self._parts
            ),
            lamps=tuple(self._lamps),
        )

    def _open_part(self, z_range: tuple[float, float], side: int) -> None:
        self._parts.append(([], len(self._vertices), 0, z_range, side))

    def _close_part(self, start: int) -> None:
        faces, _, _, z_range, side = self._parts[-1]
        self._parts[-1] = (faces, start, len(self._vertices), z_range, side)

    def _face(self, points: list[Point], colour: Colour, centre: FloatArray | None, gloss: float, *,
              detail: bool = False, glow: Colour | None = None, normal: FloatArray | None = None,
              hull: bool = False) -> int:
        if normal is None:
            corners = np.array(points, np.float64)
            normal = np.cross(corners[1] - corners[0], corners[2] - corners[0]).astype(np.float32)
            normal /= max(float(np.linalg.norm(normal)), 1e-6)
            if centre is not None and float(np.dot(normal, corners.mean(axis=0) - centre)) < 0:
                normal = -normal
        first = len(self._vertices)
        self._vertices.extend(points)
        self._faces.append(tuple(range(first, first + len(points))))
        self._colours.append(colour)
        self._normals.append(normal)
        self._gloss.append(gloss)
        self._detail.append(detail)
        self._hulls.append(hull)
        self._glows.append(glow)
        self._parts[-1][0].append(len(self._faces) - 1)
        return len(self._faces) - 1


def scale(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter."""
    return (min(colour[0] * factor, 255.0), min(colour[1] * factor, 255.0), min(colour[2] * factor, 255.0))
