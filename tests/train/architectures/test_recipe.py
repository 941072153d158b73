"""What a recipe can ask of any family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import ARCHITECTURES, ConvStack, Recipe, build
from trucksight.train.quiet import import_keras

Noise = Callable[[int, int, int], npt.NDArray[np.uint8]]


def kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_a_size_is_width_and_height_or_one_side() -> None:
    assert Recipe((64, 48), 1).shape == (48, 64, 3)
    assert build("truck-cnn", Recipe((64, 48), 1)).model.input_shape == (None, 48, 64, 3)
    assert Recipe(64, 1).shape == (64, 64, 3)


@pytest.mark.parametrize("channels", [None, 3])
def test_grey_is_that_of_opencv_before_rounding(noise: Noise, channels: int | None) -> None:
    from trucksight.train.architectures.pixels import picture

    keras = import_keras()
    pictures = noise(1, 16, 12)
    model = keras.Model(*picture(keras, Recipe((12, 16), 1, grey=True), channels))
    grey = np.asarray(model(pictures))
    expected = cv2.cvtColor(pictures[0], cv2.COLOR_RGB2GRAY)
    assert grey.shape == (1, 16, 12, channels or 1)
    assert model.weights == []
    assert np.abs(grey[0] - expected[..., np.newaxis]).max() < 0.51


@pytest.mark.parametrize("name", ["mobilenetv2", "truck-cnn", "lenet5"])
def test_a_grey_model_does_not_see_colour(name: str, noise: Noise) -> None:
    model = build(name, Recipe(32, 1, grey=True)).model
    coloured = noise(2, 32, 32)
    grey = np.stack([cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in coloured])
    scores = [np.asarray(model(p)) for p in (coloured, grey[..., np.newaxis].repeat(3, axis=-1))]
    assert scores[0] == pytest.approx(scores[1], abs=1e-2)
    in_colour = build(name, Recipe(32, 1, grey=False)).model
    assert "luma" in [layer.name for layer in model.layers]
    assert "luma" not in [layer.name for layer in in_colour.layers]


def test_digits_are_grey_where_nothing_is_said() -> None:
    assert [name for name, row in ARCHITECTURES.items() if row.grey] == ["lenet5", "mlp"]
    assert build("mlp", Recipe(28, 10)).model.count_params() == 136_074


def test_the_hidden_layers_of_a_head_are_chosen() -> None:
    recipe = Recipe(
        32, 1, hidden=(64, 32), dropout=0.4, batch_norm=True, activation="tanh", l2=0.01
    )
    network = build("mobilenetv2", recipe)
    above = network.model.layers[-9:]
    assert kinds(network.model)[-9:] == [
        *("Dense", "BatchNormalization", "Activation", "Dropout") * 2,
        "Dense",
    ]
    assert [layer.units for layer in above if hasattr(layer, "units")] == [64, 32, 1]
    assert above[3].rate == 0.4
    assert len(network.model.losses) == 3
    assert network.base[0].kernel_regularizer is None


def test_penalties_add_to_the_loss() -> None:
    model = build("truck-cnn", Recipe(32, 1, l1=0.5, l2=0.25)).model
    weights = [w for w in model.get_weights() if w.ndim > 1]
    expected = sum(0.5 * np.abs(w).sum() + 0.25 * np.square(w).sum() for w in weights)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("activation", "initializer", "dropout"),
    [
        ("relu", "HeNormal", "Dropout"),
        ("elu", "HeNormal", "Dropout"),
        ("selu", "LecunNormal", "AlphaDropout"),
        ("tanh", "GlorotUniform", "Dropout"),
        ("sigmoid", "GlorotUniform", "Dropout"),
    ],
)
def test_initialisation_and_dropout_suit_the_activation(
    activation: Any, initializer: str, dropout: str
) -> None:
    model = build("tuned-cnn", Recipe(16, 1, activation=activation)).model
    first = model.get_layer("conv_1")
    assert first.activation.__name__ == activation
    assert type(first.kernel_initializer).__name__ == initializer
    assert kinds(model).count(dropout) == 5
    chosen = build("truck-cnn", Recipe(32, 1, activation=activation, initializer="lecun_uniform"))
    drawn = chosen.model.get_layer("conv_1").kernel_initializer
    assert type(drawn).__name__ == "LecunUniform"


def test_a_stack_is_built_as_it_is_chosen() -> None:
    stack = ConvStack((16, 512), (5, 3), "elu", 0.1, (10, 20), batch_norm=True)
    model = build("tuned-cnn", Recipe(20, 3, stack=stack)).model
    shapes = [layer.kernel.shape for layer in model.layers if hasattr(layer, "kernel")]
    assert shapes == [(5, 5, 3, 16), (3, 3, 16, 512), (12_800, 10), (10, 20), (20, 3)]
    assert kinds(model).count("BatchNormalization") == 4
    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.1] * 4
    over = build("tuned-cnn", Recipe(20, 3, stack=stack, dropout=0.0, hidden=())).model
    assert "Dropout" not in kinds(over)
    assert kinds(over).count("Dense") == 1


def test_a_stack_of_eight_blocks_takes_the_smallest_picture(noise: Noise) -> None:
    stack = ConvStack((16,) * 8, (3,) * 8)
    model = build("tuned-cnn", Recipe(8, 1, stack=stack)).model
    assert np.asarray(model(noise(2, 8, 8))).shape == (2, 1)


def test_vgg16_with_weights_has_a_small_head(tmp_path: Any) -> None:
    base = import_keras().applications.VGG16(
        input_shape=(32, 32, 3), include_top=False, weights=None
    )
    base.save_weights(tmp_path / "base.weights.h5")
    network = build("vgg16", Recipe(32, 1, weights=str(tmp_path / "base.weights.h5")))
    assert network.head.count_params() == 512 * 128 + 128 + 128 + 1
    papers = build("vgg16", Recipe(32, 1, weights="none"))
    assert papers.model.get_layer("hidden_2").units == 4096
    assert papers.head is None


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"dropout": 1.0}, "dropout must be 0 or more and under 1, not 1.0"),
        ({"activation": "swish"}, "no activation 'swish'; known: relu, elu"),
        ({"initializer": "zeros"}, "no initializer 'zeros'; known: he_normal"),
        ({"l2": -1.0}, "l1 and l2 must be 0 or more"),
        ({"hidden": (64, 0)}, "a dense layer has 1 unit or more"),
        ({"outputs": 0}, "1 output or more, not 0"),
    ],
)
def test_a_recipe_that_cannot_be_meant_is_refused(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe(**{"size_wh": 32, "outputs": 1, **choices})


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"filters": (8,), "kernels": (3,)}, "16 to 512 filters, not 8"),
        ({"filters": (16,), "kernels": (7,)}, "a kernel is 3 or 5, not 7"),
        ({"filters": (16, 16), "kernels": (3,)}, "2 blocks needs as many kernel sizes, not 1"),
        ({"filters": (), "kernels": ()}, "1 to 8 blocks, not 0"),
        ({"dropout": -0.1}, "dropout must be"),
        ({"dense": (0,)}, "1 unit or more"),
    ],
)
def test_a_stack_that_cannot_be_meant_is_refused(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ConvStack(**choices)


@pytest.mark.parametrize(
    ("name", "recipe", "message"),
    [
        ("inceptionv3", Recipe((80, 74), 1), "takes pictures of 75x75 pixels or more, not 80x74"),
        ("resnet50", Recipe(32, 1, width=0.5), "resnet50 has no choice of width"),
        ("alexnet", Recipe(64, 1, weights="imagenet"), "alexnet has no choice of weights"),
        ("mlp", Recipe(28, 1, stack=ConvStack()), "mlp has no choice of stack"),
        ("resnet", Recipe(32, 1), "no model 'resnet'; known: truck-cnn, mobilenetv2"),
    ],
)
def test_what_a_family_does_not_have_is_refused(name: str, recipe: Recipe, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build(name, recipe)
