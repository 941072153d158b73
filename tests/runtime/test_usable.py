"""A dead camera is told from a dark road."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import Reason
from trucksight.runtime.contract import InputContract, model_input
from trucksight.runtime.detector_options import LIMITS
from trucksight.runtime.errors import UsageError
from trucksight.runtime.scenes import render_picture
from trucksight.runtime.scenes.conditions import Conditions, draw_conditions
from trucksight.runtime.usable import SMALLEST_SIDE, Limits, shows_nothing, unusable

SHAPE = (360, 640, 3)
BLACK_LEVEL = 20


def hot_pixels(frame: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    """The frame with white pixels strewn over it."""
    rng = np.random.default_rng(1)
    frame = frame.copy()
    frame[rng.integers(0, frame.shape[0], count), rng.integers(0, frame.shape[1], count)] = 255
    return frame


def noisy(level: int, deviation: float) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(2).normal(level, deviation, SHAPE)
    return np.clip(noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros(SHAPE, np.uint8),
        np.full(SHAPE, 16, np.uint8),
        noisy(16, 1.3),
        noisy(3, 4),
        hot_pixels(np.zeros(SHAPE, np.uint8), 100),
        np.full(SHAPE, BLACK_LEVEL, np.uint8),
    ],
    ids=["black", "video black", "noisy video black", "a cap on", "hot pixels", "just black"],
)
def test_a_covered_lens_is_black_and_says_how_dark(frame: npt.NDArray[np.uint8]) -> None:
    fault = unusable(frame)
    assert fault is not None
    assert fault.reason is Reason.BLACK
    assert f"at or under {BLACK_LEVEL}/255" in fault.detail


def lamp() -> npt.NDArray[np.uint8]:
    frame = np.full(SHAPE, 4, np.uint8)
    frame[100:140, 200:240] = 255
    return frame


@pytest.mark.parametrize(
    "frame",
    [np.full(SHAPE, BLACK_LEVEL + 1, np.uint8), lamp(), noisy(128, 40)],
    ids=["just not black", "one lamp", "noise"],
)
def test_whatever_shows_some_light_is_judged(frame: npt.NDArray[np.uint8]) -> None:
    assert unusable(frame) is None


def draw_night(rng: np.random.Generator) -> Conditions:
    """Conditions by chance, drawn again until it is night."""
    while (conditions := draw_conditions(rng)).light != "night":
        pass
    return conditions


def test_no_night_scene_is_called_black(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trucksight.runtime.scenes.world.draw_conditions", draw_night)
    for index in range(40):
        scene = render_picture(3, index, (96, 64), truck=False)
        assert scene.conditions.light == "night"
        assert unusable(scene.image_bgr) is None


@pytest.mark.parametrize("size", [(SMALLEST_SIDE - 1, 640), (640, SMALLEST_SIDE - 1)])
def test_a_strip_holds_no_road(size: tuple[int, int]) -> None:
    fault = unusable(np.full((*size, 3), 200, np.uint8))
    assert fault is not None
    assert fault.reason is Reason.WRONG_SHAPE
    assert f"{size[1]}x{size[0]}" in fault.detail
    assert unusable(np.full((SMALLEST_SIDE, SMALLEST_SIDE, 3), 200, np.uint8)) is None


def seen(frame: npt.NDArray[np.uint8], limits: Limits | None = None) -> Reason | None:
    """What is wrong with the frame, before or after it became the model's input."""
    fault = unusable(frame, limits) or shows_nothing(model_input(frame, InputContract())[0], limits)
    return fault.reason if fault else None


@pytest.fixture(scope="module")
def road() -> npt.NDArray[np.uint8]:
    return render_picture(3, 0, (640, 360), truck=True).image_bgr


def test_a_white_picture_is_over_exposed(road: npt.NDArray[np.uint8]) -> None:
    assert seen(np.full(SHAPE, 255, np.uint8)) is Reason.OVEREXPOSED
    dazzled = np.clip(road.astype(int) + 240, 0, 255).astype(np.uint8)
    assert seen(dazzled) is Reason.OVEREXPOSED


@pytest.mark.parametrize("colour", [(128, 128, 128), (250, 40, 30), (0, 255, 0)])
def test_a_picture_of_one_colour_is_blank(colour: tuple[int, int, int]) -> None:
    assert seen(np.full(SHAPE, colour, np.uint8)) is Reason.BLANK
    assert seen(np.clip(noisy(120, 1.0), 0, 255)) is Reason.BLANK


def test_a_picture_out_of_focus_is_blurred(road: npt.NDArray[np.uint8]) -> None:
    assert seen(road) is None
    assert seen(cv2.GaussianBlur(road, (0, 0), 8)) is Reason.BLURRED
    assert seen(cv2.GaussianBlur(road, (0, 0), 1)) is None


def test_rendered_roads_of_every_kind_are_judged() -> None:
    found = {
        seen(render_picture(11, number, (640, 360), truck=number % 2 == 0).image_bgr)
        for number in range(40)
    }
    assert found == {None}


def test_limits_can_be_moved_and_switched_off(road: npt.NDArray[np.uint8]) -> None:
    assert (
        seen(np.full(SHAPE, 255, np.uint8), Limits(white_share=2, contrast=0, sharpness=0)) is None
    )
    assert seen(road, Limits(white_level=1)) is Reason.OVEREXPOSED
    assert seen(road, Limits(sharpness=2)) is Reason.BLURRED


@pytest.mark.parametrize("limits", [{"black_level": 256}, {"sharpness": -1}, {"frozen_s": 1e9}])
def test_limits_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"the limit {next(iter(limits))} must be 0 to"):
        Limits(**limits)


def test_every_limit_can_be_named_on_the_command_line() -> None:
    assert tuple(one.name for one in fields(Limits)) == LIMITS
