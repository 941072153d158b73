"""Grad-CAM finds what a model with hand-set weights looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.quiet import import_keras
from trucksight.train.seeing.gradcam import grad_cam, target_layer

Picture = npt.NDArray[np.uint8]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_the_evidence_is_where_the_red_is(
    red_model: Callable[..., Any],
    red_square: Callable[..., Picture],
    as_input: Callable[[Picture], Picture],
    nested: bool,
    outputs: int,
) -> None:
    model = red_model(nested=nested, outputs=outputs)
    maps = grad_cam(model, as_input(red_square(20, 4)), 1)
    assert maps.heat.shape == (1, 32, 32)
    assert maps.heat[0, 4:12, 20:28].sum() / maps.heat.sum() > 0.95
    assert maps.scores.shape == (1, max(2, outputs))
    assert maps.scores[0, 1] > 0.6


def test_the_scores_are_those_of_the_model(
    red_model: Callable[..., Any],
    red_square: Callable[..., Picture],
    as_input: Callable[[Picture], Picture],
) -> None:
    model, pixels = red_model(), as_input(red_square(3, 3))
    expected = model.predict_on_batch(pixels)[0, 0]
    assert grad_cam(model, pixels, 1).scores[0] == pytest.approx([1 - expected, expected], abs=1e-6)


def test_evidence_for_the_other_label_is_elsewhere(
    red_model: Callable[..., Any],
    red_square: Callable[..., Picture],
    as_input: Callable[[Picture], Picture],
) -> None:
    pixels = as_input(red_square(20, 4))
    heat = grad_cam(red_model(), pixels, 0).heat[0]
    assert heat.sum() > 0
    assert heat[4:12, 20:28].sum() == 0


def test_a_score_of_exactly_one_still_has_evidence(
    red_model: Callable[..., Any], as_input: Callable[[Picture], Picture]
) -> None:
    red = np.full((32, 32, 3), (0, 0, 255), np.uint8)
    maps = grad_cam(red_model(), as_input(red), 1)
    assert maps.scores[0, 1] == 1
    assert maps.heat.min() > 0


def test_many_pictures_give_what_each_gives_alone(
    red_model: Callable[..., Any],
    red_square: Callable[..., Picture],
    as_input: Callable[[Picture], Picture],
) -> None:
    model = red_model()
    pixels = np.concatenate([as_input(red_square(place, place)) for place in range(2, 22)])
    together = grad_cam(model, pixels, 1).heat
    alone = grad_cam(model, pixels[17:18], 1).heat[0]
    np.testing.assert_allclose(together[17], alone, rtol=1e-5)


def test_a_model_that_sees_only_the_left_has_no_evidence_on_the_right() -> None:
    keras = import_keras()
    picture = keras.Input((32, 32, 3), dtype="uint8")
    cut = keras.layers.Cropping2D(((0, 0), (0, 16)))(keras.layers.Rescaling(1 / 255)(picture))
    padded = keras.layers.ZeroPadding2D(((0, 0), (0, 16)))(cut)
    conv = keras.layers.Conv2D(4, 1, activation="relu", kernel_initializer="ones")(padded)
    pooled = keras.layers.GlobalAveragePooling2D()(conv)
    score = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")(pooled)
    noise = np.random.default_rng(1).integers(0, 255, (1, 32, 32, 3)).astype(np.uint8)
    heat = grad_cam(keras.Model(picture, score), noise, 1).heat[0]
    assert heat[:, :16].min() > 0
    assert heat[:, 16:].max() == 0


def test_behind_flatten_only_hires_cam_knows_which_places_count(
    red_model: Callable[..., Any], as_input: Callable[[Picture], Picture]
) -> None:
    model = red_model(head="flat")  # its weights on the right half are zero
    red = as_input(np.full((32, 32, 3), (0, 0, 255), np.uint8))
    blurred = grad_cam(model, red, 1).heat[0]
    exact = grad_cam(model, red, 1, method="hires-cam").heat[0]
    assert blurred[:, 16:].sum() == pytest.approx(blurred[:, :16].sum())
    assert exact[:, 16:].sum() == 0
    assert exact[:, :16].sum() > 0


def test_behind_pooling_both_methods_point_alike(
    red_model: Callable[..., Any],
    red_square: Callable[..., Picture],
    as_input: Callable[[Picture], Picture],
) -> None:
    pixels = as_input(red_square(20, 4))
    one, other = (
        grad_cam(red_model(), pixels, 1, method=method).heat[0]
        for method in ("grad-cam", "hires-cam")
    )
    np.testing.assert_allclose(one / one.max(), other / other.max(), atol=1e-5)


@pytest.mark.parametrize(("nested", "name"), [(False, "only_red"), (True, "inner/only_red")])
def test_the_last_convolution_is_found_behind_its_activation(
    red_model: Callable[..., Any], nested: bool, name: str
) -> None:
    assert target_layer(red_model(nested=nested)).leaf.name == name


def test_branches_are_looked_at_where_they_are_joined() -> None:
    keras = import_keras()
    layers = keras.layers
    picture = keras.Input((8, 8, 3))
    one = layers.Conv2D(4, 3, padding="same", name="left")(picture)
    other = layers.Conv2D(4, 1, name="right")(picture)
    joined = layers.ReLU(name="passed_on")(layers.Concatenate(name="both")([one, other]))
    pooled = layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(joined))
    target = target_layer(keras.Model(picture, layers.Dense(1, "sigmoid")(pooled)))
    assert (target.leaf.name, target.output_shape) == ("passed_on", (1, 8, 8, 8))


@pytest.mark.parametrize("name", ["redness", "inner/redness"])
def test_another_layer_is_found_by_name(red_model: Callable[..., Any], name: str) -> None:
    assert target_layer(red_model(nested=True), name).leaf.name == "inner/redness"


@pytest.mark.parametrize(
    ("name", "message"), [("conv_9", "there are: scaled"), ("pooled", "more than one place")]
)
def test_a_layer_without_maps_is_refused(
    red_model: Callable[..., Any], name: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        target_layer(red_model(), name)


def test_a_model_without_convolution_is_refused() -> None:
    keras = import_keras()
    picture = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(picture)
    with pytest.raises(UsageError, match="no convolution"):
        target_layer(keras.Model(picture, keras.layers.Dense(1, "sigmoid")(flat)))
