"""Optimisers, and layers that move at their own rates."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from trucksight.train.fitting.optimizers import CLASSES, make_optimizer
from trucksight.train.options import TrainOptions
from trucksight.train.options.optimizer import OptimizerName


def moved(keras: Any, optimizer: Any, steps: int = 1) -> list[np.ndarray[Any, Any]]:
    """How far two like variables go under like gradients."""
    variables = [keras.Variable([1.0, -2.0], name=f"kernel_{n}") for n in range(2)]
    before = [variable.numpy() for variable in variables]
    optimizer.build(variables)
    for _ in range(steps):
        optimizer.apply([keras.ops.convert_to_tensor(np.float32([0.5, 0.3]))] * 2, variables)
    return [one.numpy() - two for one, two in zip(variables, before, strict=True)]


def test_every_name_has_its_class(keras: Any) -> None:
    assert CLASSES.keys() == set(get_args(OptimizerName))
    for name in CLASSES:
        options = TrainOptions(optimizer=name, clip_norm=1.0)
        assert type(make_optimizer(keras, options, 0.1)).__name__ == CLASSES[name]


@pytest.mark.parametrize("name", list(CLASSES))
def test_a_layer_moves_by_its_share_of_the_rate(keras: Any, name: Any) -> None:
    optimizer = make_optimizer(keras, TrainOptions(optimizer=name), 1.0, [0.1, 1.0])
    low, high = moved(keras, optimizer)
    assert np.abs(high).min() > 0
    assert low == pytest.approx(0.1 * high, rel=1e-2)
    (_, whole) = moved(keras, make_optimizer(keras, TrainOptions(optimizer=name), 1.0))
    assert high == pytest.approx(whole, rel=1e-6)


def test_momentum_and_nesterov_reach_keras(keras: Any) -> None:
    options = TrainOptions(optimizer="sgd", momentum=0.5, nesterov=True)
    optimizer = make_optimizer(keras, options, 0.1)
    assert (optimizer.momentum, optimizer.nesterov) == (0.5, True)
    assert make_optimizer(keras, TrainOptions(optimizer="sgd"), 0.1).momentum == 0.9


@pytest.mark.parametrize(("scales", "left"), [(None, 0.95), ([0.5, 0.5], 0.975)])
def test_weight_decay_spares_biases_and_follows_the_rate(
    keras: Any, scales: list[float] | None, left: float
) -> None:
    options = TrainOptions(optimizer="sgd", weight_decay=0.5)
    optimizer = make_optimizer(keras, options, 0.1, scales)
    kernel, bias = (keras.Variable([1.0], name=name) for name in ("kernel", "bias"))
    optimizer.build([kernel, bias])
    optimizer.apply([keras.ops.zeros(1)] * 2, [kernel, bias])
    assert kernel.numpy()[0] == pytest.approx(left)
    assert bias.numpy()[0] == 1.0


def test_clipping_bounds_the_whole_gradient(keras: Any) -> None:
    options = TrainOptions(optimizer="sgd", momentum=0.0, clip_norm=0.1)
    low, high = moved(keras, make_optimizer(keras, options, 1.0))
    assert np.linalg.norm([low, high]) == pytest.approx(0.1, rel=1e-5)
