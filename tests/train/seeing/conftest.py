"""Models whose evidence is known because their weights were set by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

SIDE = 32


def _red_model(nested: bool = False, outputs: int = 1, head: str = "pooled") -> Any:
    """Calls a picture positive for its red; `head` is pooled, or flat with weights on the left."""
    from trucksight.train.quiet import import_keras

    keras = import_keras()
    layers = keras.layers
    picture = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="picture")
    scaled = layers.Rescaling(1 / 255, name="scaled")(picture)
    chain = [
        layers.Conv2D(2, 3, padding="same", use_bias=False, name="redness"),
        layers.ReLU(name="only_red"),
    ]
    if nested:
        inner_input = keras.Input((SIDE, SIDE, 3), name="inner_input")
        inner = inner_input
        for layer in chain:
            inner = layer(inner)
        maps = keras.Model(inner_input, inner, name="inner")(scaled)
    else:
        maps = scaled
        for layer in chain:
            maps = layer(maps)
    if head == "pooled":
        vector = layers.GlobalAveragePooling2D(name="pooled")(maps)
    else:
        vector = layers.Flatten(name="flat")(maps)
    last = layers.Dense(outputs, "sigmoid" if outputs == 1 else "softmax", name="probability")
    model = keras.Model(picture, last(vector), name="red")
    kernel = np.zeros((3, 3, 3, 2), np.float32)
    kernel[1, 1] = [[1, -1], [-0.5, 0.5], [-0.5, 0.5]]  # one map for red, one against it
    chain[0].set_weights([kernel])
    if head == "pooled":
        weights = np.array([[60.0], [-60.0]])
    else:
        place = np.zeros((SIDE, SIDE, 2))
        place[:, : SIDE // 2, 0] = 1
        weights = place.reshape(-1, 1)
    columns = [weights] if outputs == 1 else [-weights, weights, np.zeros_like(weights)]
    last.set_weights([np.hstack(columns[:outputs]), np.zeros(outputs)])
    return model


def _red_square(left: int, top: int, side: int = 8, size_wh: tuple[int, int] = (SIDE, SIDE)) -> Any:
    """(height, width, 3) BGR: a red square on dark grey with some texture."""
    rng = np.random.default_rng(0)
    picture = rng.integers(40, 44, (size_wh[1], size_wh[0], 3)).astype(np.uint8)
    picture[top : top + side, left : left + side] = (20, 20, 230)
    return picture


@pytest.fixture(scope="session")
def red_model() -> Callable[..., Any]:
    return _red_model


@pytest.fixture(scope="session")
def red_square() -> Callable[..., npt.NDArray[np.uint8]]:
    return _red_square


@pytest.fixture(scope="session")
def as_input() -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]:
    """A BGR picture of the right size as the batch that a model takes."""
    return lambda picture: cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)[np.newaxis]  # type: ignore[return-value]
