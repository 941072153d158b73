"""Losses, with numpy as the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trucksight.train.fitting.losses import label_weights, make_loss, sample_weights, unsureness
from trucksight.train.options import TrainOptions
from trucksight.train.options.loss import LossOptions

TRUTH = np.array([[1], [0], [1]], np.float32)
SCORES = np.array([[0.9], [0.7], [0.2]], np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[[0, 2]]
SOFT = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], np.float32)
RIGHT = np.array([0.9, 0.3, 0.2])
"""Probabilities of the true label of `SCORES`."""
ODDS = np.log(SCORES / (1 - SCORES)).ravel()


def loss_of(keras: Any, name: Any, binary: bool, **options: Any) -> float:
    loss = make_loss(keras, TrainOptions(loss=name, **options), binary)
    pair = (TRUTH, SCORES) if binary else (ONE_HOT, SOFT)
    return float(np.mean(loss(*map(keras.ops.convert_to_tensor, pair))))


def test_binary_losses(keras: Any) -> None:
    assert loss_of(keras, "cross-entropy", True) == pytest.approx(-np.log(RIGHT).mean(), rel=1e-5)
    assert loss_of(keras, "mse", True) == pytest.approx(((1 - RIGHT) ** 2).mean(), rel=1e-5)
    focal = -((1 - RIGHT) ** 3 * np.log(RIGHT)).mean()
    assert loss_of(keras, "focal", True, focal_gamma=3.0) == pytest.approx(focal, rel=1e-4)
    error = 1 - RIGHT
    huber = np.where(error <= 0.5, error**2 / 2, 0.5 * (error - 0.25)).mean()
    assert loss_of(keras, "huber", True) == pytest.approx(huber, rel=1e-5)
    hinge = np.maximum(0, 1 - np.array([1, -1, 1]) * ODDS).mean()
    assert loss_of(keras, "hinge", True) == pytest.approx(hinge, rel=1e-4)


def test_categorical_losses(keras: Any) -> None:
    right = np.array([0.7, 0.2])
    assert loss_of(keras, "cross-entropy", False) == pytest.approx(-np.log(right).mean(), rel=1e-5)
    focal = -((1 - right) ** 2 * np.log(right)).mean()
    assert loss_of(keras, "focal", False) == pytest.approx(focal, rel=1e-4)
    margins = [np.log(0.2 / 0.7), np.log(0.5 / 0.2)]
    hinge = np.maximum(0, 1 + np.array(margins)).mean()
    assert loss_of(keras, "hinge", False) == pytest.approx(hinge, rel=1e-4)


def test_smoothing_spreads_the_target(keras: Any) -> None:
    wrong = 1 - RIGHT
    expected = -(0.9 * np.log(RIGHT) + 0.1 * np.log(wrong)).mean()
    smoothed = loss_of(keras, "cross-entropy", True, label_smoothing=0.2)
    assert smoothed == pytest.approx(expected, rel=1e-5)


def test_hinge_of_a_certain_answer_is_a_number(keras: Any) -> None:
    loss = make_loss(keras, TrainOptions(loss="hinge"), True)
    assert np.isfinite(np.asarray(loss(TRUTH, np.array([[1.0], [1.0], [0.0]], np.float32)))).all()


def test_balanced_labels_weigh_alike() -> None:
    truth = np.array([0, 0, 0, 1])
    weights = label_weights(truth, 2, TrainOptions(class_weights="balanced"))
    assert weights is not None
    assert weights.tolist() == pytest.approx([4 / 6, 2.0])
    each = sample_weights(truth.astype(np.float32)[:, np.newaxis], weights)
    assert each[truth == 0].sum() == pytest.approx(each[truth == 1].sum())
    mixed = sample_weights(np.array([[0.5]], np.float32), weights)
    assert mixed[0] == pytest.approx((4 / 6 + 2) / 2)
    assert label_weights(truth, 2, TrainOptions()) is None


@pytest.mark.parametrize("labels", [2, 3])
def test_what_a_student_that_agrees_is_left_with_is_no_loss(keras: Any, labels: int) -> None:
    rng = np.random.default_rng(0)
    targets = rng.dirichlet(np.ones(labels), 40).astype(np.float32)[:, -1 if labels == 2 else 0 :]
    targets = targets.reshape(40, -1)
    weights = rng.uniform(0.5, 2, 40).astype(np.float32)
    options = LossOptions()
    loss = make_loss(keras, options, labels == 2)
    for counted in (None, weights):
        least = float(loss(targets, targets, sample_weight=counted))
        assert unsureness(targets, counted, options) == pytest.approx(least, abs=1e-4)
        assert least > 0.2
    assert unsureness(np.round(targets), weights, options) == 0
    assert unsureness(targets, weights, LossOptions(loss="mse")) == 0
