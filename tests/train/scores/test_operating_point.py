"""A threshold for a stated operating point, with the interval that the pictures leave it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import DataError, UsageError
from trucksight.train.scores.operating_point import (
    OperatingPoint,
    abstain_band,
    carried_over,
    choose,
)
from trucksight.train.scores.threshold import choose_threshold

Bools, Floats = npt.NDArray[np.bool_], npt.NDArray[np.float64]
POINTS = ["balanced", "f1", "recall=0.95", "fpr=0.01"]


@pytest.fixture
def truth() -> Bools:
    return np.random.default_rng(5).random(1200) < 0.3


@pytest.fixture
def scores(truth: Bools) -> Floats:
    logits = np.where(truth, 1.5, -1.5) + np.random.default_rng(6).normal(0, 1.2, len(truth))
    return 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize("text", POINTS)
def test_an_operating_point_is_written_as_it_is_read(text: str) -> None:
    assert str(OperatingPoint.parse(text)) == text


@pytest.mark.parametrize("text", ["", "recall", "recall=1", "fpr=0", "f1=0.3", "fpr=x", "auc=0.9"])
def test_anything_else_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(UsageError, match=r"give balanced, f1, recall=X or fpr=X"):
        OperatingPoint.parse(text)


@pytest.mark.parametrize("text", POINTS)
def test_the_threshold_lies_in_its_interval(text: str, truth: Bools, scores: Floats) -> None:
    chosen = choose(truth, scores, OperatingPoint.parse(text), seed=3)
    assert 0 < chosen.low <= chosen.value <= chosen.high < 1
    assert chosen.low < chosen.high
    assert (chosen.n, chosen.n_positive) == (len(truth), int(truth.sum()))
    assert chosen == choose(truth, scores, OperatingPoint.parse(text), seed=3)


def test_the_stated_recall_is_met_and_hardly_exceeded(truth: Bools, scores: Floats) -> None:
    chosen = choose(truth, scores, OperatingPoint.parse("recall=0.95"))
    recall = float(np.mean(scores[truth] >= chosen.value))
    assert 0.95 <= recall < 0.95 + 1.5 / truth.sum()


def test_the_stated_false_positive_rate_is_not_exceeded(truth: Bools, scores: Floats) -> None:
    chosen = choose(truth, scores, OperatingPoint.parse("fpr=0.01"))
    rate = float(np.mean(scores[~truth] >= chosen.value))
    assert 0.01 - 1.5 / (~truth).sum() < rate <= 0.01


def test_f1_is_near_its_best(truth: Bools, scores: Floats) -> None:
    def f1(threshold: float) -> float:
        called = scores >= threshold
        return float(2 * (called & truth).sum() / (called.sum() + truth.sum()))

    best = max(f1(cut) for cut in scores)
    assert f1(choose(truth, scores, OperatingPoint.parse("f1")).value) > best - 0.01


def test_balanced_is_what_training_chooses(truth: Bools, scores: Floats) -> None:
    chosen = choose(truth, scores, OperatingPoint.parse("balanced"), seed=4)
    assert chosen.value == choose_threshold(truth, scores, seed=4)


@pytest.mark.parametrize(
    ("text", "words"), [("recall=0.99", "100 positive"), ("fpr=0.001", "1000 other")]
)
def test_a_rate_that_the_pictures_cannot_show_is_refused_with_the_number_needed(
    text: str, words: str, truth: Bools, scores: Floats
) -> None:
    few = slice(0, 120)
    with pytest.raises(DataError, match=f"needs at least {words} calibration pictures"):
        choose(truth[few], scores[few], OperatingPoint.parse(text))


def test_the_abstain_band_holds_its_share_around_the_threshold(scores: Floats) -> None:
    low, high = abstain_band(scores, 0.4, 0.1)
    assert 0 < low < 0.4 < high < 1
    assert np.mean((scores >= low) & (scores < high)) == pytest.approx(0.1, abs=0.005)


def test_another_form_calls_as_many_positive(scores: Floats) -> None:
    moved = 1 / (1 + np.exp(0.4 - 1.3 * np.log(scores / (1 - scores))))
    called = int((scores >= 0.6).sum())
    value = carried_over(0.6, called, moved)
    assert (moved >= value).sum() == called
    assert ((moved >= value) == (scores >= 0.6)).all()


def test_an_equal_form_keeps_the_threshold(scores: Floats) -> None:
    assert carried_over(0.6, int((scores >= 0.6).sum()), scores + 1e-9) == 0.6


@pytest.mark.parametrize(("called", "expected"), [(0, 0), (3, 4), (5, 4), (9, 9)])
def test_equal_scores_stay_together(called: int, expected: int) -> None:
    """Of 9 pictures, four share the highest score and five the lowest."""
    stepped = np.array([0.75] * 4 + [0.25] * 5)
    assert (stepped >= carried_over(0.6, called, stepped)).sum() == expected


def test_a_cut_calls_what_it_was_counted_to_call() -> None:
    """A score of 0 reaches no threshold above 0, so all cannot be called; then the nearest cut."""
    assert carried_over(0.95, 2, np.array([0.0, 0.9])) == pytest.approx(0.45)


def test_a_hair_of_arithmetic_does_not_move_the_threshold(truth: Bools, scores: Floats) -> None:
    """Chosen anew, the best balanced accuracy of scores that differ by 2 % moves more answers."""
    noise = np.random.default_rng(9).normal(0, 0.1, len(scores))
    near = 1 / (1 + np.exp(-(np.log(scores / (1 - scores)) + noise)))
    point = OperatingPoint("balanced")
    own = choose(truth, scores, point).value
    answers = scores >= own
    carried = carried_over(own, int(answers.sum()), near)
    assert abs((near >= carried).mean() - answers.mean()) < 1e-9
    assert (near[truth] >= carried).mean() == pytest.approx(answers[truth].mean(), abs=0.01)
