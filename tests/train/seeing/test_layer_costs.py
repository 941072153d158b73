"""Multiply-adds counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trucksight.train.architectures import Recipe, build
from trucksight.train.architectures.layer_costs import layer_costs
from trucksight.train.quiet import import_keras
from trucksight.train.seeing.table import Costs, plain, rows


def test_the_truck_cnn_costs_what_its_shapes_say() -> None:
    costs = {one.name: one for one in layer_costs(build("truck-cnn", Recipe(32, 1)).model)}
    assert costs["conv_1"].output_shape == (30, 30, 16)
    assert costs["conv_1"].multiply_adds == 30 * 30 * 16 * 3 * 3 * 3
    assert costs["conv_3"].multiply_adds == 4 * 4 * 64 * 3 * 3 * 32
    assert costs["hidden"].multiply_adds == 4 * 4 * 64 * 20
    assert costs["pool_1"].multiply_adds == 0
    assert costs["conv_1"].activation_bytes == 30 * 30 * 16 * 4
    assert costs["conv_1"].parameters == 3 * 3 * 3 * 16 + 16


@pytest.mark.parametrize(
    ("make", "multiply_adds"),
    [
        (lambda layers: layers.DepthwiseConv2D(3, padding="same"), 8 * 8 * 4 * 9),
        (lambda layers: layers.SeparableConv2D(6, 3, padding="same"), 8 * 8 * (4 * 9 + 4 * 6)),
        (lambda layers: layers.Conv2D(6, 3, groups=2, padding="same"), 8 * 8 * 6 * 9 * 2),
        (lambda layers: layers.Conv2D(6, 3, strides=2, padding="same"), 4 * 4 * 6 * 9 * 4),
        (lambda layers: layers.Conv2DTranspose(6, 2, strides=2), 8 * 8 * 6 * 4 * 4),
        (lambda layers: layers.Dense(5), 8 * 8 * 4 * 5),
    ],
    ids=["depthwise", "separable", "groups", "strides", "transposed", "dense"],
)
def test_each_kind_of_layer(make: Callable[[Any], Any], multiply_adds: int) -> None:
    keras = import_keras()
    picture = keras.Input((8, 8, 4))
    (cost,) = layer_costs(keras.Model(picture, make(keras.layers)(picture)))
    assert cost.multiply_adds == multiply_adds


def test_nesting_changes_no_cost(red_model: Callable[..., Any]) -> None:
    flat, nested = (layer_costs(red_model(nested=nested)) for nested in (False, True))
    assert [one.multiply_adds for one in flat] == [one.multiply_adds for one in nested]
    assert sum(one.multiply_adds for one in flat) == 32 * 32 * 2 * 9 * 3 + 2


def test_a_layer_of_unknown_cost_is_named() -> None:
    keras = import_keras()
    picture = keras.Input((4, 4, 3))
    words = keras.layers.Reshape((16, 3))(picture)
    seen = keras.layers.MultiHeadAttention(1, 2, name="attention")(words, words)
    norm = keras.layers.BatchNormalization(name="norm")(seen)
    model = keras.Model(picture, norm)
    assert Costs(tuple(layer_costs(model)), model.count_params()).uncounted == ("attention",)


def test_the_table_ends_with_the_totals(red_model: Callable[..., Any]) -> None:
    model = red_model()
    costs = Costs(tuple(layer_costs(model)), model.count_params())
    lines = plain(rows(costs)).splitlines()
    assert lines[0].split() == [
        "layer", "kind", "output", "parameters", "multiply-adds", "activation", "weights",
    ]  # fmt: skip
    assert lines[-1].split()[:3] == ["total", "57", "55,298"]
    assert costs.largest_activation_bytes == 32 * 32 * 3 * 4
    assert costs.activation_bytes == 32 * 32 * (3 + 2 + 2) * 4 + (2 + 1) * 4
    assert np.all([len(line) <= 100 for line in lines])
