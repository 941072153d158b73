"""The numbers of a report."""

from __future__ import annotations

import numpy as np
import pytest

from trucksight.train.scores.collapse import collapsed
from trucksight.train.scores.metrics import decide, measure, wilson
from trucksight.train.scores.threshold import UNDECIDED, choose_threshold

LABELS = ("no_truck", "truck")
TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 1])
TRUCK = np.array([0.1, 0.2, 0.3, 0.7, 0.4, 0.6, 0.8, 0.9])
SCORES = np.stack([1 - TRUCK, TRUCK], axis=1)


def test_metrics_of_two_classes_are_of_the_positive_one() -> None:
    metrics = measure(TRUTH, SCORES, LABELS, "truck", 0.5)
    assert metrics.confusion == ((3, 1), (1, 3))
    assert (metrics.n, metrics.accuracy) == (8, 0.75)
    assert (metrics.precision, metrics.recall, metrics.f1) == (0.75, 0.75, 0.75)
    assert metrics.roc_auc == 14 / 16


def test_a_score_at_the_threshold_is_positive() -> None:
    assert decide(SCORES, 1, 0.7).tolist() == [0, 0, 0, 1, 0, 0, 1, 1]


def test_of_several_classes_the_likeliest_other_is_the_answer() -> None:
    scores = np.array([[0.5, 0.2, 0.3], [0.2, 0.3, 0.5], [0.4, 0.35, 0.25]])
    assert decide(scores, 2, 0.4).tolist() == [0, 2, 0]


def test_metrics_of_several_classes_are_means_over_them() -> None:
    scores = np.eye(3)[[0, 1, 2, 1]] * 0.8 + 0.1
    metrics = measure(np.array([0, 1, 2, 2]), scores, ("bus", "car", "truck"), "truck", 0.5)
    assert metrics.accuracy == 0.75
    assert metrics.recall == pytest.approx((1 + 1 + 0.5) / 3)
    assert metrics.roc_auc == 0.75


def test_without_a_positive_picture_there_is_no_roc_area() -> None:
    assert measure(TRUTH[:4], SCORES[:4], LABELS, "truck", 0.5).roc_auc is None


def test_scores_that_are_no_numbers_have_no_roc_area() -> None:
    scores = np.where(np.arange(8)[:, np.newaxis] == 3, np.nan, SCORES)
    metrics = measure(TRUTH, scores, LABELS, "truck", 0.5)
    assert (metrics.roc_auc, metrics.n) == (None, 8)


def test_nothing_called_positive_is_a_precision_of_zero() -> None:
    assert measure(TRUTH, SCORES, LABELS, "truck", 0.95).precision == 0


def test_wilson_s_interval_of_half_of_a_hundred() -> None:
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_the_threshold_lies_between_two_separate_kinds() -> None:
    scores = np.array([0.1, 0.2, 0.8, 0.9])
    assert 0.2 < choose_threshold(scores > 0.5, scores) < 0.8


def test_the_threshold_does_not_hang_on_one_picture() -> None:
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.normal(0.3, 0.1, 150), rng.normal(0.7, 0.1, 150)])
    positive = np.arange(300) >= 150
    outlier, flipped = np.append(scores, 0.05), np.append(positive, True)
    before, after = choose_threshold(positive, scores), choose_threshold(flipped, outlier)
    assert before == pytest.approx(0.5, abs=0.05)
    assert after == pytest.approx(before, abs=0.02)


def test_scores_that_cannot_be_told_apart_get_the_middle() -> None:
    assert choose_threshold(TRUTH == 1, np.full(8, 0.3)) == UNDECIDED


def test_the_threshold_is_strictly_inside_zero_and_one() -> None:
    assert 0 < choose_threshold(TRUTH == 1, (TRUTH == 1).astype(float)) < 1
    assert 0 < choose_threshold(TRUTH == 1, (TRUTH == 0).astype(float)) < 1


@pytest.mark.parametrize(
    ("truck", "threshold", "sentence"),
    [
        (np.full(8, 0.31), 0.5, "nearly the same"),
        (np.full(8, np.nan), 0.5, "not numbers"),
        (TRUCK, 0.95, "every picture is called no_truck"),
    ],
)
def test_a_collapse_is_called_by_its_name(
    truck: np.ndarray[tuple[int], np.dtype[np.float64]], threshold: float, sentence: str
) -> None:
    scores = np.stack([1 - truck, truck], axis=1)
    said = collapsed(scores, LABELS, "truck", threshold, 0.01)
    assert said is not None
    assert said.startswith("collapsed: ")
    assert sentence in said
    assert "lower --learning-rate (it was 0.01)" in said


def test_a_model_that_tells_pictures_apart_has_not_collapsed() -> None:
    assert collapsed(SCORES, LABELS, "truck", 0.5, 0.01) is None
