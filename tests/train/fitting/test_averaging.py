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

    def __init__(self, value: float) -> None:
        self.value = value

    def get_weights(self) -> list[Any]:
        return [
            np.full((2, 3), self.value, np.float32),
            np.float32(-self.value),
            np.int64(self.value),
        ]


def test_early_steps_follow_closely_and_later_ones_by_the_momentum() -> None:
    model, expected = Weights(5.0), 5.0
    average = Average.of(model, 0.6)
    momenta = [1 / 10, 2 / 11, 3 / 12, 4 / 13, 5 / 14, 6 / 15, 7 / 16, 8 / 17, 9 / 18, 10 / 19]
    momenta += [11 / 20, 12 / 21, 13 / 22, 0.6, 0.6]
    for number, momentum in enumerate(momenta):
        model.value = float(number % 4)
        average.follow(model)
        expected = momentum * expected + (1 - momentum) * model.value
        matrix, scalar, counter = average.weights
        assert matrix == pytest.approx(np.full((2, 3), expected), rel=1e-5)
        assert scalar == pytest.approx(-expected, rel=1e-5)
        assert counter == number % 4
    assert matrix.dtype == np.float32


def test_what_the_model_held_is_not_touched() -> None:
    held = np.zeros(3, np.float32)

    class Holding:
        def get_weights(self) -> list[Any]:
            return [held]

    average = Average.of(Holding(), 0.5)
    held += 1
    average.follow(Holding())
    assert average.weights[0] == pytest.approx(0.9)
    assert (held == 1).all()


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
    of = Average.of

    def noted(model: Any, momentum: float) -> Average:
        begun.append((len(model.get_weights()), momentum))
        return of(model, momentum)

    monkeypatch.setattr(Average, "of", noted)
    network = fresh()
    options = TrainOptions(
        size=32, weights="a-file", epochs=1, batch_size=8, fine_tune=0.5, fine_tune_epochs=1,
        average_weights=0.99,
    ).resolved()  # fmt: skip
    train_network(keras, network, *splits, 1, options, Stop())
    whole = len(network.model.get_weights())
    assert begun == [(2, 0.99), (whole, 0.99)]
