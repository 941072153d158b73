"""Puts a solid together from blocks, prisms, wheels, decals and lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .conditions import Colour
from .solids import Lamp, Part, Point, Solid, scale

Half = tuple[float, float, float]
"""Half width, rear z, front z of one end of a block, metres."""

_RIM = tuple((math.sin(math.tau * i / 14), math.cos(math.tau * i / 14)) for i in range(14))


@dataclass(slots=True)
class Builder:
    """Collects blocks, their decals, wheels and lamps, then gives a `Solid`."""

    _vertices: list[Point] = field(default_factory=list)
    _faces: list[tuple[int, ...]] = field(default_factory=list)
    _owners: list[int] = field(default_factory=list)
    _colours: list[Colour] = field(default_factory=list)
    _normals: list[Point] = field(default_factory=list)
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
        centre = _mean(corners)
        names = {
            name: self._face([corners[i] for i in quad], colour, centre, gloss)
            for name, quad in quads.items()
        }
        if bands:
            for name in ("left", "right", "front", "back"):
                for height, shade in ((0.42, 0.95), (0.26, 0.9), (0.12, 0.83)):
                    self.decal(
                        names[name],
                        (0, 0, 1, height),
                        scale(colour, shade),
                        gloss=gloss,
                        detail=True,
                    )
        self._close_part(start)
        return names

    def prism(
        self,
        z: tuple[float, float],
        outline: list[tuple[float, float]],
        colour: Colour,
        *,
        group: tuple[float, float] | None = None,
        gloss: float = 0.3,
    ) -> tuple[int, int]:
        """An (x, y) outline drawn out along z, such as a tank; gives its back and front face."""
        start = len(self._vertices)
        self._open_part(group or z, 0)
        rear = [(x, y, z[0]) for x, y in outline]
        nose = [(x, y, z[1]) for x, y in outline]
        centre = _mean(rear + nose)
        count = len(outline)
        for i in range(count):
            j = (i + 1) % count
            self._face([rear[i], rear[j], nose[j], nose[i]], colour, centre, gloss)
        back = self._face(rear, scale(colour, 0.9), centre, gloss)
        front = self._face(nose, scale(colour, 0.9), centre, gloss)
        self._close_part(start)
        return back, front

    def decal(
        self,
        face: int,
        area: tuple[float, float, float, float],
        colour: Colour,
        *,
        gloss: float = 0.0,
        detail: bool = False,
        glow: Colour | None = None,
    ) -> None:
        """A rectangle painted on a four-cornered face.

        Args:
            area: left, bottom, right, top in [0, 1] of the face; on flanks left is the rear.
            glow: light it gives off in the dark.
        """
        (ax, ay, az), (bx, by, bz), (cx, cy, cz), (dx, dy, dz) = (
            self._vertices[i] for i in self._faces[face][:4]
        )
        u0, v0, u1, v1 = area
        points: list[Point] = []
        for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)):
            a, b, c, d = (1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v
            points.append(
                (
                    a * ax + b * bx + c * cx + d * dx,
                    a * ay + b * by + c * cy + d * dy,
                    a * az + b * bz + c * cz + d * dz,
                )
            )
        self._face(
            points,
            colour,
            None,
            gloss,
            detail=detail,
            glow=glow,
            normal=self._normals[face],
            part=self._owners[face],
        )

    def wheel(self, x: float, z: float, radius: float, width: float, rim: Colour) -> None:
        """A wheel standing on the ground with its outer face at x."""
        side = 1 if x > 0 else -1
        start = len(self._vertices)
        self._open_part((z - radius, z + radius), side)
        outer = [(x, radius + radius * sin, z + radius * cos) for sin, cos in _RIM]
        inner = [(x - side * width, py, pz) for _, py, pz in outer]
        out, up = (float(side), 0.0, 0.0), (0.0, 1.0, 0.0)
        self._face(outer + inner, (26, 25, 25), None, 0.0, normal=up, hull=True)
        for part, colour in (
            (0.98, (38, 36, 36)),
            (0.62, rim),
            (0.5, scale(rim, 0.72)),
            (0.2, rim),
        ):
            size = radius * part
            ring = [(x, radius + size * sin, z + size * cos) for sin, cos in _RIM]
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

    def _face(
        self,
        points: list[Point],
        colour: Colour,
        centre: Point | None,
        gloss: float,
        *,
        detail: bool = False,
        glow: Colour | None = None,
        normal: Point | None = None,
        hull: bool = False,
        part: int | None = None,
    ) -> int:
        if normal is None:
            normal = _outward(points, centre or (0.0, 0.0, 0.0))
        first = len(self._vertices)
        self._vertices.extend(points)
        self._faces.append(tuple(range(first, first + len(points))))
        self._colours.append(colour)
        self._normals.append(normal)
        self._gloss.append(gloss)
        self._detail.append(detail)
        self._hulls.append(hull)
        self._glows.append(glow)
        owner = len(self._parts) - 1 if part is None else part
        self._owners.append(owner)
        self._parts[owner][0].append(len(self._faces) - 1)
        return len(self._faces) - 1


def _mean(points: list[Point]) -> Point:
    xs, ys, zs = zip(*points, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys), sum(zs) / len(zs)


def _outward(points: list[Point], centre: Point) -> Point:
    """Unit normal of a face, away from the centre of its solid."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = points[:3]
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    middle = _mean(points)
    toward = x * (middle[0] - centre[0]) + y * (middle[1] - centre[1]) + z * (middle[2] - centre[2])
    size = math.copysign(max(math.sqrt(x * x + y * y + z * z), 1e-6), toward)
    return (x / size, y / size, z / size)
