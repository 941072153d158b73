"""What a gate cannot see, because source and variant share it, is looked for in the source."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.refused import ExportRefused
from trucksight.export.source_check import (
    check_color_order,
    check_label_order,
    check_range_pictures,
)
from trucksight.runtime.contract import InputContract, model_input
from trucksight.runtime.errors import DataError
from trucksight.runtime.scenes import render_picture

TRUTH = np.arange(200) % 2 == 0
RNG = np.random.default_rng(9)
GOOD = np.clip(np.where(TRUTH, 0.8, 0.2) + RNG.normal(0, 0.2, 200), 0, 1)
CHANCE = RNG.random(200)
CONTRACT = InputContract(64, 64)


@pytest.fixture(scope="module")
def scenes() -> npt.NDArray[np.uint8]:
    frames = [render_picture(3, index, (160, 96)).image_bgr for index in range(48)]
    return np.concatenate([model_input(frame, CONTRACT) for frame in frames])


def test_good_and_useless_scores_are_no_swapped_labels() -> None:
    check_label_order(TRUTH, GOOD, "pictures")
    check_label_order(TRUTH, CHANCE, "pictures")
    check_label_order(np.ones(200, bool), 1 - GOOD, "pictures of one kind")


def test_scores_that_rank_backwards_are_swapped_labels() -> None:
    with pytest.raises(
        ExportRefused, match=r"labels are swapped: on the 200 gate pictures .* 0\.0"
    ):
        check_label_order(TRUTH, 1 - GOOD, "gate pictures")


def test_too_few_pictures_accuse_nobody() -> None:
    check_label_order(TRUTH[:6], 1 - GOOD[:6], "pictures")


def test_a_model_that_needs_bgr_is_named() -> None:
    with pytest.raises(ExportRefused, match="trained on BGR"):
        check_color_order(TRUTH, CHANCE, GOOD)


@pytest.mark.parametrize(
    ("as_rgb", "as_bgr"),
    [(GOOD, CHANCE), (GOOD, GOOD), (CHANCE, CHANCE[::-1]), (1 - GOOD, CHANCE)],
    ids=["needs RGB", "colour-blind", "useless", "swapped labels"],
)
def test_others_are_not_taken_for_it(
    as_rgb: npt.NDArray[np.float64], as_bgr: npt.NDArray[np.float64]
) -> None:
    check_color_order(TRUTH, as_rgb, as_bgr)


def test_pictures_of_the_same_kind_set_ranges(scenes: npt.NDArray[np.uint8]) -> None:
    check_range_pictures(scenes[:24], scenes[24:])
    check_range_pictures(scenes[:24], None)


def test_pictures_of_a_small_input_are_not_taken_for_black(scenes: npt.NDArray[np.uint8]) -> None:
    small = scenes[:24, ::8, ::8]
    assert small.shape[1:] == (8, 8, 3)
    check_range_pictures(small, None)
    with pytest.raises(DataError, match="100% of them are black"):
        check_range_pictures(small // 200, None)


UNFIT: dict[str, tuple[Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]], str]] = {
    "black": (lambda good: good // 200, "100% of them are black"),
    "grey": (lambda good: np.full_like(good, 120), "show nothing"),
    "noise": (
        lambda good: RNG.integers(0, 256, (10, *good.shape[1:])).astype(np.uint8),
        "random noise",
    ),
    "glaring": (lambda good: 255 - good // 8, "their brightness is"),
    "few": (lambda good: good[:15], "at least 16 are needed"),
    "none": (lambda good: good[:0], "at least 16 are needed"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_pictures_that_cannot_set_ranges_are_refused_by_name(
    kind: str, scenes: npt.NDArray[np.uint8]
) -> None:
    change, words = UNFIT[kind]
    with pytest.raises(DataError, match=words):
        check_range_pictures(change(scenes[:24]), scenes[24:])
