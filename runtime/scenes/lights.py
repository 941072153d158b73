"""Lamps in the dark: what shines, its halo, and what it lights up on the road."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .camera import NEAR_M, SHIFT, Camera, FloatArray, Image, to_fixed
from .conditions import Colour, Conditions
from .furniture import Post
from .painter import Pose, outlines, window
from .solids import Solid

_COARSE = 4


class LightField:
    """Light collected for one picture, then added to it."""

    def __init__(self, camera: Camera, air: Conditions, base: LightField | None = None) -> None:
        """Start dark, or from the standing lamps of `base`."""
        width, height = camera.size_wh
        self._camera, self._air = camera, air
        small = (height // _COARSE, width // _COARSE, 3)
        self.shine: Image = base.shine.copy() if base else np.zeros((height, width, 3), np.uint8)
        self.halo: FloatArray = base.halo.copy() if base else np.zeros(small, np.float32)
        self.pools: FloatArray = base.pools.copy() if base else np.zeros(small, np.float32)

    def add_vehicle(self, solid: Solid, pose: Pose) -> None:
        """Hide what is behind a vehicle, add its lamps and lit windows; call far ones first."""
        self._hide(solid, pose)
        self._glows(solid, pose)
        eye = pose.local_eye(self._camera)
        for lamp in solid.lamps:
            away = eye - np.array(lamp.at, np.float32)
            distance = float(np.linalg.norm(away))
            facing = lamp.forward * float(away[2]) / distance if lamp.forward else 0.5
            if facing > 0.02:
                strong = min(1.0, 0.35 + facing) if lamp.forward > 0 else 0.8
                self._lamp(
                    pose.place(np.array([lamp.at], np.float32)),
                    lamp.radius_m,
                    lamp.colour,
                    strong,
                    lamp.forward > 0 and lamp.radius_m > 0.06,
                )
        if self._air.light != "day" and any(lamp.forward > 0 for lamp in solid.lamps):
            self._beam(solid, pose)

    def add_post(self, post: Post) -> None:
        """Add a lit street lamp and the light below it."""
        self._lamp(np.array([post.head], np.float32), 0.2, (170, 222, 255), 0.8, True)
        turns = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        for radius, strength in ((9.0, 0.24), (5.0, 0.3)):
            ring = np.stack(
                [
                    post.head[0] + radius * np.cos(turns),
                    0 * turns,
                    post.head[2] + radius * np.sin(turns),
                ],
                axis=1,
            )
            self._pool(ring.astype(np.float32), (0.55 * strength, 0.78 * strength, 1.0 * strength))

    def add_windows(self, solid: Solid, pose: Pose) -> None:
        """Add the lit windows of a building."""
        self._hide(solid, pose)
        self._glows(solid, pose)

    def apply(self, scene: Image) -> Image:
        """The scene under ambient light and all lamps."""
        size = self._camera.size_wh
        unit = size[0] / 640
        lit = scene
        if self._air.light != "day":
            pools = cv2.GaussianBlur(self.pools, (0, 0), 2.2 * unit)
            factor = (pools + np.array(self._air.ambient_bgr, np.float32)) * 128
            lit = cv2.multiply(scene, _enlarged(factor, size), scale=1 / 128).astype(np.uint8)
        near = cv2.GaussianBlur(self.halo, (0, 0), 1.1 * unit)
        wide = cv2.GaussianBlur(self.halo, (0, 0), 5.0 * unit)
        thick = 1.9 if self._air.weather in ("fog", "rain") else 1.0
        bloom = near * np.float32(0.5) + wide * np.float32(2.4 * thick)
        lit = cv2.add(lit, _enlarged(bloom, size)).astype(np.uint8)
        return cv2.add(lit, self.shine).astype(np.uint8)

    def streaks(self, mask: npt.NDArray[np.float32]) -> None:
        """Mirror the lamps in a wet road as upright streaks, as much as the mask says."""
        small = cv2.resize(mask, (self.halo.shape[1], self.halo.shape[0]))[..., None]
        lamps = self.halo + cv2.resize(
            self.shine, (self.halo.shape[1], self.halo.shape[0]), interpolation=cv2.INTER_AREA
        )
        length = max(9, self.halo.shape[0] // 4) | 1
        kernel = np.zeros(2 * length + 1, np.float32)
        kernel[:length] = np.linspace(0, 1, length, dtype=np.float32)
        across = np.full(3, 1 / 3, np.float32)
        streak = cv2.sepFilter2D(
            lamps, -1, across, kernel / kernel.sum(), borderType=cv2.BORDER_CONSTANT
        )
        self.halo += streak * small * np.float32(1.6)

    def _hide(self, solid: Solid, pose: Pose) -> None:
        shine = window(self._camera, pose, self.shine)
        for hull in outlines(solid, pose, self._camera):
            if shine.shape[0] > 1:
                cv2.fillConvexPoly(shine, hull, (0, 0, 0), cv2.LINE_8, SHIFT)
            cv2.fillConvexPoly(self.halo, hull // _COARSE, (0, 0, 0), cv2.LINE_8, SHIFT)

    def _glows(self, solid: Solid, pose: Pose) -> None:
        lit = [index for index, glow in enumerate(solid.glows) if glow is not None]
        if not lit or self._air.light == "day":
            return
        view = self._camera.view(pose.place(solid.vertices))
        if float(view[:, 2].min()) < NEAR_M:
            return
        eye = pose.local_eye(self._camera)
        pixels = to_fixed(self._camera.pixels(view))
        for index in lit:
            glow = solid.glows[index]
            if (
                glow is not None
                and float(np.dot(solid.normals[index], eye - solid.anchors[index])) > 0
            ):
                face = solid.faces[index]
                corners = pixels[face[0] : face[-1] + 1]
                dim = 0.75 if self._air.light == "night" else 0.4
                cv2.fillConvexPoly(self.shine, corners, [v * dim for v in glow], cv2.LINE_AA, SHIFT)

    def _lamp(
        self, at: FloatArray, radius_m: float, colour: Colour, strong: float, big: bool
    ) -> None:
        view = self._camera.view(at)
        depth = float(view[0, 2])
        if (
            depth < 2
            or self._camera.depth_m(float(at[0, 0]), float(at[0, 2])) > self._camera.crest_m + 6
        ):
            return
        x, y = (float(v) for v in self._camera.pixels(view)[0])
        radius = max(radius_m * self._camera.focal_px / depth, 0.7)
        clear = float(self._air.clearness(depth))
        level = strong * clear * (0.75 if self._air.light == "day" else 1.0)
        spot = (round(x * 16), round(y * 16))
        cv2.circle(
            self.shine,
            spot,
            round(radius * 16),
            [v * level for v in colour],
            -1,
            cv2.LINE_AA,
            SHIFT,
        )
        reach = radius / _COARSE * (1.5 if big else 0.9)
        dark = {"day": 0.25, "dusk": 0.7, "night": 1.0}[self._air.light]
        small = (round(x * 16 / _COARSE), round(y * 16 / _COARSE))
        power = level * dark * (1.0 if big else 0.6)
        cv2.circle(
            self.halo,
            small,
            round(max(reach, 0.5) * 16),
            [v * power for v in colour],
            -1,
            cv2.LINE_AA,
            SHIFT,
        )

    def _beam(self, solid: Solid, pose: Pose) -> None:
        nose = float(solid.extent[2])
        for reach, wide, strength in ((26.0, 3.6, 0.26), (14.0, 2.6, 0.36)):
            fan = np.array(
                [
                    [-0.9, 0, nose + 1],
                    [0.9, 0, nose + 1],
                    [wide, 0, nose + reach * 0.7],
                    [wide * 0.6, 0, nose + reach],
                    [-wide * 0.6, 0, nose + reach],
                    [-wide, 0, nose + reach * 0.7],
                ],
                np.float32,
            )
            self._pool(pose.place(fan), (0.82 * strength, 0.93 * strength, strength))

    def _pool(self, ground: FloatArray, colour: Colour) -> None:
        polygon = self._camera.polygon(ground)
        if polygon is None:
            return
        layer = np.zeros(self.pools.shape[:2], np.uint8)
        cv2.fillPoly(layer, [polygon // _COARSE], 255, cv2.LINE_AA, SHIFT)
        x, y, w, h = cv2.boundingRect(layer)
        if w and h:
            patch = layer[y : y + h, x : x + w, None].astype(np.float32) * np.float32(1 / 255)
            self.pools[y : y + h, x : x + w] += patch * np.array(colour, np.float32)


def _enlarged(light: npt.NDArray[np.generic], size_wh: tuple[int, int]) -> Image:
    """Coarse light, 0..255, at the size of the picture."""
    small = np.asarray(np.clip(light, 0, 255), np.uint8)
    return cv2.resize(small, size_wh, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
