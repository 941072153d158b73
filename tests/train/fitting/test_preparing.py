"""What a step tells of its batch, whatever it is trained with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trucksight.train.fitting.devices import step
from trucksight.train.fitting.fit import goodness
from trucksight.train.fitting.losses import make_loss
from trucksight.train.fitting.preparing import prepare
from trucksight.train.fitting.targets import one_hot, with_labels
from trucksight.train.options import TrainOptions
from trucksight.train.scores.scoring import label_columns

N = 12
CHOICES: list[dict[str, Any]] = [
    {},
    {"loss": "focal"},
    {"loss": "mse"},
    {"loss": "huber"},
    {"loss": "hinge"},
    {"label_smoothing": 0.2},
]


def model_of(keras: Any, outputs: int, l2: float = 0.0) -> Any:
    keras.utils.set_random_seed(outputs)
    inputs = keras.Input((4,))
    last = keras.layers.Dense(
        outputs,
        activation="sigmoid" if outputs == 1 else "softmax",
        kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
    )
    return keras.Model(inputs, last(inputs))


def drawn(outputs: int) -> tuple[Any, Any, Any]:
    """Inputs, labels and what a teacher makes of them: the very opposite."""
    rng = np.random.default_rng(outputs)
    inputs = rng.normal(size=(N, 4)).astype(np.float32)
    truth = rng.integers(0, max(2, outputs), N)
    away = (truth + 1) % max(2, outputs)
    mixed = 0.8 * one_hot(away, outputs) + 0.2 * one_hot(truth, outputs)
    return inputs, truth, mixed.astype(np.float32)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_cross_entropy_and_accuracy_are_those_that_select_gets(
    keras: Any, outputs: int, choice: dict[str, Any]
) -> None:
    inputs, truth, mixed = drawn(outputs)
    labels = one_hot(truth, outputs)
    weights = np.linspace(0.2, 3, N).astype(np.float32)
    options = TrainOptions(**choice)
    for learned, targets in ((labels, labels), (mixed, with_labels(mixed, labels))):
        model = model_of(keras, outputs, l2=0.1)
        before = model.predict_on_batch(inputs)
        penalty = float(sum(model.losses))
        prepare(keras, model, options, 1e-3)
        told = step(model, inputs, targets, weights)
        entropy, accuracy, _ = goodness(label_columns(before), truth, 1)
        assert told["cross_entropy"] == pytest.approx(entropy, rel=1e-4)
        assert told["accuracy"] == pytest.approx(accuracy)
        each = make_loss(keras, options, outputs == 1)
        each = each.call if isinstance(each, keras.losses.Loss) else each
        loss = (np.asarray(each(learned, before)) * weights).mean() + penalty
        assert told["loss"] == pytest.approx(loss, rel=1e-4)


def test_a_label_stands_behind_every_version_of_what_is_learned() -> None:
    mixed = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 3, 2)
    labels = np.stack([one_hot(np.array(truth), 2) for truth in ([1, 0, 1], [0, 0, 1])])
    both = with_labels(mixed, labels)
    assert both.shape == (2, 3, 4)
    assert np.array_equal(both[..., :2], mixed)
    assert np.array_equal(both[..., 2:], labels)
