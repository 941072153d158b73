"""The still part of a scene, painted once, and the shots taken of vehicles on it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .camera import FloatArray, Image
from .furniture import draw_posts, paint_post, paint_rail
from .ground import paint_ground, strip_grey
from .houses import draw_houses
from .lens import through_lens
from .lights import LightField
from .painter import paint, shadow
from .sky import paint_hills, paint_sky
from .trees import paint_trees
from .truth import Actor, far_first
from .world import World


class Stage:
    """A painted world that vehicles are put into."""

    def __init__(self, world: World) -> None:
        """Paint everything that does not move."""
        self.world = world
        camera, road, air = world.camera, world.road, world.air
        rng = np.random.default_rng(world.seed)
        width, height = camera.size_wh
        image = np.empty((height, width, 3), np.uint8)
        paint_sky(image, air, camera.ground_row, rng)
        paint_hills(image, world, rng)
        paint_ground(image, world, rng)
        self._light = LightField(camera, air)
        for house in draw_houses(world, rng):
            paint(image, house.solid, house.pose, camera, air)
            if air.light != "day":
                self._light.add_windows(house.solid, house.pose)
        paint_trees(image, world, rng)
        own_side = 0 if abs(camera.x_m) < road.half_width_m else (1 if camera.x_m > 0 else -1)
        railed = [side for side in (-1, 1) if rng.random() < 0.5]
        posts = draw_posts(world, rng)
        self._front_rails = [side for side in railed if side == own_side]
        self._front_posts = [post for post in posts if post.foot[0] * own_side > 0]
        for side in railed:
            if side != own_side:
                paint_rail(image, world, side)
        for post in posts:
            if post not in self._front_posts:
                paint_post(image, post, camera, air)
            if air.light != "day":
                self._light.add_post(post)
        self._still = image
        self._mirror = self._mirror_mask() if air.wet else None

    def shoot(self, cast: Sequence[Actor], rng: np.random.Generator) -> Image:
        """The picture with these vehicles, noise from `rng`."""
        world = self.world
        camera, air = world.camera, world.air
        image = self._still.copy()
        ordered = far_first(cast, camera)
        for actor in ordered:
            shadow(image, actor.solid, actor.pose, camera, air)
        if self._mirror is not None and cast:
            image = self._reflect(image, ordered)
        for actor in ordered:
            paint(image, actor.solid, actor.pose, camera, air)
        for side in self._front_rails:
            paint_rail(image, world, side)
        for post in self._front_posts:
            paint_post(image, post, camera, air)
        if air.lamps_lit:
            light = LightField(camera, air, self._light)
            for actor in ordered:
                light.add_vehicle(actor.solid, actor.pose)
            if self._mirror is not None:
                light.streaks(self._mirror)
            image = light.apply(image)
        return through_lens(image, air, rng)

    def _mirror_mask(self) -> FloatArray:
        mask = np.zeros(self._still.shape[:2], np.uint8)
        outer = self.world.road.half_width_m + self.world.road.shoulder_m
        strip_grey(mask, self.world, -outer, outer, 255)
        return np.asarray(mask, np.float32) * np.float32(0.4 / 255)

    def _reflect(self, image: Image, ordered: Sequence[Actor]) -> Image:
        assert self._mirror is not None
        camera, air = self.world.camera, self.world.air
        mirrored = image.copy()
        for actor in ordered:
            if camera.depth_m(actor.pose.x_m, actor.pose.z_m) < camera.crest_m:
                paint(mirrored, actor.solid, actor.pose, camera, air, mirror=True)
        unit = image.shape[1] / 640
        mirrored = cv2.blur(mirrored, (2 * round(unit) + 1, 2 * round(5 * unit) + 1)).astype(
            np.uint8
        )
        mask = self._mirror
        return cv2.blendLinear(mirrored, image, mask, 1 - mask).astype(np.uint8)
