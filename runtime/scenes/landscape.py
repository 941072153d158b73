"""What stands around the road: sky, clouds, hills, trees, buildings, lamp posts, guard rails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .camera import Camera, FloatArray, Image, fill
from .conditions import Colour, Conditions
from .ground import band
from .painter import Pose
from .solids import Builder, Solid, scale
from .world import World


@dataclass(frozen=True, slots=True)
class Post:
    """A lamp post: the foot and where its lamp hangs, world axes."""

    foot: tuple[float, float, float]
    head: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class House:
    """A building and where it stands."""

    solid: Solid
    pose: Pose


def paint_sky(image: Image, air: Conditions, horizon_row: float, rng: np.random.Generator) -> None:
    """Gradient, clouds, and stars or a moon by night."""
    height, width = image.shape[:2]
    rows = max(2, min(height, int(horizon_row) + 2))
    rise = np.linspace(1, 0, rows, dtype=np.float32)[:, None] ** np.float32(0.8)
    zenith, low = np.array(air.zenith_colour, np.float32), np.array(air.horizon_colour, np.float32)
    gradient = low + (zenith - low) * rise
    sky = np.repeat(gradient[:, None, :], width, axis=1)
    cover = {"clear": 0.35, "overcast": 0.75, "rain": 0.6, "fog": 0.0}[air.weather]
    if cover and rows > 8:
        cloud = np.zeros((rows, width), np.float32)
        for cells, weight in ((5, 1.0), (11, 0.55), (26, 0.28)):
            grid = rng.random((max(2, cells * rows // width + 2), cells)).astype(np.float32)
            cloud += weight * cv2.resize(grid, (width, rows), interpolation=cv2.INTER_CUBIC)
        alpha = np.clip((cloud / 1.83 - (0.72 - 0.4 * cover)) * 2.6, 0, 0.85) * (0.35 + 0.65 * rise)
        tone = low * 0.35 + np.float32(165) if air.light == "day" else low * np.float32(0.8)
        if air.weather != "clear":
            tone = tone * np.float32(0.84)
        sky += (tone - sky) * alpha[..., None].astype(np.float32)
    image[:rows] = np.clip(sky, 0, 255)
    image[rows:] = np.clip(low, 0, 255)
    if air.light == "night" and air.weather == "clear":
        for _ in range(40):
            spot = (int(rng.integers(width)), int(rng.integers(rows)))
            cv2.circle(image, spot, 0, (210, 210, 210), -1)


def paint_hills(image: Image, world: World, rng: np.random.Generator) -> None:
    """Up to three far ridges and a tree line that stand on the skyline."""
    camera, air = world.camera, world.air
    height, width = image.shape[:2]
    base = camera.ground_row
    gap = base - camera.horizon_row
    haze = np.array(air.haze_colour)
    layers = int(rng.integers(1, 4))
    for layer in range(layers):
        last = layer == layers - 1
        rise = gap + height * float(rng.uniform(0.02, 0.05) if last else rng.uniform(0.05, 0.12)) * (layers - layer) ** 0.5
        knots = rng.uniform(0.25, 1.0, 9 if not last else 70).astype(np.float32)
        ridge = cv2.resize(knots[None], (width + 1, 1), interpolation=cv2.INTER_CUBIC)[0]
        if last:
            ridge = 0.8 + 0.2 * ridge
        tops = base + 1 - rise * ridge
        outline = np.stack([np.arange(width + 1, dtype=np.float32), tops], axis=1)
        outline = np.concatenate([outline, [[width, base + 2], [0, base + 2]]])
        clear = float(air.clearness(90.0 + 260.0 * (layers - layer - 1))) * (0.85 if last else 0.6)
        body = np.array((70, 92, 70) if last else (120, 116, 96)) * (np.array(air.sky_bgr) + 0.3 * np.array(air.sun_bgr))
        tone = body * clear + haze * (1 - clear)
        cv2.fillPoly(image, [np.rint(outline * 16).astype(np.int32)], [float(v) for v in tone], cv2.LINE_AA, 4)


@lru_cache(maxsize=1)
def _tree_sprites() -> tuple[Image, ...]:
    return tuple(_tree(np.random.default_rng([5, number]), number) for number in range(9))


def _tree(rng: np.random.Generator, number: int) -> Image:
    """A tree picture (160, 128, 2): shade and coverage."""
    shade, cover = np.zeros((320, 256), np.uint8), np.zeros((320, 256), np.uint8)
    kind = number % 3
    if kind < 2:
        for plane, tone in ((shade, 70), (cover, 255)):
            cv2.fillConvexPoly(plane, np.array([[118, 320], [138, 320], [132, 150], [124, 150]]), tone)
    blobs = 150 if kind < 2 else 80
    spots = []
    for _ in range(blobs):
        if kind == 1:
            v = float(rng.uniform(0, 1))
            spots.append((128 + float(rng.normal(0, 0.16)) * 230 * v, 14 + 270 * v, 8 + 12 * v))
        else:
            angle, far = float(rng.uniform(0, 6.283)), float(rng.uniform(0, 1)) ** 0.5
            middle, tall = (110.0, 92.0) if kind == 0 else (250.0, 56.0)
            spots.append((128 + far * 92 * np.cos(angle), middle + far * tall * np.sin(angle), float(rng.uniform(10, 26))))
    spots.sort(key=lambda spot: -spot[1])
    for x, y, radius in spots:
        bright = 95 + 105 * (1 - y / 300) + float(rng.normal(0, 12))
        centre = (int(x), int(y))
        cv2.circle(cover, centre, int(radius), 255, -1, cv2.LINE_AA)
        cv2.circle(shade, centre, int(radius), float(bright * 0.82), -1, cv2.LINE_AA)
        cv2.circle(shade, (int(x - radius * 0.2), int(y - radius * 0.3)), int(radius * 0.66), float(bright), -1, cv2.LINE_AA)
    both = np.dstack([shade, cover])
    return cv2.resize(both, (128, 160), interpolation=cv2.INTER_AREA).astype(np.uint8)


def paint_trees(image: Image, world: World, rng: np.random.Generator) -> None:
    """Trees and bushes on both sides, far ones first."""
    camera, road, air = world.camera, world.road, world.air
    count = int(rng.integers(0, 34))
    verge = world.view == "verge"
    spots = []
    for _ in range(count):
        side = 1 if rng.random() < 0.5 else -1
        if verge:
            side = -1 if camera.x_m > 0 else 1
        aside = road.half_width_m + road.shoulder_m + float(rng.uniform(4, 34))
        z = float(rng.uniform(-90, 120)) if verge else float(rng.uniform(8, 190))
        x = side * aside + float(road.middle(np.array([z], np.float32))[0])
        spots.append((camera.depth_m(x, z), x, z, int(rng.integers(9)), float(rng.uniform(5, 13))))
    tints = [np.array(t, np.float32) for t in ((74, 128, 96), (60, 112, 74), (66, 130, 128), (84, 108, 84))]
    season = tints[int(rng.integers(len(tints)))]
    light = np.array(air.sky_bgr, np.float32) + 0.55 * np.array(air.sun_bgr, np.float32)
    for depth, x, z, number, tall in sorted(spots, reverse=True):
        if depth < 6 or depth > camera.crest_m + 30:
            continue
        sprite = _tree_sprites()[number]
        if number % 3 == 2:
            tall *= 0.4
        clear = float(air.clearness(depth))
        colour = season * light * np.float32(rng.uniform(0.85, 1.1))
        _blend_sprite(image, world, (x, z, tall), sprite, colour, clear)


def _blend_sprite(image: Image, world: World, place: tuple[float, float, float], sprite: Image,
                  colour: FloatArray, clear: float) -> None:
    camera = world.camera
    x, z, tall = place
    drop = -camera.drop_m(camera.depth_m(x, z))
    view = camera.view(np.array([[x, drop, z], [x, drop + tall, z]], np.float32))
    if float(view[:, 2].min()) < 2:
        return
    foot, top = camera.pixels(view)
    high = int(foot[1] - top[1])
    wide = int(high * 0.8)
    if high < 3 or high > 2 * image.shape[0]:
        return
    x0, y0 = int(foot[0] - wide / 2), int(foot[1]) - high
    left, upper = max(0, x0), max(0, y0)
    right, lower = min(image.shape[1], x0 + wide), min(image.shape[0], y0 + high)
    if camera.depth_m(x, z) > camera.crest_m:
        lower = min(lower, int(camera.ground_row))
    if right - left < 1 or lower - upper < 1:
        return
    small = cv2.resize(sprite, (wide, high), interpolation=cv2.INTER_AREA if high < 160 else cv2.INTER_LINEAR)
    small = small[upper - y0 : lower - y0, left - x0 : right - x0].astype(np.float32)
    haze = np.array(world.air.haze_colour, np.float32)
    tone = (small[..., :1] * (1 / 150)) * (colour * clear) + haze * (1 - clear)
    patch = image[upper:lower, left:right]
    patch[:] = np.clip(patch + (tone - patch) * (small[..., 1:] * (1 / 255)), 0, 255)


def draw_houses(world: World, rng: np.random.Generator) -> list[House]:
    """Buildings away from the road, far ones first."""
    if rng.random() < 0.45:
        return []
    camera, road = world.camera, world.road
    verge = world.view == "verge"
    houses = []
    for _ in range(int(rng.integers(1, 6))):
        side = 1 if rng.random() < 0.5 else -1
        if verge:
            side = -1 if camera.x_m > 0 else 1
        half = float(rng.uniform(5, 10))
        aside = road.half_width_m + road.shoulder_m + half + float(rng.uniform(6, 28))
        z = float(rng.uniform(-50, 80)) if verge else float(rng.uniform(28, 130))
        x = side * aside + float(road.middle(np.array([z], np.float32))[0])
        depth = camera.depth_m(x, z)
        if depth > min(camera.crest_m - 8, 150):
            continue
        houses.append((depth, House(_house(half, rng), Pose(x, z, 0.0))))
    return [house for _, house in sorted(houses, key=lambda pair: -pair[0])]


def _house(half: float, rng: np.random.Generator) -> Solid:
    walls: tuple[Colour, ...] = ((168, 182, 196), (150, 156, 168), (110, 128, 168), (186, 190, 192), (140, 150, 150))
    wall = walls[int(rng.integers(len(walls)))]
    floors, columns = int(rng.integers(1, 6)), int(rng.integers(3, 6))
    high, long = 3.1 * floors + 0.8, float(rng.uniform(5, 9))
    b = Builder()
    block = b.block((0.0, high), (half, -long, long), (half, -long, long), wall, gloss=0.0)
    for face in (block["back"], block["left"], block["right"]):
        for floor in range(floors):
            for column in range(columns):
                u, v = (column + 0.25) / columns, (0.9 + floor * 3.1) / high
                lit: Colour | None = (90, 170, 220) if rng.random() < 0.4 else None
                b.decal(face, (u, v, u + 0.5 / columns, v + 1.5 / high), (88, 74, 66), gloss=0.6, glow=lit)
    if floors < 3:
        roof: Colour = (60, 70, 130) if rng.random() < 0.6 else (92, 88, 86)
        b.block((high, high + half * 0.5), (half + 0.4, -long - 0.4, long + 0.4), (0.05, -long, long), roof, gloss=0.0, group=(-long, long))
    else:
        b.block((high, high + 0.5), (half + 0.15, -long - 0.15, long + 0.15), (half + 0.15, -long - 0.15, long + 0.15), scale(wall, 0.8), gloss=0.0, group=(-long, long))
    return b.build()


def draw_posts(world: World, rng: np.random.Generator) -> list[Post]:
    """Lamp posts along one or both edges, far ones first; often none."""
    if rng.random() < 0.45:
        return []
    road, camera = world.road, world.camera
    spacing, tall = float(rng.uniform(24, 38)), float(rng.uniform(7.5, 10))
    sides = (1, -1) if rng.random() < 0.4 else ((1,) if rng.random() < 0.5 else (-1,))
    phase = float(rng.uniform(0, spacing))
    posts = []
    for number in range(7):
        z = phase + (number - (3 if world.view == "verge" else 0)) * spacing + 4
        if camera.depth_m(0.0, z) > camera.crest_m - 2:
            continue
        middle = float(road.middle(np.array([z], np.float32))[0])
        for side in sides:
            x = side * (road.half_width_m + road.shoulder_m + 0.9) + middle
            posts.append(Post((x, 0.0, z), (x - side * 2.2, tall, z)))
    return sorted(posts, key=lambda post: -camera.depth_m(post.foot[0], post.foot[2]))


def paint_post(image: Image, post: Post, camera: Camera, air: Conditions) -> None:
    """Draw one lamp post."""
    x, _, z = post.foot
    head_x, tall, _ = post.head
    bend = tall - 0.5
    line = np.array([[x, 0, z], [x, bend, z], [x + (head_x - x) * 0.4, tall, z], [head_x, tall, z]], np.float32)
    view = camera.view(line)
    if float(view[:, 2].min()) < 1.5:
        return
    pixels = np.rint(camera.pixels(view) * 16).astype(np.int32)
    clear = float(air.clearness(float(view[0, 2])))
    tone = np.array((112, 110, 108)) * np.array(air.sky_bgr) * clear + np.array(air.haze_colour) * (1 - clear)
    colour = [float(v) for v in tone]
    thick = max(1, round(0.17 * camera.focal_px / float(view[0, 2])))
    cv2.polylines(image, [pixels[:2]], False, colour, thick, cv2.LINE_AA, 4)
    cv2.polylines(image, [pixels[1:]], False, colour, max(1, round(thick * 0.7)), cv2.LINE_AA, 4)
    cv2.polylines(image, [pixels[2:]], False, [v * 0.7 for v in colour], max(1, round(thick * 1.3)), cv2.LINE_AA, 4)


def paint_rail(image: Image, world: World, side: int) -> None:
    """Draw the guard rail along one edge of the road."""
    camera, road, air = world.camera, world.road, world.air
    at = side * (road.half_width_m + road.shoulder_m + 0.5)
    reach = min(camera.crest_m, 170.0)
    start = -80.0 if world.view == "verge" else 1.0
    along = np.linspace(start, reach, 64).astype(np.float32)
    light = np.array(air.sky_bgr) + 0.4 * np.array(air.sun_bgr)
    middle = road.middle(along)
    clear = float(air.clearness(40.0))
    haze = np.array(air.haze_colour)
    for low, high, tone in ((0.45, 0.78, 150), (0.57, 0.65, 112), (0.75, 0.79, 196)):
        foot = band(road, camera, at, at, along)
        half = len(along)
        foot[:half, 1] += low
        foot[half:, 1] += high
        colour = np.array((tone, tone - 2, tone - 4)) * light * clear + haze * (1 - clear)
        fill(image, camera.polygon(foot), (float(colour[0]), float(colour[1]), float(colour[2])))
    for z, centre in zip(along[::1], middle, strict=True):
        post = camera.view(np.array([[at + centre, 0, z], [at + centre, 0.5, z]], np.float32))
        if 1.5 < float(post[0, 2]) < 60:
            ends = np.rint(camera.pixels(post) * 16).astype(np.int32)
            thick = max(1, round(0.1 * camera.focal_px / float(post[0, 2])))
            cv2.polylines(image, [ends], False, [float(v) for v in np.array((88, 86, 84)) * light], thick, cv2.LINE_AA, 4)
