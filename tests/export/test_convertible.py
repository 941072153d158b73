"""What is converted computes what the Keras model computes."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.parity import variant_scores
from trucksight.export.recipes import RECIPES
from trucksight.train.quiet import import_keras

MEAN, VARIANCE = [123.0, 117.0, 104.0], [58.0**2, 57.0**2, 57.0**2]


@pytest.fixture
def pictures() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype(np.uint8)


def adapted(pictures: npt.NDArray[np.uint8]) -> Any:
    layer = import_keras().layers.Normalization()
    layer.adapt(pictures.astype(np.float32))
    return layer


def told(pictures: npt.NDArray[np.uint8]) -> Any:
    return import_keras().layers.Normalization(mean=MEAN, variance=VARIANCE)


def within_a_model(pictures: npt.NDArray[np.uint8]) -> Any:
    keras = import_keras()
    return keras.Sequential([keras.Input((8, 8, 3)), adapted(pictures)])


@pytest.mark.parametrize("normalization", [adapted, told, within_a_model])
@pytest.mark.parametrize("recipe", ["tflite-fp32", "tflite-int8", "onnx-fp32"])
def test_a_normalization_keeps_its_mean_and_variance(
    normalization: Any, recipe: str, pictures: npt.NDArray[np.uint8]
) -> None:
    keras = import_keras()
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = keras.layers.Rescaling(1.0)(inputs)
    x = keras.layers.Flatten()(normalization(pictures)(x))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    export = RECIPES[recipe]
    content = export.convert(Convertible(model, pictures))
    scores, _ = variant_scores(content, export.format, pictures)
    difference = np.abs(scores - np.asarray(model(pictures))).max()
    assert difference < (0.05 if export.calibrated else 1e-5)


@pytest.mark.parametrize("recipe", ["tflite-fp32", "tflite-int8"])
def test_what_is_converted_later_still_has_its_weights(
    recipe: str, pictures: npt.NDArray[np.uint8]
) -> None:
    keras = import_keras()
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    source = Convertible(keras.Model(inputs, keras.layers.Dense(1)(x)), pictures)
    traced = (source.of_bytes, source.of_floats)
    gc.collect()
    assert RECIPES[recipe].convert(source)
    assert traced == (source.of_bytes, source.of_floats)
