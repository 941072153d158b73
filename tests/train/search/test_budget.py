"""Limits on what a model may cost."""

from __future__ import annotations

from typing import Any

import pytest

from trucksight.train.quiet import import_keras
from trucksight.train.search.budget import Budget, Refused


@pytest.fixture(scope="module")
def model() -> Any:
    """2 filters of 3x3x3 on 16x16 places, then one output: 56 + 513 weights."""
    keras = import_keras()
    inputs = keras.Input((16, 16, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(2, 3, padding="same")(x)
    x = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(x))
    return keras.Model(inputs, x)


def test_what_is_within_its_limits_is_told(model: Any) -> None:
    found = Budget(max_parameters=569, max_multiply_adds=14_336).check(model)
    assert found == {"parameters": 569, "multiply_adds": 16 * 16 * 54 + 512}


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"max_parameters": 568}, "569 parameters are over the 568 allowed"),
        ({"max_multiply_adds": 14_335}, "14,336 multiply-adds are over the 14,335 allowed"),
        ({"max_latency_ms": 1e-6}, "ms a picture on this machine are over the 1e-06 allowed"),
    ],
)
def test_what_is_over_a_limit_is_refused(model: Any, limits: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        Budget(**limits).check(model)


def test_the_latency_is_measured_where_it_is_limited(model: Any) -> None:
    found = Budget(max_latency_ms=1e6).check(model)
    assert 0 < found["latency_ms"] < 1e6
