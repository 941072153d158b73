"""Every recipe exports every architecture that can be trained, at every width offered.

The large ones take a minute or two and some GB of memory each, and are exported to float32 by
`test_from_picture_to_board.py`; TRUCKSIGHT_EVERY_FAMILY=1 puts them through all recipes, best one
at a time.
"""

from __future__ import annotations

import os
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
from trucksight.train.quiet import import_keras
from trucksight.train.scores.scoring import label_columns

SIDE = 32
"""Pixels, where a family does not ask for more."""
HIDDEN = {"alexnet": (16, 16), "vgg16": (16, 16), "vgg19": (16, 16)}
"""Their own hidden layers have a hundred million weights, and teach nothing about exporting."""
BOTH = ("truck-cnn", "mobilenetv2")
"""Families that are tried with one and with several outputs; the last layer is that of all."""
SMALL = ("truck-cnn", "mobilenetv2", "lenet5", "mlp", "tuned-cnn", "mobilenetv3small", "resnet18")
MIDDLE = (0.5, 0.75, 1.3)
"""Widths between two others."""
PICTURES = 48
STEPS = 3
"""For every label after the first."""
RATE = 0.02
"""Share of its own length by which a step moves a weight: steps as long as the gradient overshoot
in a deep network of random weights, and leave it fewer features than it began with."""
RATES = {"vgg19": 0.005}
"""Sixteen convolutions without a batch norm between them overshoot at that too."""
LEAST_AREA = {"fp32": 0.999, "fp16": 0.999, "dynamic": 0.85, "int8": 0.85}
"""Under the ROC curve of each label, by arithmetic; chance gives 0.5 with a deviation of 0.09. What
integers cost a trained network is for the gate to say."""
LARGE = pytest.mark.skipif(
    os.environ.get("TRUCKSIGHT_EVERY_FAMILY") != "1", reason="run: TRUCKSIGHT_EVERY_FAMILY=1 pytest"
)
CASES = [
    pytest.param(
        name,
        width,
        outputs,
        id=f"{name}{f'-{width}' if width else ''}-{outputs}",
        marks=[] if name in SMALL and width not in MIDDLE else LARGE,
    )
    for name, row in ARCHITECTURES.items()
    for width in (row.widths or (None,))
    for outputs in ((1, 3) if name in BOTH and width in (None, row.width) else (1,))
]


def _pictures(labels: npt.NDArray[np.int64], side: int) -> npt.NDArray[np.uint8]:
    """Patches of random grey with one channel, the label's, raised, and all of them a little."""
    patches = np.random.default_rng(7).integers(0, 100, (len(labels), 4, 4, 1)).repeat(3, axis=3)
    patches[np.arange(len(labels)), :, :, labels] += 80
    patches += 35 * labels[:, np.newaxis, np.newaxis, np.newaxis]
    large = patches.repeat(-(-side // 4), axis=1).repeat(-(-side // 4), axis=2)
    return large[:, :side, :side].astype(np.uint8)


def _scores(model: Any, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What `predict` gives; compiling it would take longer than the one batch."""
    return np.asarray(model(pictures, training=False))


def _teach(
    model: Any, pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], rate: float
) -> None:
    """A few steps: random weights drown in the noise of integers, these do not."""
    keras = import_keras()
    from tensorflow import GradientTape, norm

    model.trainable = True
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0  # the batch norms' statistics would be those of other activations
    losses = keras.losses
    binary = model.output_shape[-1] == 1
    loss = losses.BinaryCrossentropy() if binary else losses.SparseCategoricalCrossentropy()
    weights = model.trainable_variables
    # Compiling a step, or Adam's arithmetic on every weight, would take longer than all of this.
    for _ in range(STEPS * int(labels.max())):
        with GradientTape() as tape:
            cost = loss(labels[:, np.newaxis], model(pictures, training=True))
        for weight, slope in zip(weights, tape.gradient(cost, weights), strict=True):
            length = max(float(norm(slope)), keras.backend.epsilon())
            weight.assign_sub(rate * float(norm(weight.value)) / length * slope)
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
    side = max(SIDE, ARCHITECTURES[name].smallest)
    pictures = _pictures(labels, side)
    import_keras().utils.set_random_seed(1)
    recipe = Recipe(side, outputs, width, "none", hidden=HIDDEN.get(name))
    model = build(name, recipe).model
    _teach(model, pictures, labels, RATES.get(name, RATE))
    keras = label_columns(_scores(model, pictures))
    assert (keras.argmax(axis=1) == labels).all()
    source = Convertible(model, pictures)
    for export in RECIPES.values():
        found, _ = variant_scores(export.convert(source), export.format, pictures)
        scores = label_columns(found)
        for label in range(scores.shape[1]):
            area = roc_auc_score(labels == label, scores[:, label])
            assert area > LEAST_AREA[export.name.split("-")[1]], export.name
        if export.name.endswith("fp32"):
            assert np.abs(scores - keras).max() < 1e-4
