"""What every family promises, each at its smallest with weights as they begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.parity import variant_scores
from trucksight.runtime.backends import open_backend
from trucksight.train.architectures import ARCHITECTURES, Network, Recipe, build
from trucksight.train.quiet import import_keras

Noise = Callable[[int, int, int], npt.NDArray[np.uint8]]
BINARY, THREE = 1, 3


@dataclass(frozen=True)
class Built:
    """A family's network after one step of training."""

    network: Network
    pictures: npt.NDArray[np.uint8]
    loss: float
    before: list[npt.NDArray[np.float32]]
    """Its weights before the step."""

    @property
    def scores(self) -> npt.NDArray[np.float32]:
        return np.asarray(self.network.model(self.pictures, training=False))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def built(request: pytest.FixtureRequest, noise: Noise) -> Built:
    keras = import_keras()
    keras.utils.set_random_seed(0)
    side = max(32, ARCHITECTURES[request.param].smallest)
    small = (16, 16) if request.param in ("alexnet", "vgg16", "vgg19") else None
    outputs = THREE if side > 32 else BINARY
    network = build(request.param, Recipe(side, outputs, weights="none", hidden=small))
    pictures = noise(4, side, side)
    before = network.model.get_weights()
    loss = "binary_crossentropy" if outputs == BINARY else "sparse_categorical_crossentropy"
    # To compile the step would take longer than to take it; one that is large makes some networks'
    # numbers so large that engines differ by their rounding.
    network.model.compile(keras.optimizers.SGD(1e-3), loss, run_eagerly=True)
    value = network.model.train_on_batch(pictures, np.array([0, 1, 1, 0]))
    return Built(network, pictures, float(value), before)


def test_it_takes_bytes_and_gives_probabilities(built: Built) -> None:
    model, scores = built.network.model, built.scores
    outputs = scores.shape[1]
    assert model.inputs[0].dtype == "uint8"
    assert model.input_shape == (None, *built.pictures.shape[1:])
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()
    if outputs > BINARY:
        assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_one_step_of_training_moves_every_trainable_layer(built: Built) -> None:
    assert np.isfinite(built.loss)
    after = built.network.model.get_weights()
    kernels = [(a, b) for a, b in zip(built.before, after, strict=True) if a.ndim > 1]
    # A kernel under units that are all dead on four pictures gets no gradient.
    assert np.mean([(a != b).any() for a, b in kernels]) > 0.9


def test_it_is_the_same_saved_and_loaded(built: Built, tmp_path: Path) -> None:
    built.network.model.save(tmp_path / "model.keras")
    loaded = import_keras().saving.load_model(
        tmp_path / "model.keras", compile=False, safe_mode=True
    )
    assert np.asarray(loaded(built.pictures, training=False)) == pytest.approx(built.scores)


def test_its_parts_make_up_the_whole(built: Built) -> None:
    network = built.network
    if network.head is None:
        assert not network.base
        return
    assert len(network.base) < len(network.model.layers)
    by_parts = network.head(network.features(built.pictures))
    assert np.asarray(by_parts) == pytest.approx(built.scores, abs=1e-5)


def test_it_becomes_tflite_and_onnx(built: Built) -> None:
    source = Convertible(_with_biases(built.network.model), built.pictures)
    keras = np.asarray(source.model(built.pictures, training=False))
    for content, model_format in ((source.flatbuffer, "tflite"), (source.onnx, "onnx")):
        scores, _ = variant_scores(content, model_format, built.pictures)
        assert np.abs(scores - keras).max() < 1e-4, model_format
    opencv = open_backend("opencv", source.onnx)
    scores = np.stack([opencv.run(picture[None]) for picture in built.pictures])
    assert np.abs(scores - keras).max() < 1e-4, opencv.engine


def _with_biases(model: Any) -> Any:
    """With every bias away from zero: converters leave out those that are zero."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if getattr(layer, "bias", None) is not None:
            kernels = layer.get_weights()[:-1]
            bias = rng.uniform(0.05, 0.1, layer.bias.shape).astype(np.float32)
            layer.set_weights([*kernels, bias])
    return model
