"""Every recipe turns a trained model into a file that an engine runs as Keras does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.parity import variant_scores
from trucksight.export.quiet import ConversionError
from trucksight.export.recipes import DEFAULT_VARIANTS, RECIPES, named_recipes
from trucksight.runtime.backends import BACKENDS, open_backend
from trucksight.runtime.errors import UsageError
from trucksight.train.run_folder import load_run
from trucksight.train.scores.scoring import load_pixels, predict

CLOSE = {"fp32": 1e-4, "fp16": 2e-2, "dynamic": 0.1, "int8": 0.15}
"""Largest score difference to Keras that the small model may show, by the recipe's arithmetic."""


@pytest.fixture(scope="module")
def pixels(run_path: Path) -> npt.NDArray[np.uint8]:
    run = load_run(run_path)
    return load_pixels(run.examples(), run.contract)


@pytest.fixture(scope="module")
def source(run_path: Path, pixels: npt.NDArray[np.uint8]) -> Convertible:
    return Convertible(load_run(run_path).model(), pixels)


@pytest.fixture(scope="module")
def files(source: Convertible) -> dict[str, bytes]:
    return {name: recipe.convert(source) for name, recipe in RECIPES.items()}


@pytest.mark.parametrize("name", RECIPES)
def test_a_variant_scores_as_keras_does(
    name: str, files: dict[str, bytes], source: Convertible, pixels: npt.NDArray[np.uint8]
) -> None:
    scores, engine = variant_scores(files[name], RECIPES[name].format, pixels)
    keras = predict(source.model, pixels)
    assert scores.shape == keras.shape
    assert np.abs(scores - keras).max() < CLOSE[name.split("-")[1]], engine


@pytest.mark.parametrize("name", ["onnx-fp32", "onnx-fp16"])
def test_opencv_scores_an_onnx_variant_as_keras_does(
    name: str, files: dict[str, bytes], source: Convertible, pixels: npt.NDArray[np.uint8]
) -> None:
    backend = open_backend("opencv", files[name])
    scores = np.stack([backend.run(picture[np.newaxis]) for picture in pixels[:8]])
    backend.close()
    assert np.abs(scores - predict(source.model, pixels[:8])).max() < 2e-2


@pytest.mark.parametrize("name", RECIPES)
def test_every_variant_takes_uint8_pixels(name: str, files: dict[str, bytes]) -> None:
    engines = [row for row in BACKENDS.values() if RECIPES[name].format in row.formats]
    assert engines
    scores, _ = variant_scores(
        files[name], RECIPES[name].format, np.zeros((1, 32, 32, 3), np.uint8)
    )
    assert 0 <= scores[0, 0] <= 1


def test_int8_is_about_a_quarter_of_fp32(files: dict[str, bytes]) -> None:
    assert len(files["tflite-int8"]) < 0.45 * len(files["tflite-fp32"])
    assert len(files["onnx-fp16"]) < 0.75 * len(files["onnx-fp32"])


def test_int8_without_calibration_pictures_is_refused(source: Convertible) -> None:
    with pytest.raises(ConversionError, match="calibration pictures"):
        RECIPES["tflite-int8"].convert(
            Convertible(source.model, np.empty((0, 32, 32, 3), np.uint8))
        )


def test_recipes_are_given_in_order_of_preference() -> None:
    names = [recipe.name for recipe in named_recipes(["onnx-fp32", "tflite-int8"])]
    assert names == ["tflite-int8", "onnx-fp32"]
    assert {recipe.name for recipe in named_recipes(None)} == set(DEFAULT_VARIANTS)


@pytest.mark.parametrize("names", [["tflite-int4"], [""], []])
def test_an_unknown_variant_is_refused_with_those_that_are_known(names: list[str]) -> None:
    with pytest.raises(UsageError, match="known: tflite-int8, tflite-fp32"):
        named_recipes(names)
