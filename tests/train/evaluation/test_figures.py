"""Figures are scikit-learn's, and their intervals hold what they promise."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_score,
    roc_auc_score,
)

from trucksight.train.evaluation.bootstrap import drawn, interval, of_means
from trucksight.train.evaluation.figures import POINTS, figures, replicated
from trucksight.train.evaluation.per_class import per_class
from trucksight.train.evaluation.sample import Sample, as_scores


def test_replicates_are_scikit_learn_s_weighted_figures(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(60, seed=3)
    sample = Sample(
        sample.truth, sample.answers, sample.scores.round(1), sample.labels, 1, 0.5,
        sample.groups, sample.paths,
    )  # fmt: skip  # rounded, so that many scores are tied
    (weights,) = drawn(60, replicates=5, seed=1)
    found = replicated(sample, weights)
    for row, weight in enumerate(weights):
        expected = {
            "roc_auc": roc_auc_score(sample.positive, sample.scores, sample_weight=weight),
            "pr_auc": average_precision_score(sample.positive, sample.scores, sample_weight=weight),
            "precision": precision_score(sample.positive, sample.called, sample_weight=weight),
            "brier": brier_score_loss(sample.positive, sample.scores, sample_weight=weight),
            "log_loss": log_loss(sample.positive, sample.inside, sample_weight=weight),
        }
        assert {name: found[name][row] for name in expected} == pytest.approx(expected)


def test_undrawn_weights_of_one_give_the_points(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(80, seed=1)
    found, points = replicated(sample, np.ones((1, 80))), figures(sample).values
    assert found.keys() == points.keys() == POINTS.keys()
    for name, values in found.items():
        assert values[0] == pytest.approx(points[name].value)


@pytest.mark.parametrize("name", ["accuracy", "roc_auc"])
def test_intervals_hold_the_truth_nineteen_times_in_twenty(
    draw_sample: Callable[..., Sample], name: str
) -> None:
    large = draw_sample(200_000, seed=99)
    truth = replicated(large, np.ones((1, len(large))))[name][0]
    held = 0
    for seed in range(200):
        sample = draw_sample(150, seed=seed)
        ends = interval(
            np.concatenate([replicated(sample, w)[name] for w in drawn(150, replicates=300)])
        )
        assert ends is not None
        held += ends[0] <= truth <= ends[1]
    # 0.95 of 200 are 190; fewer than 180 has a chance of 1 in 500.
    assert 180 <= held <= 199


def test_copies_in_groups_narrow_nothing(draw_sample: Callable[..., Sample]) -> None:
    alone = draw_sample(100, seed=5)
    ten = Sample(
        np.repeat(alone.truth, 10), np.repeat(alone.answers, 10), np.repeat(alone.scores, 10),
        alone.labels, 1, 0.5, tuple(np.repeat(alone.groups, 10)), alone.paths * 10,
    )  # fmt: skip
    one, copied = figures(alone)["accuracy"], figures(ten)["accuracy"]
    assert (copied.low, copied.high) == (one.low, one.high)
    ungrouped = Sample(
        ten.truth, ten.answers, ten.scores, ten.labels, 1, 0.5,
        tuple(map(str, range(1000))), ten.paths,
    )  # fmt: skip
    naive = figures(ungrouped)["accuracy"]
    assert naive.high is not None and naive.low is not None
    assert one.high is not None and one.low is not None
    assert (naive.high - naive.low) < 0.5 * (one.high - one.low)


def test_a_sample_without_a_mistake_is_not_called_perfect(
    make_sample: Callable[..., Sample],
) -> None:
    found = figures(make_sample([0] * 20 + [1] * 10, [0.1] * 20 + [0.9] * 10))
    assert found["accuracy"].value == found["recall"].value == 1
    assert found["recall"].low == pytest.approx(0.722, abs=1e-3)  # Wilson, 10 of 10
    assert found["accuracy"].low == pytest.approx(0.886, abs=1e-3)  # Wilson, 30 of 30


def test_what_does_not_exist_is_none(make_sample: Callable[..., Sample]) -> None:
    found = figures(make_sample([0, 0, 0], [0.1, 0.2, 0.3]))
    for name in ("recall", "precision", "roc_auc", "pr_auc", "f1"):
        assert (found[name].value, found[name].low) == (None, None)
    assert found["specificity"].value == 1
    assert found["log_loss"].value is not None
    assert str(found["recall"]) == "-"


def test_a_certain_mistake_costs_much_but_not_infinitely(
    make_sample: Callable[..., Sample],
) -> None:
    loss = figures(make_sample([0, 1], [0.0, 0.0]))["log_loss"].value
    assert loss is not None
    assert 7 < loss < 9
    assert math.isfinite(loss)


def test_the_same_seed_gives_the_same_interval(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(50, seed=0)
    assert figures(sample, 1).as_json() == figures(sample, 1).as_json()
    assert figures(sample, 1)["accuracy"] != figures(sample, 2)["accuracy"]


def test_draws_come_in_blocks_and_are_complete() -> None:
    blocks = list(drawn(50_000, replicates=100))
    assert len(blocks) == 2
    assert sum(map(len, blocks)) == 100
    assert {float(total) for block in blocks for total in block.sum(axis=1)} == {50_000.0}


def test_a_group_is_drawn_whole() -> None:
    (weights,) = drawn(5, ["a", "b", "a", "b", "c"], replicates=50)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 3]).all()
    assert len({tuple(row) for row in weights}) > 5


def test_a_mean_s_interval_is_near_the_textbook_s() -> None:
    values = np.random.default_rng(0).normal(3, 1, 400)
    ends = of_means(values)
    assert ends == pytest.approx((values.mean() - 0.098, values.mean() + 0.098), abs=0.02)


def test_labels_are_each_measured_against_the_rest(make_sample: Callable[..., Sample]) -> None:
    none, truck = per_class(make_sample([0, 0, 0, 1, 1], [0.1, 0.2, 0.9, 0.8, 0.3]))
    assert (none.label, none.n, none.recall.value) == ("no_truck", 3, pytest.approx(2 / 3))
    assert (truck.n, truck.precision.value, truck.recall.value) == (2, 0.5, 0.5)


def test_of_three_labels_the_positive_one_is_set_against_the_rest() -> None:
    truth, answers = np.array([0, 1, 2, 2, 1]), np.array([1, 1, 2, 0, 2])
    scores = as_scores([0.1, 0.2, 0.9, 0.4, 0.6])
    sample = Sample(
        truth, answers, scores, ("bus", "car", "truck"), 2, 0.5, tuple("abcde"), (Path("x"),) * 5
    )
    found = figures(sample)
    assert found["accuracy"].value == pytest.approx(2 / 5)
    assert (found["recall"].value, found["precision"].value) == (0.5, 0.5)
    assert found["specificity"].value == pytest.approx(2 / 3)
    assert [one.label for one in per_class(sample)] == ["bus", "car", "truck"]
    assert per_class(sample)[0].recall.value == 0


def test_scores_that_are_no_numbers_say_nothing() -> None:
    assert as_scores([np.nan, np.inf, 0.25]).tolist() == [0.5, 1, 0.25]


def test_a_few_hundred_pictures_take_no_time(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(325, seed=0)
    figures(sample)
    began = time.process_time()
    figures(sample)
    assert time.process_time() - began < 2
