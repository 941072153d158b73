"""Layers tell what passes through them, and only as long as they are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trucksight.train.taps import leaves, tapped, trace


def test_a_nested_model_is_traced_with_its_names(red_model: Callable[..., Any]) -> None:
    passed = trace(red_model(nested=True))
    assert [(one.leaf.name, one.output_shape) for one in passed] == [
        ("scaled", (1, 32, 32, 3)),
        ("inner/redness", (1, 32, 32, 2)),
        ("inner/only_red", (1, 32, 32, 2)),
        ("pooled", (1, 2)),
        ("probability", (1, 1)),
    ]
    assert passed[1].input_shape == (1, 32, 32, 3)
    assert passed[1].output_bytes == 32 * 32 * 2 * 4


def test_a_layer_is_as_it_was_afterwards(red_model: Callable[..., Any]) -> None:
    model = red_model()
    (layer,) = [one.layer for one in leaves(model) if one.name == "redness"]
    told: list[tuple[int, ...]] = []
    with tapped([(layer, lambda _, output: told.append(tuple(output.shape)))]):
        model(np.zeros((3, 32, 32, 3), np.uint8))
    model(np.zeros((1, 32, 32, 3), np.uint8))
    assert told == [(3, 32, 32, 2)]
    assert "call" not in vars(layer)


def test_a_layer_is_as_it_was_after_an_error(red_model: Callable[..., Any]) -> None:
    (layer,) = [one.layer for one in leaves(red_model()) if one.name == "redness"]
    with pytest.raises(KeyError), tapped([(layer, lambda *_: None)]):
        assert "call" in vars(layer)
        raise KeyError
    assert "call" not in vars(layer)
