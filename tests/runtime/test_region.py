"""A region shows its part of a frame, and nothing of the rest."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Verdict
from trucksight.runtime.detector import Detector
from trucksight.runtime.errors import FrameError, UsageError
from trucksight.runtime.region import Region

Picture = npt.NDArray[np.uint8]
ROAD = "0.3,0.1 0.7,0.1 1,0.8 1,1 0,1 0,0.8"


def noise(width: int, height: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def star(rng: random.Random) -> Region:
    """A simple polygon: corners in the order of their direction from within."""
    count = rng.randrange(3, 12)
    turns = sorted((number + rng.uniform(0.05, 0.95)) / count for number in range(count))
    x, y, reach = rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65), 0.34
    points = [
        (
            x + reach * rng.uniform(0.6, 1) * np.cos(2 * np.pi * turn),
            y + reach * rng.uniform(0.6, 1) * np.sin(2 * np.pi * turn),
        )
        for turn in turns
    ]
    return Region.parse(" ".join(f"{x:.6f},{y:.6f}" for x, y in points))


def inside_of(region: Region, width: int, height: int) -> tuple[Picture, tuple[int, int]]:
    """Where noise shows through, 1, and where there is paint, 0; and the crop's place."""
    low = np.rint(np.array(region.points).min(axis=0) * (width, height)).astype(int)
    frame = noise(width, height, seed=99)
    shown = region.apply(frame)
    rows, columns = shown.shape[:2]
    part = frame[low[1] : low[1] + rows, low[0] : low[0] + columns]
    return (shown == part).all(axis=-1).astype(np.uint8), (int(low[0]), int(low[1]))


def test_two_points_are_a_box_whatever_their_order() -> None:
    corners = {(0.1, 0.2), (0.9, 0.2), (0.9, 1.0), (0.1, 1.0)}
    for text in ("0.1,0.2 0.9,1", "0.9,1 0.1,0.2", "0.1,1 0.9,0.2", " 0.9,0.2   0.1,1 "):
        assert set(Region.parse(text).points) == corners


def test_points_are_kept_as_they_came() -> None:
    assert Region.parse("0,0 1,0 0.5,1").points == ((0, 0), (1, 0), (0.5, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected 2 to 64 points"),
        ("0.1,0.2", "expected 2 to 64 points .*, not 1"),
        (" ".join(["0.1,0.2"] * 65), "expected 2 to 64 points .*, not 65"),
        ("0.1,0.2 0.9", "'0.9' is no point x,y"),
        ("0.1,0.2 0.9,0.8,0.7", "'0.9,0.8,0.7' is no point x,y"),
        ("0.1,0.2 a,b", "'a,b' is no point x,y"),
        ("0.1,0.2 1.01,0.9", "'1.01,0.9' lies outside the frame"),
        ("-0.1,0.2 1,0.9", "'-0.1,0.2' lies outside the frame"),
        ("nan,0.2 1,0.9", "'nan,0.2' lies outside the frame"),
        ("0.1,0.1 0.19,0.2", "expected at least 1% of the frame, not 0.90%"),
        ("0.1,0.1 0.1,0.9", "expected at least 1% of the frame, not 0.00%"),
        ("0,0 0.2,0.1 0.4,0.2", "expected at least 1% of the frame, not 0.00%"),
        ("0,0 1,1 1,0 0,0.6", "edges must not cross or touch; 0,0 to 1,1 and 1,0 to 0,0.6 do"),
        ("0,0 1,0 1,1 0.5,0 0,1", "edges must not cross or touch"),
        ("0,0 1,0 1,1 0,1 0,0", "edges must not cross or touch"),
        ("0,0 1,0 1,0 1,1 0,1", "edges must not cross or touch"),
        ("0,0 0.8,0 0.4,0 0.4,1 0,1", "edges must not cross or touch"),
        ("0,0 1,0 1,1 0.5,0.5 1,1 0,1", "edges must not cross or touch"),
    ],
)
def test_what_is_no_region_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Region.parse(text)


@pytest.mark.parametrize(
    "text", ["0,0 0.1,0.1", "0,0 0.5,0 1,0 1,1 0,1", "0,0 1,0 0.5,0.2 1,1 0,1"]
)
def test_a_small_box_a_straight_corner_and_a_notch_are_regions(text: str) -> None:
    assert Region.parse(text).points


def test_a_box_is_the_frame_itself_without_a_copy() -> None:
    frame = noise(640, 480)
    shown = Region.parse("0.25,0.5 0.75,1").apply(frame)
    assert np.shares_memory(shown, frame)
    np.testing.assert_array_equal(shown, frame[240:480, 160:480])


def test_neither_a_box_nor_a_polygon_lets_the_frame_be_changed() -> None:
    frame = noise(320, 240)
    before = frame.copy()
    box = Region.parse("0,0 1,1").apply(frame)
    with pytest.raises(ValueError, match="read-only"):
        box[:] = 0
    polygon = Region.parse(ROAD).apply(frame)
    polygon[:] = 0
    np.testing.assert_array_equal(frame, before)
    assert frame.flags.writeable


def test_a_frame_that_is_read_only_will_do() -> None:
    frame = noise(320, 240)
    frame.flags.writeable = False
    for text in ("0,0 1,1", ROAD):
        assert Region.parse(text).apply(frame).size


def test_a_polygon_that_is_a_box_is_one() -> None:
    frame = noise(320, 240)
    assert np.shares_memory(Region.parse("0.1,0.2 0.9,0.2 0.9,1 0.1,1").apply(frame), frame)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_size_the_crop_lies_inside_the_frame(seed: int) -> None:
    rng = random.Random(seed)
    region = star(rng)
    width, height = rng.randrange(150, 2000), rng.randrange(150, 1200)
    low = np.array(region.points).min(axis=0) * (width, height)
    high = np.array(region.points).max(axis=0) * (width, height)
    shown = region.apply(np.zeros((height, width, 3), np.uint8))
    assert abs(shown.shape[1] - (high - low)[0]) <= 1
    assert abs(shown.shape[0] - (high - low)[1]) <= 1
    assert (region.points_px(width, height) >= 0).all()
    assert (region.points_px(width, height) < (width, height)).all()


@pytest.mark.parametrize("seed", range(20))
def test_what_shows_is_what_lies_inside_the_polygon(seed: int) -> None:
    """By OpenCV's own test for each pixel's centre; at an edge, a pixel wide, both are right."""
    rng = random.Random(seed)
    region, width, height = star(rng), rng.randrange(100, 220), rng.randrange(100, 220)
    shown, (left, top) = inside_of(region, width, height)
    contour = (np.array(region.points) * (width, height)).astype(np.float32)
    told = 0
    for row in range(shown.shape[0]):
        for column in range(shown.shape[1]):
            centre = (left + column + 0.5, top + row + 0.5)
            distance = cv2.pointPolygonTest(contour, centre, True)
            if abs(distance) > 1.25:
                told += 1
                assert shown[row, column] == (distance > 0), centre
    assert told > shown.size / 2


@pytest.mark.parametrize("seed", range(10))
def test_nothing_outside_has_any_influence(seed: int) -> None:
    region = star(random.Random(seed))
    frame = noise(333, 247, seed)
    shown, (left, top) = inside_of(region, 333, 247)
    other = noise(333, 247, seed + 100)
    part = other[top : top + shown.shape[0], left : left + shown.shape[1]]
    own = frame[top : top + shown.shape[0], left : left + shown.shape[1]]
    part[shown > 0] = own[shown > 0]
    np.testing.assert_array_equal(region.apply(other), region.apply(frame))


@pytest.mark.parametrize("size_wh", [(640, 480), (1280, 720), (300, 225), (97, 333)])
def test_the_paint_continues_the_colours_of_the_edge(size_wh: tuple[int, int]) -> None:
    """The left half is dark, the right half is light: so is what stands for the corners."""
    width, height = size_wh
    frame = np.full((height, width, 3), (30, 40, 50), np.uint8)
    frame[:, width // 2 :] = (200, 210, 220)
    shown = Region.parse(ROAD).apply(frame)
    last = shown.shape[1] - 1
    assert np.abs(shown[0, 0].astype(int) - (30, 40, 50)).max() <= 2
    assert np.abs(shown[0, last].astype(int) - (200, 210, 220)).max() <= 2


def test_paint_of_one_colour_is_that_colour() -> None:
    frame = np.full((480, 640, 3), (17, 130, 255), np.uint8)
    painted = Region.parse(ROAD).apply(frame)
    assert np.abs(painted.astype(int) - (17, 130, 255)).max() <= 1


def test_a_sliver_is_painted_too() -> None:
    """Thinner than half a cell of what the paint is made of, and none of it in the first cell."""
    frame = np.full((480, 640, 3), 90, np.uint8)
    painted = Region.parse("1,0 1,0.012 0,1 0,0.988").apply(frame)
    assert np.abs(painted.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("text", ["0.1,0.1 0.3,0.9", "0.1,0.1 0.9,0.3", "0,0 0.2,0 0.1,0.9"])
def test_a_region_of_too_few_pixels_is_refused(text: str) -> None:
    with pytest.raises(FrameError, match=r"expected 32 or more each way: take a larger region"):
        Region.parse(text).apply(noise(150, 150))


def test_32_pixels_are_enough() -> None:
    assert Region.parse("0,0 0.5,0.5").apply(noise(64, 64)).shape == (32, 32, 3)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(FrameError, match="uint8"):
        Region.parse("0,0 1,1").apply(np.zeros((48, 64), np.uint8))


def test_frames_of_another_size_have_their_own_mask() -> None:
    region = Region.parse(ROAD)
    sizes = [(640, 480), (320, 240), (640, 480), (480, 640), (100, 100), (50, 50), (640, 480)]
    for width, height in sizes:
        assert region.apply(noise(width, height)).shape == (round(height * 0.9), width, 3)


def test_points_for_drawing_are_pixels_of_the_picture() -> None:
    points = Region.parse("0,0 1,0 1,1 0.25,0.5").points_px(640, 480)
    assert points.dtype == np.int32
    assert points.tolist() == [[0, 0], [639, 0], [639, 479], [160, 240]]


@pytest.mark.parametrize("text", ["0,0.1 1,1", ROAD])
def test_a_detector_takes_what_a_region_shows(
    text: str, fake_bundle: Path, paint: Callable[..., Picture]
) -> None:
    with Detector(fake_bundle) as detector:
        decision = detector.decide(Region.parse(text).apply(paint(230, 640, 480)))
    assert decision.verdict is Verdict.TRUCK
