"""How a network is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import Network
from trucksight.train.fitting.fit import goodness
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Labelled, Training, train_network
from trucksight.train.options import TrainOptions
from trucksight.train.quiet import import_keras

Paint = Callable[..., npt.NDArray[np.uint8]]
FROZEN = TrainOptions(size=32, weights="a-file", epochs=3, batch_size=8).resolved()


@pytest.fixture
def splits(painted: Paint) -> tuple[Labelled, Labelled]:
    """24 pictures to learn from and 12 to select by."""

    def labelled(count: int, first: int) -> Labelled:
        truth = np.arange(count) % 2
        pixels = [painted(bool(kind), first + n, side=32) for n, kind in enumerate(truth)]
        return Labelled(np.stack(pixels), truth)

    return labelled(24, 0), labelled(12, 100)


def fresh(seed: int = 0) -> Network:
    """A network with a base of two blocks instead of MobileNetV2's 17, in the same parts."""
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    inputs = keras.Input((32, 32, 3), dtype="uint8")
    base = [
        layers.Conv2D(4, 3, strides=2, name="bottom"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv2D(8, 3, strides=2, name="top"),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling2D(),
    ]
    pooled = keras.Sequential([layers.Rescaling(1 / 255), *base])(inputs)
    output = layers.Dense(1, activation="sigmoid")
    vector = keras.Input((8,))
    return Network(
        keras.Model(inputs, output(pooled)),
        base,
        keras.Model(inputs, pooled),
        keras.Model(vector, output(vector)),
    )


def train(
    network: Network, splits: tuple[Labelled, Labelled], options: TrainOptions, stop: Stop
) -> Training:
    return train_network(import_keras(), network, *splits, 1, options, stop)


def test_a_frozen_base_runs_once_a_picture(
    splits: tuple[Labelled, Labelled], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = fresh()
    seen = 0
    original = network.features.predict_on_batch

    def counting(pictures: npt.NDArray[np.uint8]) -> Any:
        nonlocal seen
        seen += len(pictures)
        return original(pictures)

    monkeypatch.setattr(network.features, "predict_on_batch", counting)
    before = network.features.get_weights()
    training = train(network, splits, FROZEN, Stop())
    assert len(training.history) == 3
    assert seen == 24 + 12
    assert all((a == b).all() for a, b in zip(before, network.features.get_weights(), strict=True))


def test_fine_tuning_trains_the_top_and_leaves_the_bottom_and_batch_norms(
    splits: tuple[Labelled, Labelled],
) -> None:
    network = fresh()
    before = [[weight.copy() for weight in layer.get_weights()] for layer in network.base]
    options = TrainOptions(
        size=32, weights="a-file", epochs=1, batch_size=8, fine_tune=0.5, fine_tune_epochs=1
    ).resolved()
    train(network, splits, options, Stop())
    assert [layer.name for layer in network.base if layer.trainable_weights] == ["top"]
    norms = (1, 4)
    for index in (0, *norms):
        after = network.base[index].get_weights()
        assert all((a == b).all() for a, b in zip(before[index], after, strict=True))


def test_fine_tuning_keeps_what_it_started_with_when_it_makes_it_worse(
    splits: tuple[Labelled, Labelled], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TrainOptions(
        size=32, weights="a-file", epochs=1, batch_size=8, fine_tune=0.1, fine_tune_epochs=1
    ).resolved()
    areas = iter([0.9, 0.9, 0.1])
    monkeypatch.setattr("trucksight.train.fitting.fit.goodness", lambda *_: (0.5, 0.5, next(areas)))
    training = train(fresh(), splits, options, Stop())
    assert training.best == {"head": 1, "fine-tune": 0}
    assert [epoch.stage for epoch in training.history] == ["head", "fine-tune"]


def test_the_best_epoch_s_weights_are_put_back(
    splits: tuple[Labelled, Labelled], monkeypatch: pytest.MonkeyPatch
) -> None:
    areas = iter([0.6, 0.8, 0.7])
    heads = []
    network = fresh()

    def scripted(*_: object) -> tuple[float, float, float]:
        heads.append(network.head.get_weights())
        return 0.5, 0.5, next(areas)

    monkeypatch.setattr("trucksight.train.fitting.fit.goodness", scripted)
    training = train(network, splits, FROZEN, Stop())
    assert training.best == {"head": 2}
    assert (network.head.get_weights()[0] == heads[1][0]).all()
    assert (network.head.get_weights()[0] != heads[2][0]).any()


def test_training_from_scratch_trains_the_base(splits: tuple[Labelled, Labelled]) -> None:
    network = fresh()
    before = network.features.get_weights()
    options = TrainOptions(size=32, weights="none", epochs=1, batch_size=8).resolved()
    assert train(network, splits, options, Stop()).best.keys() == {"train"}
    assert (network.features.get_weights()[0] != before[0]).any()


def test_the_same_seed_trains_the_same_model(splits: tuple[Labelled, Labelled]) -> None:
    losses = [[e.loss for e in train(fresh(7), splits, FROZEN, Stop()).history] for _ in range(2)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_asked_to_stop_before_an_epoch_ended_there_is_nothing(
    splits: tuple[Labelled, Labelled],
) -> None:
    stop = Stop()
    stop.asked = True
    assert train(fresh(), splits, FROZEN, stop).history == []


def test_scores_that_are_no_numbers_are_the_worst() -> None:
    scores = np.full((2, 2), np.nan, np.float32)
    assert goodness(scores, np.array([0, 1]), 1) == (np.inf, 0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "truck-cnn", "fine_tune": 0.5}, "truck-cnn has no base"),
        ({"model": "truck-cnn", "weights": "none"}, "truck-cnn has no base"),
        ({"model": "truck-cnn", "width": 1.0}, "truck-cnn has one width only"),
        ({"weights": "none", "fine_tune": 0.5}, "trains the whole base already"),
        ({"augment": True}, "--augment: is for models trained from scratch"),
        ({"fine_tune": 1.5}, "--fine-tune: expected a number of 0 or more, 1 at most, not 1.5"),
        ({"size": 8}, "--size: mobilenetv2 takes 32 pixels or more, not 8"),
        ({"epochs": 0}, "--epochs: expected a whole number of 1 or more"),
        ({"model": "resnet"}, "known: truck-cnn, mobilenetv2"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TrainOptions(**options)
