"""What the tests of training share: a tiny network in the parts of a pretrained one, pictures.

Road pictures differ as photographs do: rendered once, for near-duplicates to be made of.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.scenes import render_picture
from trucksight.train.architectures import Network
from trucksight.train.fitting.stages import Labelled
from trucksight.train.quiet import import_keras

Splits = tuple[Labelled, Labelled]
Picture = npt.NDArray[np.uint8]
COUNT = 12
SIZE_WH = (256, 160)
DAYLIGHT = 75
"""Least mean level."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks into the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def keras() -> Any:
    return import_keras()


@pytest.fixture
def splits(painted: Callable[..., npt.NDArray[np.uint8]]) -> Splits:
    """24 pictures to learn from and 12 to select by, with the names of their contents."""

    def labelled(count: int, first: int) -> Labelled:
        truth = np.arange(count) % 2
        pixels = [painted(bool(kind), first + n, side=32) for n, kind in enumerate(truth)]
        return Labelled(np.stack(pixels), truth, [f"{first + n:064x}" for n in range(count)])

    return labelled(24, 0), labelled(12, 100)


@pytest.fixture
def fresh(keras: Any) -> Callable[..., Network]:
    """Makes a network with a base of three convolutions, each with a batch normalisation."""

    def make(seed: int = 0, outputs: int = 1) -> Network:
        keras.utils.set_random_seed(seed)
        layers = keras.layers
        inputs = keras.Input((32, 32, 3), dtype="uint8")
        base = []
        for name, filters in (("bottom", 4), ("middle", 6), ("top", 8)):
            base += [
                layers.Conv2D(filters, 3, strides=2, name=name),
                layers.BatchNormalization(name=f"{name}_bn"),
                layers.ReLU(name=f"{name}_relu"),
            ]
        tensor = layers.Rescaling(1 / 255)(inputs)
        for layer in base:
            tensor = layer(tensor)
        pooled = layers.GlobalAveragePooling2D()(tensor)
        head = [
            layers.Dropout(0.3),
            layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax"),
        ]
        vector = keras.Input((8,))
        outs = []
        for tensor in (pooled, vector):
            for layer in head:
                tensor = layer(tensor)
            outs.append(tensor)
        return Network(
            keras.Model(inputs, outs[0]),
            base,
            keras.Model(inputs, pooled),
            keras.Model(vector, outs[1]),
        )

    return make


@pytest.fixture(scope="session")
def roads() -> list[Picture]:
    """COUNT different roads by day (160, 256, 3) BGR; a truck on those of even number."""
    found: list[Picture] = []
    for seed in count(3):
        picture = render_picture(seed, 7, truck=len(found) % 2 == 0).image_bgr
        if picture.mean() > DAYLIGHT:
            found.append(
                np.asarray(cv2.resize(picture, SIZE_WH, interpolation=cv2.INTER_AREA), np.uint8)
            )
        if len(found) == COUNT:
            return found
    raise AssertionError("count() does not end")
