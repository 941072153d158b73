"""The golden pictures: rendered alike everywhere, of both sizes, clearly decided."""

from __future__ import annotations

import numpy as np
import pytest

from trucksight.export.golden import (
    CLEAR,
    COUNT,
    SMALL_WH,
    candidates,
    choose,
    faulty_inputs,
    margins,
)
from trucksight.runtime.bundle import Calibration
from trucksight.runtime.contract import InputContract
from trucksight.runtime.picture import decode_picture

CONTRACT = InputContract(width=96, height=96)
N = 36
RIGHT = np.ones(N, bool)
STILL = np.zeros(1)


@pytest.fixture(scope="module")
def lot() -> list[np.ndarray]:
    return [decode_picture(one.data) for one in candidates(CONTRACT)[:8]]


def test_the_same_pictures_come_twice() -> None:
    assert candidates(CONTRACT)[:3] == candidates(CONTRACT)[:3]


def test_of_every_four_two_are_over_twice_the_input_each_way(lot: list[np.ndarray]) -> None:
    for index, frame in enumerate(lot):
        height, width = frame.shape[:2]
        if index % 4 < 2:
            assert width >= 2 * CONTRACT.width
            assert height >= 2 * CONTRACT.height
        else:
            assert (width, height) == SMALL_WH


def test_every_other_resampling_and_swapped_colours_change_the_input() -> None:
    pictures = candidates(CONTRACT)[:2]
    measured = np.stack([one.pixels(CONTRACT) for one in pictures]).astype(int)
    faults = faulty_inputs(pictures, CONTRACT)
    assert len(faults) == 4
    for fault in faults:
        assert np.abs(fault - measured).mean() > 1


def test_a_margin_counts_tolerances_to_the_score_at_the_threshold() -> None:
    found = margins(np.array([0.5, 0.8]), [0.6], Calibration(1.0, 0.0, 1e-7), 0.1, STILL)
    assert found == pytest.approx([1, 2])


def test_a_margin_follows_the_calibration() -> None:
    calibration = Calibration(2.0, 0.5, 1e-7)
    score = 0.7
    found = margins(np.array([score]), [calibration(score)], calibration, 0.1, STILL)
    assert found == pytest.approx([0], abs=1e-9)


def test_a_score_inside_the_abstain_band_has_a_negative_margin() -> None:
    found = margins(np.array([0.3, 0.5, 0.9]), [0.4, 0.6], Calibration(1.0, 0.0, 1e-7), 0.1, STILL)
    assert found == pytest.approx([1, -1, 3])


def test_a_score_that_other_kernels_move_far_has_a_negative_margin() -> None:
    moved = np.array([0.04, 0.08])
    found = margins(np.array([0.9, 0.9]), [0.5], Calibration(1.0, 0.0, 1e-7), 0.1, moved)
    assert found == pytest.approx([4, -0.8])


def test_the_clear_picture_that_faults_move_most_is_taken() -> None:
    sensitivity = np.arange(N, dtype=float)
    chosen = choose(RIGHT, np.full(N, CLEAR + 1), sensitivity)
    assert chosen == [28, 29, 32, 33, 34, 35]


def test_a_sensitive_picture_near_the_threshold_is_not_taken() -> None:
    margin = np.full(N, CLEAR + 1)
    margin[35] = CLEAR / 2
    assert 35 not in choose(RIGHT, margin, np.arange(N, dtype=float))


def test_where_nothing_is_clear_the_clearest_are_taken() -> None:
    margin = np.linspace(0, 1, N)
    assert len(set(choose(RIGHT, margin, np.zeros(N)))) == COUNT


def test_scenes_that_the_source_gets_right_come_first() -> None:
    right = np.zeros(N, bool)
    right[:8] = True
    assert choose(right, np.full(N, 9.0), np.arange(N, dtype=float)) == [0, 1, 4, 5, 6, 7]
