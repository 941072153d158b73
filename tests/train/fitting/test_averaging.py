"""An average of the weights is judged and kept; how the weights move does not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trucksight.train.architectures import Network
from trucksight.train.fitting.averaging import Average
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Labelled, Training, train_network
from trucksight.train.options import TrainOptions

Fresh = Callable[..., Network]
Splits = tuple[Labelled, Labelled]


class Weights:
    """A model of one matrix, one scalar and one counter."""

    def __init__(self, keras: Any, value: float) -> None:
        self.weights = [
            keras.Variable(np.full((2, 3), value, np.float32)),
            keras.Variable(np.float32(-value)),
            keras.Variable(np.int64(value), dtype="int64"),
        ]

    def set(self, value: float) -> None:
        for weight, one in zip(self.weights, (value, -value, value), strict=True):
            weight.assign(np.full(weight.shape, one))


def moved(average: Average, model: Weights, numbers: range) -> None:
    for number in numbers:
        model.set(float(number % 4))
        average.follow()


def test_early_steps_follow_closely_and_later_ones_by_the_momentum(keras: Any) -> None:
    model, expected = Weights(keras, 5.0), 5.0
    average = Average(model, 0.6)
    momenta = [1 / 10, 2 / 11, 3 / 12, 4 / 13, 5 / 14, 6 / 15, 7 / 16, 8 / 17, 9 / 18, 10 / 19]
    momenta += [11 / 20, 12 / 21, 13 / 22, 0.6, 0.6]
    for number, momentum in enumerate(momenta):
        moved(average, model, range(number, number + 1))
        expected = momentum * expected + (1 - momentum) * (number % 4)
        matrix, scalar, counter = average.weights
        assert matrix == pytest.approx(np.full((2, 3), expected), rel=1e-5)
        assert scalar == pytest.approx(-expected, rel=1e-5)
        assert counter == number % 4
    assert matrix.dtype == np.float32


def test_what_the_model_holds_is_not_touched(keras: Any) -> None:
    model = Weights(keras, 0.0)
    average = Average(model, 0.5)
    model.set(1.0)
    average.follow()
    assert average.weights[0] == pytest.approx(0.9)
    assert (model.weights[0].numpy() == 1).all()


def test_one_that_goes_on_comes_to_the_same_bits(keras: Any) -> None:
    whole, first, then = (Weights(keras, 3.0) for _ in range(3))
    at_once, begun, continued = (Average(one, 0.7) for one in (whole, first, then))
    moved(at_once, whole, range(20))
    moved(begun, first, range(9))
    continued.go_on(begun.weights, 9)
    moved(continued, then, range(9, 20))
    pairs = zip(at_once.weights, continued.weights, strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)


def train(
    keras: Any, network: Network, splits: Splits, momentum: float, **choices: Any
) -> Training:
    options = TrainOptions(
        size=32, weights="none", epochs=3, batch_size=8, average_weights=momentum, **choices
    ).resolved()
    return train_network(keras, network, *splits, 1, options, Stop())


def test_each_epoch_is_judged_by_the_average_and_learning_goes_on_without_it(
    keras: Any, fresh: Fresh, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[float, list[list[Any]]] = {}
    losses = {}
    for momentum in (0.0, 0.9):
        network, judged = fresh(2), told.setdefault(momentum, [])
        areas = iter([0.6, 0.9, 0.7])

        def scripted(
            *_: Any, network: Network = network, judged: Any = judged, areas: Any = areas
        ) -> Any:
            judged.append(network.model.get_weights())
            return 0.5, 0.5, next(areas)

        monkeypatch.setattr("trucksight.train.fitting.fit.goodness", scripted)
        done = train(keras, network, splits, momentum)
        losses[momentum] = [row.loss for row in done.history]
        assert done.best == {"train": 2}
        kept = zip(network.model.get_weights(), judged[1], strict=True)
        assert all(np.array_equal(*pair) for pair in kept)
    assert losses[0.0] == losses[0.9]
    names = [weight.path for weight in network.model.weights]
    for name, last, mean in zip(names, told[0.0][2], told[0.9][2], strict=True):
        assert not np.array_equal(last, mean), name  # mean and variance of the norms, too
        assert np.abs(mean - last).max() < 1, name


def test_the_average_begins_anew_with_each_stage(
    keras: Any, fresh: Fresh, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def noted(model: Any, momentum: float) -> Average:
        begun.append((len(model.get_weights()), momentum))
        return Average(model, momentum)

    monkeypatch.setattr("trucksight.train.fitting.fit.Average", noted)
    network = fresh()
    options = TrainOptions(
        size=32, weights="a-file", epochs=1, batch_size=8, fine_tune=0.5, fine_tune_epochs=1,
        average_weights=0.99,
    ).resolved()  # fmt: skip
    train_network(keras, network, *splits, 1, options, Stop())
    whole = len(network.model.get_weights())
    assert begun == [(2, 0.99), (whole, 0.99)]
