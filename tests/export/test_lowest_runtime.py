"""What a file needs is read from the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.lowest_runtime import lowest_runtime
from trucksight.export.recipes import RECIPES
from trucksight.train.run_folder import load_run


@pytest.fixture(scope="module")
def source(run_path: Path) -> Convertible:
    return Convertible(load_run(run_path).model(), np.empty((0, 32, 32, 3), np.uint8))


def lowest(name: str, source: Convertible) -> dict[str, str]:
    return lowest_runtime(RECIPES[name].convert(source), RECIPES[name].format)


def test_float_tflite_loads_in_the_last_tflite_runtime(source: Convertible) -> None:
    found = lowest("tflite-fp32", source)
    assert set(found) == {"ai-edge-litert", "tflite-runtime"}
    assert tuple(map(int, found["tflite-runtime"].split("."))) <= (2, 14, 0)


def test_dynamic_tflite_needs_operators_that_it_lacks(source: Convertible) -> None:
    assert set(lowest("tflite-dynamic", source)) == {"ai-edge-litert"}


def test_onnx_is_told_by_its_operator_set(source: Convertible) -> None:
    assert lowest("onnx-fp32", source) == {"onnxruntime": "1.12.0"}
