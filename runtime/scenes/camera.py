"""The pin-hole camera: metres of the world to pixels of the picture.

World axes: x to the right, y up, z along the road away from the camera, which stands at z = 0.
View axes: x right, y down, z depth along the optical axis. There is no roll, so a picture row is
a depth on flat ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Fixed = npt.NDArray[np.int32]

SHIFT = 4
"""Fractional bits of the fixed-point pixels that OpenCV's anti-aliased drawing takes."""
NEAR_M = 0.6
_FAR_PX = 400_000.0
_CREST_CURVE = 0.012


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera stands and looks."""

    size_wh: tuple[int, int]
    """Picture size, pixels."""
    focal_px: float
    x_m: float
    """Lateral position; 0 is the middle of the road."""
    height_m: float
    yaw_rad: float
    """Positive looks to the right of the road's direction."""
    pitch_rad: float
    """Positive looks down."""
    crest_m: float = math.inf
    """Horizontal depth at which the land drops away and hides what drives behind it."""

    def view(self, points: FloatArray) -> FloatArray:
        """World points (n, 3) in view axes (n, 3), metres."""
        x = points[:, 0] - np.float32(self.x_m)
        y = np.float32(self.height_m) - points[:, 1]
        z = points[:, 2]
        sin_yaw, cos_yaw = math.sin(self.yaw_rad), math.cos(self.yaw_rad)
        sin_pitch, cos_pitch = math.sin(self.pitch_rad), math.cos(self.pitch_rad)
        forward = sin_yaw * x + cos_yaw * z
        out = np.empty((len(points), 3), np.float32)
        out[:, 0] = cos_yaw * x - sin_yaw * z
        out[:, 1] = cos_pitch * y - sin_pitch * forward
        out[:, 2] = cos_pitch * forward + sin_pitch * y
        return out

    def pixels(self, view: FloatArray) -> FloatArray:
        """View points in front of the camera (n, 3) in pixels (n, 2)."""
        width, height = self.size_wh
        scale = self.focal_px / view[:, 2:]
        pixels = view[:, :2] * scale + np.array([width / 2, height / 2], np.float32)
        return np.asarray(np.clip(pixels, -_FAR_PX, _FAR_PX), np.float32)

    def polygon(self, points: FloatArray) -> Fixed | None:
        """A world polygon (n, 3) in fixed-point pixels, cut at the near plane; None behind it."""
        view = clip_near(self.view(points))
        return None if view is None else to_fixed(self.pixels(view))

    def depth_m(self, x_m: float, z_m: float) -> float:
        """Horizontal depth of a place on the ground."""
        return math.sin(self.yaw_rad) * (x_m - self.x_m) + math.cos(self.yaw_rad) * z_m

    def drop_m(self, depth_m: float) -> float:
        """How far the land has dropped behind the crest."""
        beyond = depth_m - self.crest_m
        return _CREST_CURVE * beyond * beyond if beyond > 0 else 0.0

    def depths_m(self, x_m: FloatArray, z_m: FloatArray) -> FloatArray:
        """`depth_m` of many places (n,)."""
        sin_yaw, cos_yaw = np.float32(math.sin(self.yaw_rad)), np.float32(math.cos(self.yaw_rad))
        return (sin_yaw * (x_m - np.float32(self.x_m)) + cos_yaw * z_m).astype(np.float32)

    def drops_m(self, beyond_m: FloatArray) -> FloatArray:
        """How far the land has dropped at distances behind the crest (n,)."""
        past = np.maximum(beyond_m, 0)
        return (np.float32(_CREST_CURVE) * past * past).astype(np.float32)

    def row(self, depth_m: float, height_m: float = 0.0) -> float:
        """Picture row of a point at a horizontal depth and height."""
        down = self.height_m - height_m
        sin_pitch, cos_pitch = math.sin(self.pitch_rad), math.cos(self.pitch_rad)
        depth = cos_pitch * depth_m + sin_pitch * down
        offset = cos_pitch * down - sin_pitch * depth_m
        return self.size_wh[1] / 2 + self.focal_px * offset / depth

    @property
    def horizon_row(self) -> float:
        """Row of the infinitely far."""
        return self.size_wh[1] / 2 - self.focal_px * math.tan(self.pitch_rad)

    @property
    def ground_row(self) -> float:
        """Row at which the visible ground begins: the crest, or the horizon without one."""
        if math.isinf(self.crest_m):
            return self.horizon_row
        return min(
            self.row(self.crest_m + step, -self.drop_m(self.crest_m + step)) for step in range(8)
        )

    def ground_depth(self, top: int) -> FloatArray:
        """Depth of flat ground by row, from row `top` down (rows, 1), metres."""
        rows = (
            np.arange(top, self.size_wh[1], dtype=np.float32)[:, None]
            + np.float32(0.5)
            - self.size_wh[1] / 2
        )
        down = np.maximum(
            rows / self.focal_px * math.cos(self.pitch_rad) + math.sin(self.pitch_rad), 1e-4
        )
        return np.asarray(self.height_m / down, np.float32)

    def ground_grid(self, top: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Flat-ground x and z (rows, width) and depth (rows, 1) from picture row `top` down."""
        width, height = self.size_wh
        rows = np.arange(top, height, dtype=np.float32)[:, None] + np.float32(0.5) - height / 2
        columns = (np.arange(width, dtype=np.float32) + np.float32(0.5) - width / 2)[None, :]
        slope = rows / self.focal_px
        sin_pitch, cos_pitch = math.sin(self.pitch_rad), math.cos(self.pitch_rad)
        reach = self.ground_depth(top)
        forward = reach * (cos_pitch - slope * sin_pitch).astype(np.float32)
        aside = (reach / np.float32(self.focal_px)) * columns
        sin_yaw, cos_yaw = np.float32(math.sin(self.yaw_rad)), np.float32(math.cos(self.yaw_rad))
        x = np.float32(self.x_m) + cos_yaw * aside + sin_yaw * forward
        z = cos_yaw * forward - sin_yaw * aside
        return x.astype(np.float32), z.astype(np.float32), reach


def clip_near(view: FloatArray) -> FloatArray | None:
    """Cut a view polygon (n, 3) at the near plane; None when nothing is left."""
    inside = view[:, 2] >= NEAR_M
    if inside.all():
        return view
    if not inside.any():
        return None
    kept: list[FloatArray] = []
    for index in range(len(view)):
        here, there = view[index - 1], view[index]
        if inside[index - 1] != inside[index]:
            part = (NEAR_M - here[2]) / (there[2] - here[2])
            kept.append(here + part * (there - here))
        if inside[index]:
            kept.append(there)
    return np.array(kept, np.float32)


def to_fixed(pixels: FloatArray) -> Fixed:
    """Pixels as the fixed-point integers of `SHIFT` fractional bits."""
    return np.asarray(np.rint((pixels - np.float32(0.5)) * (1 << SHIFT)), np.int32)


def fill(image: Image, polygon: Fixed | None, colour: tuple[float, float, float]) -> None:
    """Fill a convex or simple fixed-point polygon, anti-aliased."""
    if polygon is not None and len(polygon) > 2:
        cv2.fillPoly(image, [polygon], colour, cv2.LINE_AA, SHIFT)
