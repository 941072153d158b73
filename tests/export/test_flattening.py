"""A dense layer that flattens its input by itself keeps its bias on the way to ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.flattening import with_flat_inputs
from trucksight.export.parity import variant_scores
from trucksight.train.quiet import import_keras


@pytest.fixture
def pictures() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype(np.uint8)


def one_pixel(layers: Any, x: Any) -> Any:
    """A map of one pixel, whose flattening the converter leaves to the dense layer."""
    return layers.Flatten()(layers.Conv2D(4, 8)(x))


def two_rows(layers: Any, x: Any) -> Any:
    """A dense layer of every pixel, with axes that stay."""
    return layers.Flatten()(layers.Dense(3, bias_initializer="ones")(x))


def plain(layers: Any, x: Any) -> Any:
    return layers.Flatten()(x)


def convertible(body: Callable[[Any, Any], Any], pictures: npt.NDArray[np.uint8]) -> Convertible:
    keras = import_keras()
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = body(keras.layers, keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.Dense(5, bias_initializer="ones", activation="tanh")(x)
    x = keras.layers.Dense(1, bias_initializer="ones", activation="sigmoid")(x)
    return Convertible(keras.Model(inputs, x), pictures)


@pytest.mark.parametrize("body", [one_pixel, two_rows, plain])
def test_onnx_scores_as_keras_does(
    body: Callable[[Any, Any], Any], pictures: npt.NDArray[np.uint8]
) -> None:
    source = convertible(body, pictures)
    scores, _ = variant_scores(source.onnx, "onnx", pictures)
    assert np.abs(scores - np.asarray(source.model(pictures))).max() < 1e-5


def test_only_what_flattens_is_changed(pictures: npt.NDArray[np.uint8]) -> None:
    flatbuffer = convertible(plain, pictures).flatbuffer
    assert with_flat_inputs(flatbuffer) is flatbuffer
    flatbuffer = convertible(one_pixel, pictures).flatbuffer
    changed = with_flat_inputs(flatbuffer)
    assert changed != flatbuffer
    before, after = (variant_scores(one, "tflite", pictures)[0] for one in (flatbuffer, changed))
    assert (before == after).all()
