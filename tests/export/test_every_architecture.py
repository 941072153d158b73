"""Every recipe exports every architecture that can be trained, at every width offered."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from trucksight.export.convertible import Convertible
from trucksight.export.parity import variant_scores
from trucksight.export.recipes import RECIPES
from trucksight.train.architectures import ARCHITECTURES, Recipe, build
from trucksight.train.architectures.mobilenetv2 import IMAGENET_WIDTHS
from trucksight.train.quiet import import_keras
from trucksight.train.scoring import label_columns

SIZE = 32
PICTURES = 48
STEPS = 3
RATE = 0.1
LEAST_AREA = {"fp32": 0.999, "fp16": 0.999, "dynamic": 0.85, "int8": 0.85}
"""Under the ROC curve of each label, by arithmetic; chance gives 0.5 with a deviation of 0.09. What
integers cost a trained network is for the gate to say."""
CASES = [
    pytest.param(name, width, outputs, id=f"{name}{f'-{width}' if width else ''}-{outputs}")
    for name, row in ARCHITECTURES.items()
    for width in (IMAGENET_WIDTHS if row.pretrained else (None,))
    for outputs in ((1, 3) if width in (None, IMAGENET_WIDTHS[0]) else (1,))
]


def _pictures(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Patches of random grey with one channel, the label's, raised."""
    patches = np.random.default_rng(7).integers(0, 128, (len(labels), 4, 4, 1)).repeat(3, axis=3)
    patches[np.arange(len(labels)), :, :, labels] += 100
    return patches.astype(np.uint8).repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2)


def _scores(model: Any, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What `predict` gives; compiling it would take longer than the one batch."""
    return np.asarray(model(pictures, training=False))


def _teach(model: Any, pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
    """A few steps: random weights drown in the noise of integers, these do not."""
    keras = import_keras()
    from tensorflow import GradientTape

    model.trainable = True
    losses = keras.losses
    binary = model.output_shape[-1] == 1
    loss = losses.BinaryCrossentropy() if binary else losses.SparseCategoricalCrossentropy()
    weights = model.trainable_variables
    # Compiling a step, or Adam's arithmetic on every weight, would take longer than all of this.
    for _ in range(STEPS):
        with GradientTape() as tape:
            cost = loss(labels[:, np.newaxis], model(pictures, training=True))
        for weight, slope in zip(weights, tape.gradient(cost, weights), strict=True):
            weight.assign_sub(RATE * slope)
    for layer in model.layers:
        if hasattr(layer, "moving_mean"):
            layer.momentum = 0.0  # the statistics of these pictures, not of the first steps
    model(pictures, training=True)
    last = next(layer for layer in reversed(model.layers) if layer.get_weights())
    features = _scores(keras.Model(model.inputs[0], last.input), pictures)
    scale = features.std()
    fitted = LogisticRegression(max_iter=1000).fit(features / scale, labels)
    last.set_weights([fitted.coef_.T / scale, fitted.intercept_])


@pytest.mark.parametrize(("name", "width", "outputs"), CASES)
def test_every_recipe_exports_what_tells_the_labels_apart(
    name: str, width: float | None, outputs: int
) -> None:
    labels = np.arange(PICTURES) % max(2, outputs)
    pictures = _pictures(labels)
    import_keras().utils.set_random_seed(1)
    model = build(name, Recipe(SIZE, outputs, width, "none")).model
    _teach(model, pictures, labels)
    keras = label_columns(_scores(model, pictures))
    assert (keras.argmax(axis=1) == labels).all()
    source = Convertible(model, pictures)
    for recipe in RECIPES.values():
        found, _ = variant_scores(recipe.convert(source), recipe.format, pictures)
        scores = label_columns(found)
        for label in range(scores.shape[1]):
            area = roc_auc_score(labels == label, scores[:, label])
            assert area > LEAST_AREA[recipe.name.split("-")[1]], recipe.name
        if recipe.name.endswith("fp32"):
            assert np.abs(scores - keras).max() < 1e-4
