"""Puts solids into a picture: pose, light, order of parts, shadow, reflection, light sources."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .camera import NEAR_M, SHIFT, Camera, Fixed, FloatArray, Image, clip_near, fill, to_fixed
from .conditions import Conditions
from .solids import Part, Solid

_DETAIL_PX = 34


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a solid stands."""

    x_m: float
    z_m: float
    heading_rad: float
    """0 drives away from the camera along the road, pi comes towards it."""
    y_m: float = 0.0

    def place(self, points: FloatArray) -> FloatArray:
        """Points of the solid (n, 3) in world axes."""
        out = self.turn(points)
        out += np.array([self.x_m, self.y_m, self.z_m], np.float32)
        return out

    def turn(self, vectors: FloatArray) -> FloatArray:
        """Directions of the solid (n, 3) in world axes."""
        sin, cos = math.sin(self.heading_rad), math.cos(self.heading_rad)
        out = np.empty_like(vectors)
        out[:, 0] = cos * vectors[:, 0] + sin * vectors[:, 2]
        out[:, 1] = vectors[:, 1]
        out[:, 2] = cos * vectors[:, 2] - sin * vectors[:, 0]
        return out

    def local_eye(self, camera: Camera) -> FloatArray:
        """The camera's place in the solid's axes (3,)."""
        dx, dz = camera.x_m - self.x_m, -self.z_m
        sin, cos = math.sin(self.heading_rad), math.cos(self.heading_rad)
        return np.array(
            [cos * dx - sin * dz, camera.height_m - self.y_m, cos * dz + sin * dx], np.float32
        )


def window(camera: Camera, pose: Pose, image: Image) -> Image:
    """Where a solid may show: the whole picture, or above the crest if it is behind it."""
    depth = camera.depth_m(pose.x_m, pose.z_m)
    if depth <= camera.crest_m:
        return image
    return image[: max(0, min(image.shape[0], round(camera.ground_row)))]


def paint(
    image: Image, solid: Solid, pose: Pose, camera: Camera, air: Conditions, *, mirror: bool = False
) -> None:
    """Draw a solid into a picture.

    Args:
        image: drawn into, BGR.
        mirror: draw its reflection in the road instead.
    """
    world = pose.place(solid.vertices)
    if mirror:
        world[:, 1] *= -1
    view = camera.view(world)
    depths = view[:, 2]
    if float(depths.max()) < NEAR_M:
        return
    whole = float(depths.min()) >= NEAR_M
    pixels = to_fixed(camera.pixels(view)) if whole else None
    canvas = image if mirror else window(camera, pose, image)
    if canvas.shape[0] < 2:
        return
    eye = pose.local_eye(camera)
    if mirror:
        eye[1] *= -1
    facing = np.einsum("ij,ij->i", solid.normals, eye - solid.anchors) > 0
    colours = _lit(solid, pose, camera, air).tolist()
    distance = max(camera.depth_m(pose.x_m, pose.z_m), 1.0)
    fine = not mirror and camera.focal_px * float(solid.extent[1]) / distance > _DETAIL_PX
    for part in _ordered(solid, eye):
        for face in part.faces:
            if not (facing[face] or solid.hulls[face]) or (solid.detail[face] and not fine):
                continue
            corners = _outline(solid.faces[face], pixels, view, camera)
            if corners is None:
                continue
            if solid.hulls[face]:
                corners = convex(corners)
            cv2.fillConvexPoly(canvas, corners, colours[face], cv2.LINE_AA, SHIFT)


def outlines(solid: Solid, pose: Pose, camera: Camera) -> list[Fixed]:
    """Fixed-point outline of each convex part; together they are the silhouette."""
    view = camera.view(pose.place(solid.vertices))
    if float(view[:, 2].max()) < NEAR_M:
        return []
    whole = float(view[:, 2].min()) >= NEAR_M
    hulls: list[Fixed] = []
    pixels = to_fixed(camera.pixels(view)) if whole else None
    for part in solid.parts:
        if pixels is not None:
            hulls.append(convex(pixels[part.vertices]))
            continue
        cut = [clip_near(view[list(solid.faces[face])]) for face in part.faces]
        kept = [piece for piece in cut if piece is not None]
        if kept:
            hulls.append(convex(to_fixed(camera.pixels(np.concatenate(kept)))))
    return hulls


def shadow(image: Image, solid: Solid, pose: Pose, camera: Camera, air: Conditions) -> None:
    """Darken the road under a solid, and beside it where the sun shines."""
    half, height, length = (float(v) for v in solid.extent)
    box = camera.polygon(
        pose.place(
            np.array(
                [[-half, 0, -length], [half, 0, -length], [half, 0, length], [-half, 0, length]],
                np.float32,
            )
        )
    )
    if box is None:
        return
    shapes = [(box, 0.42)]
    if air.light == "day" and air.weather == "clear" and air.sun[1] > 0.1:
        ends = pose.place(
            np.array(
                [
                    [x, y, z]
                    for x in (-half, half)
                    for y in (0, height * 0.92)
                    for z in (-length, length)
                ],
                np.float32,
            )
        )
        reach = ends[:, 1:2] / air.sun[1]
        flat = (ends - reach * np.array([air.sun], np.float32)).astype(np.float32)
        flat[:, 1] = pose.y_m
        hull = cv2.convexHull(flat[:, [0, 2]])[:, 0]
        cast = camera.polygon(
            np.stack([hull[:, 0], np.full(len(hull), pose.y_m), hull[:, 1]], axis=1).astype(
                np.float32
            )
        )
        if cast is not None:
            shapes.insert(0, (cast, 0.6))
    canvas = window(camera, pose, image)
    for polygon, keep in shapes:
        _darken(
            canvas,
            polygon,
            keep,
            max(1.0, camera.focal_px * 0.1 / max(camera.depth_m(pose.x_m, pose.z_m), 2.0)),
        )


def _darken(image: Image, polygon: Fixed, keep: float, soft_px: float) -> None:
    margin = int(3 * soft_px) + 2
    x, y, w, h = cv2.boundingRect(polygon >> SHIFT)
    x0, y0 = max(0, x - margin), max(0, y - margin)
    x1, y1 = min(image.shape[1], x + w + margin), min(image.shape[0], y + h + margin)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = np.full((y1 - y0, x1 - x0), 255, np.uint8)
    fill(mask, (polygon - np.array([x0 << SHIFT, y0 << SHIFT])).astype(np.int32), (keep * 255,) * 3)
    size = 2 * max(1, round(soft_px * 1.5)) + 1
    mask = cv2.blur(mask, (size, size)).astype(np.uint8)
    patch = image[y0:y1, x0:x1]
    cv2.multiply(patch, cv2.merge([mask, mask, mask]), patch, 1 / 255)


def _lit(solid: Solid, pose: Pose, camera: Camera, air: Conditions) -> FloatArray:
    """Face colours under the scene's light, seen through its air (faces, 3)."""
    normals = pose.turn(solid.normals)
    direct = np.maximum(normals @ np.array(air.sun, np.float32), 0)[:, None]
    upward = (0.72 + 0.28 * normals[:, 1:2]).astype(np.float32)
    toward = (0.04 * normals[:, 0:1]).astype(np.float32)
    light = (
        np.array(air.sky_bgr, np.float32) * (upward + toward)
        + np.array(air.sun_bgr, np.float32) * direct
    )
    colours = solid.colours * light * np.float32(1.12)
    sky = (
        np.array(air.horizon_colour, np.float32) * 0.5
        + np.array(air.zenith_colour, np.float32) * 0.3
    )
    gloss = (solid.gloss * 0.45)[:, None]
    colours = colours * (1 - gloss) + sky * gloss
    clear = float(air.clearness(max(camera.depth_m(pose.x_m, pose.z_m), 0.0)))
    hazy = colours * clear + np.array(air.haze_colour, np.float32) * (1 - clear)
    return np.asarray(np.clip(hazy, 0, 255), np.float32)


def convex(points: Fixed) -> Fixed:
    """The convex outline of fixed-point pixels."""
    return np.asarray(cv2.convexHull(points), np.int32)


def _ordered(solid: Solid, eye: FloatArray) -> list[Part]:
    """Far to near: chassis, hidden wheels, bodies along the vehicle, near wheels."""
    half = float(solid.extent[0]) * 0.9

    def key(part: Part) -> tuple[float, float]:
        if part.side == -2:
            return (0.0, 0.0)
        low, high = part.z_range
        away = max(low - float(eye[2]), float(eye[2]) - high, 0.0)
        if part.side:
            return (3.0 if part.side * float(eye[0]) > half else 1.0, -away)
        return (2.0, -away)

    return sorted(solid.parts, key=key)


def _outline(
    face: tuple[int, ...], pixels: Fixed | None, view: FloatArray, camera: Camera
) -> Fixed | None:
    if pixels is not None:
        return pixels[face[0] : face[-1] + 1]
    cut = clip_near(view[face[0] : face[-1] + 1])
    return None if cut is None else to_fixed(camera.pixels(cut))
