"""Channels are brought to one range, so that integers round less of what was learned away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export import convertible
from trucksight.export.convertible import Convertible
from trucksight.export.equalization import CEILING_SHARE, LEVELS, MOST, equalize
from trucksight.export.parity import variant_scores
from trucksight.export.recipes import RECIPES
from trucksight.train.quiet import import_keras

CHANNELS, OUTPUTS = 12, 96
"""Of the second kernel; TensorFlow leaves one of less than 1,024 weights in float where it can."""
Pictures = npt.NDArray[np.uint8]
Between = Callable[[Any, Any], Any]


@pytest.fixture
def pictures() -> Pictures:
    return np.random.default_rng(0).integers(0, 256, (12, 12, 12, 3)).astype(np.uint8)


def straight(layers: Any, x: Any) -> Any:
    return layers.ReLU(6.0)(x)


def no_ceiling(layers: Any, x: Any) -> Any:
    return layers.Activation("relu")(x)


def padded(layers: Any, x: Any) -> Any:
    return layers.ZeroPadding2D(1)(layers.ReLU(6.0)(x))


def pooled(layers: Any, x: Any) -> Any:
    return layers.MaxPooling2D(2)(layers.ReLU()(x))


def leaky(layers: Any, x: Any) -> Any:
    return layers.ReLU(negative_slope=0.1)(x)


def swish(layers: Any, x: Any) -> Any:
    return layers.Activation("silu")(x)


def read_twice(layers: Any, x: Any) -> Any:
    x = layers.ReLU(6.0)(x)
    return layers.Add()([x, layers.Conv2D(CHANNELS, 1)(x)])


def read_by_an_operation(layers: Any, x: Any) -> Any:
    x = layers.ReLU(6.0)(x)
    return layers.Conv2D(CHANNELS, 1)(x) + x


def read_by_a_model(layers: Any, x: Any) -> Any:
    keras = import_keras()
    x = layers.ReLU(6.0)(x)
    inside = keras.Sequential([keras.Input(x.shape[1:]), layers.Conv2D(CHANNELS, 1)])
    return layers.Add()([layers.Conv2D(CHANNELS, 1)(x), inside(x)])


def read_twice_by_one(layers: Any, x: Any) -> Any:
    twice = layers.Conv2D(CHANNELS, 1)
    x = layers.ReLU(6.0)(x)
    return twice(twice(x))


def always_off(layers: Any, x: Any) -> Any:
    return layers.Activation("relu")(layers.BatchNormalization(beta_initializer=_far_below)(x))


def _far_below(shape: Any, dtype: Any = None) -> Any:
    return import_keras().ops.full(shape, -1e4, dtype)


def depthwise(layers: Any, x: Any) -> Any:
    return layers.DepthwiseConv2D(3)(layers.ReLU(6.0)(x))


def model_of(between: Between, scale: bool = True) -> Any:
    """Channels a thousand times apart in size, read by a kernel that makes up for it."""
    keras = import_keras()
    keras.utils.set_random_seed(3)
    layers, rng = keras.layers, np.random.default_rng(3)
    inputs = keras.Input((12, 12, 3), dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    x = layers.Conv2D(CHANNELS, 3, name="first")(x)
    norm = layers.BatchNormalization(scale=scale, name="norm")
    x = layers.Conv2D(OUTPUTS, 1, name="second")(between(layers, norm(x)))
    x = layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, x)
    sizes = np.geomspace(0.002, 2, CHANNELS)
    if scale:
        norm.set_weights([sizes, sizes * 0.2, np.zeros(CHANNELS), np.ones(CHANNELS)])
    else:
        norm.set_weights([sizes, np.zeros(CHANNELS), np.ones(CHANNELS)])
    kernel = rng.normal(size=(1, 1, CHANNELS, OUTPUTS)) / sizes[:, np.newaxis]
    model.get_layer("second").set_weights([kernel, np.zeros(OUTPUTS)])
    return model


def rounded(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    steps = np.abs(kernel).max(axis=(0, 1, 2)) / LEVELS
    return np.round(kernel / steps) * steps


@pytest.mark.parametrize("between", [straight, no_ceiling, padded, pooled])
def test_the_model_computes_the_same_and_its_rounding_disturbs_less(
    between: Between, pictures: Pictures
) -> None:
    def disturbed(model: Any) -> float:
        layer = model.get_layer("second")
        kernel, bias = layer.get_weights()
        exact = features.predict_on_batch(pictures)
        layer.set_weights([rounded(kernel), bias])
        off = features.predict_on_batch(pictures) - exact
        layer.set_weights([kernel, bias])
        return float(np.square(off).mean() ** 0.5)

    model = model_of(between)
    features = import_keras().Model(model.inputs, model.get_layer("second").output)
    before, shaken = features.predict_on_batch(pictures), disturbed(model)
    assert equalize(model, pictures) == ["second"]
    assert features.predict_on_batch(pictures) == pytest.approx(before, rel=1e-4, abs=1e-4)
    assert disturbed(model) < 0.5 * shaken


def test_no_channel_is_brought_to_the_ceiling(pictures: Pictures) -> None:
    model = model_of(straight)
    activation = next(layer for layer in model.layers if layer.__class__.__name__ == "ReLU")
    watched = import_keras().Model(model.inputs, activation.output)

    def largest() -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = watched.predict_on_batch(pictures).max(axis=(0, 1, 2))
        return found

    before = largest()
    equalize(model, pictures)
    factors = largest() / before
    assert factors.min() >= 1
    assert factors.max() == pytest.approx(MOST, rel=1e-4)
    scaled = (factors > 1.001) & (factors < 0.999 * MOST)
    assert scaled.any()
    assert largest()[scaled] == pytest.approx(6 * CEILING_SHARE, rel=1e-4)


@pytest.mark.parametrize(
    "between",
    [
        leaky,
        swish,
        read_twice,
        read_by_an_operation,
        read_by_a_model,
        read_twice_by_one,
        always_off,
        depthwise,
    ],
)
def test_what_does_not_scale_is_left_alone(between: Between, pictures: Pictures) -> None:
    model = model_of(between)
    before = [one.copy() for one in model.get_weights()]
    assert equalize(model, pictures) == []
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_norm_without_a_scale_is_left_alone(pictures: Pictures) -> None:
    assert equalize(model_of(straight, scale=False), pictures) == []


def test_a_kernel_of_integers_is_left_alone(pictures: Pictures) -> None:
    model = model_of(straight)
    layer = model.get_layer("second")
    kernel, bias = layer.get_weights()
    layer.set_weights([rounded(kernel), bias])
    assert equalize(model, pictures) == []


@pytest.mark.parametrize("recipe", ["tflite-int8", "tflite-dynamic", "onnx-int8"])
def test_a_file_of_integers_is_nearer_to_its_source_for_it(
    recipe: str, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off(model: Any) -> float:
        made = RECIPES[recipe]
        scores, _ = variant_scores(
            made.convert(Convertible(model, pictures)), made.format, pictures
        )
        return float(np.abs(scores - np.asarray(model.predict_on_batch(pictures))).mean())

    model = model_of(straight)
    with_it = off(model)
    monkeypatch.setattr(convertible, "equalize", lambda model, pictures: [])
    untouched = model_of(straight)
    assert with_it < 0.7 * off(untouched)
    pairs = zip(model.get_weights(), untouched.get_weights(), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_without_pictures_nothing_is_scaled() -> None:
    source = Convertible(model_of(straight), np.empty((0, 12, 12, 3), np.uint8))
    assert source.equalized is source
