"""The land and the road on it: grass, asphalt, wear, markings, wetness, haze."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .camera import NEAR_M, Camera, FloatArray, Image, fill, to_fixed
from .conditions import Colour
from .solids import scale
from .world import Road, World

_GRASS: tuple[Colour, ...] = (
    (62, 112, 92),
    (58, 98, 78),
    (80, 128, 118),
    (96, 140, 150),
    (70, 104, 104),
)
_ASPHALT: tuple[Colour, ...] = ((98, 96, 94), (112, 110, 108), (84, 82, 82), (124, 122, 122))


def paint_ground(image: Image, world: World, rng: np.random.Generator) -> None:
    """Draw land, road and markings into the picture below its skyline."""
    camera, road, air = world.camera, world.road, world.air
    top = int(np.clip(np.ceil(camera.ground_row), 0, image.shape[0] - 2))
    light = _daylight(world)
    grass = _GRASS[int(rng.integers(len(_GRASS)))]
    asphalt = _ASPHALT[int(rng.integers(len(_ASPHALT)))]
    if air.wet:
        asphalt = scale(asphalt, 0.72)
    image[top:] = _times(grass, light)
    outer = road.half_width_m + road.shoulder_m
    strip(
        image,
        world,
        -outer - 1.2,
        outer + 1.2,
        _times(scale(grass, 1.0) if rng.random() < 0.3 else (108, 126, 138), light),
    )
    strip(image, world, -outer, outer, _times(asphalt, light))
    _grain(image, world, top, rng)
    if air.wet:
        _sheen(image, world, top)
    _markings(image, world, light, rng)
    _haze(image, world, top)


def strip(
    image: Image,
    world: World,
    left: float,
    right: float,
    colour: Colour,
    z: tuple[float, float] | None = None,
) -> None:
    """Fill the band of ground between two distances from the middle of the road."""
    start, end = z or (-160.0, 900.0)
    if world.view != "verge":
        start = max(start, -2.0)
    limit = world.camera.crest_m + 8
    end = min(end, max(limit, 1.0))
    if end <= start:
        return
    count = 2 if end - start < 8 else (2 if world.view == "verge" else 40)
    turns = np.linspace(np.arcsinh(start / 8), np.arcsinh(end / 8), count)
    along = (8 * np.sinh(turns)).astype(np.float32)
    fill(image, world.camera.polygon(band(world.road, world.camera, left, right, along)), colour)


def band(road: Road, camera: Camera, left: float, right: float, along: FloatArray) -> FloatArray:
    """World outline of the band between two lateral places at each z of `along`."""
    middle = road.middle(along)
    beyond = camera.depths_m(middle, along) - camera.crest_m
    drop = -camera.drops_m(beyond)
    one = np.stack([middle + np.float32(left), drop, along], axis=1)
    other = np.stack([middle + np.float32(right), drop, along], axis=1)[::-1]
    return np.concatenate([one, other]).astype(np.float32)


def _daylight(world: World) -> Colour:
    air = world.air
    return tuple(air.sky_bgr[i] + air.sun_bgr[i] * air.sun[1] * 0.9 for i in range(3))  # type: ignore[return-value]


def _times(colour: Colour, light: Colour) -> Colour:
    return (colour[0] * light[0], colour[1] * light[1], colour[2] * light[2])


@lru_cache(maxsize=1)
def _noise_tile() -> Image:
    """A seamless grey texture, 512 x 512, mean 128."""
    rng = np.random.default_rng(77)
    total = np.zeros((512, 512), np.float32)
    for cells, weight in ((16, 0.5), (64, 0.8), (128, 1.0), (512, 1.1)):
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        padded = np.pad(grid, 2, mode="wrap")
        step = 512 // cells
        big = (
            cv2.resize(padded, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
            if step > 1
            else padded
        )
        edge = 2 * step
        total += weight * big[edge : edge + 512, edge : edge + 512]
    return np.clip(128 + total * 26, 0, 255).astype(np.uint8)


def _grain(image: Image, world: World, top: int, rng: np.random.Generator) -> None:
    """Texture of grass and asphalt, tyre tracks and patches, fading with distance."""
    camera, road = world.camera, world.road
    x, z, depth = camera.ground_grid(top)
    u = x - road.middle(z) if road.bend_per_m else x
    shift = rng.uniform(0, 512, 2).astype(np.float32)
    tile = _noise_tile()
    noise = cv2.remap(
        tile,
        u * np.float32(40) + shift[0],
        z * np.float32(17) + shift[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    wear = np.full((image.shape[0], image.shape[1]), 128, np.uint8)
    for lane in road.lanes:
        for track in (-0.8, 0.8):
            strip_grey(wear, world, lane.centre_m + track - 0.28, lane.centre_m + track + 0.28, 117)
    for _ in range(int(rng.integers(0, 5))):
        at = float(rng.uniform(-road.half_width_m, road.half_width_m - 2))
        z0 = float(rng.uniform(3, 60))
        strip_grey(
            wear,
            world,
            at,
            at + float(rng.uniform(0.8, 3.4)),
            int(rng.integers(96, 146)),
            (z0, z0 + float(rng.uniform(2, 14))),
        )
    wear = cv2.blur(wear[top:], (5, 3)).astype(np.uint8)
    on_road = np.abs(u) < road.half_width_m + road.shoulder_m
    near = np.clip(26.0 / np.maximum(depth, 1.0), 0.12, 1.0).astype(np.float32)
    strength = np.where(on_road, np.float32(0.26), np.float32(0.6)) * near
    factor = wear + (noise.astype(np.float32) - 128) * strength
    factor8 = np.clip(factor, 0, 255).astype(np.uint8)
    patch = image[top:]
    cv2.multiply(patch, cv2.merge([factor8, factor8, factor8]), patch, 1 / 128)


def strip_grey(
    image: Image,
    world: World,
    left: float,
    right: float,
    value: int,
    z: tuple[float, float] | None = None,
) -> None:
    """`strip` for a single-channel picture."""
    strip(image, world, left, right, (value, value, value), z)


def _sheen(image: Image, world: World, top: int) -> None:
    """Wet asphalt mirrors the sky, more so at a flat angle."""
    mask = np.zeros(image.shape[:2], np.uint8)
    outer = world.road.half_width_m + world.road.shoulder_m
    strip_grey(mask, world, -outer, outer, 255)
    depth = world.camera.ground_depth(top)
    flat = np.clip(depth / 60, 0.08, 0.62).astype(np.float32)
    alpha = (mask[top:].astype(np.float32) * (1 / 255) * flat)[..., None]
    sky = np.array(world.air.horizon_colour, np.float32)
    patch = image[top:].astype(np.float32)
    image[top:] = (patch + (sky - patch) * alpha).astype(np.uint8)


def _markings(image: Image, world: World, light: Colour, rng: np.random.Generator) -> None:
    road = world.road
    worn = float(rng.uniform(0.78, 1.0))
    white = _times((226 * worn, 228 * worn, 230 * worn), light)
    yellow = _times((60 * worn, 178 * worn, 226 * worn), light)
    edge = road.half_width_m - 0.12
    left_edge = yellow if rng.random() < 0.25 else white
    strip(image, world, -edge - 0.08, -edge + 0.08, left_edge)
    strip(image, world, edge - 0.08, edge + 0.08, white)
    period, dash = (12.0, 4.0) if rng.random() < 0.6 else (18.0, 6.0)
    phase = float(rng.uniform(0, period))
    for first, second in zip(road.lanes, road.lanes[1:], strict=False):
        at = (first.centre_m + second.centre_m) / 2
        if first.direction != second.direction and len(road.lanes) > 2:
            strip(image, world, at - 0.24, at - 0.1, yellow if left_edge == yellow else white)
            strip(image, world, at + 0.1, at + 0.24, yellow if left_edge == yellow else white)
            continue
        _dashes(image, world, at, white, (period, dash, phase))


def _dashes(
    image: Image, world: World, at: float, colour: Colour, rhythm: tuple[float, float, float]
) -> None:
    """A broken line; the rhythm is its period, the length of a dash and where the first begins."""
    camera, road = world.camera, world.road
    period, dash, phase = rhythm
    first = -120.0 if world.view == "verge" else -period
    starts = (first + phase + period * np.arange(26)).astype(np.float32)
    ends = starts + np.float32(dash)
    left, right = np.float32(at - 0.07), np.float32(at + 0.07)
    corners = [(left, starts), (right, starts), (right, ends), (left, ends)]
    points = np.zeros((26, 4, 3), np.float32)
    for number, (aside, z) in enumerate(corners):
        points[:, number, 0] = road.middle(z) + aside
        points[:, number, 2] = z
    flat = points.reshape(-1, 3)
    beyond = camera.depths_m(flat[:, 0], flat[:, 2]) - camera.crest_m
    flat[:, 1] = -camera.drops_m(beyond)
    view = camera.view(flat).reshape(26, 4, 3)
    whole = (view[..., 2].min(axis=1) > NEAR_M) & (beyond.reshape(26, 4).max(axis=1) < 6)
    pixels = to_fixed(camera.pixels(view[whole].reshape(-1, 3))).reshape(-1, 4, 2)
    for quad in pixels:
        fill(image, quad, colour)
    shows = (view[..., 2].max(axis=1) > NEAR_M) & (beyond.reshape(26, 4).min(axis=1) < 0)
    for corners in points[shows & ~whole]:
        fill(image, camera.polygon(corners), colour)


def _haze(image: Image, world: World, top: int) -> None:
    depth = np.minimum(world.camera.ground_depth(top), 420)
    clear = world.air.clearness(depth)[..., None]
    haze = np.array(world.air.haze_colour, np.float32)
    image[top:] = (image[top:] * clear + haze * (1 - clear)).astype(np.uint8)
