"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with a head of 128 hidden units."""

from __future__ import annotations

import contextlib
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import UsageError
from ..quiet import import_keras
from . import Network, Recipe
from .output import output_layer

IMAGENET_WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
"""Widths for which Keras offers ImageNet weights."""
IMAGENET_SIZES = (96, 128, 160, 192, 224)
"""Of other sizes the weights trained at 224 are taken; all layers are convolutions."""


def build(recipe: Recipe) -> Network:
    """Rescale to [-1, 1], base, global average pooling, 128 hidden units, output.

    Raises:
        UsageError: the weights cannot be had or are not of this width.
    """
    keras = import_keras()
    width = 1.0 if recipe.width is None else recipe.width
    base = _pretrained(keras, recipe.size, width, recipe.weights or "none")
    inputs = keras.Input((recipe.size, recipe.size, 3), dtype="uint8", name="picture")
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1, name="pixels_to_signed_unit")(inputs)
    # A base of its own on top of the rescaling keeps the model flat, which exporters prefer.
    flat = keras.applications.MobileNetV2(
        input_tensor=scaled, alpha=width, include_top=False, weights=None
    )
    if base is not None:
        flat.set_weights(base.get_weights())
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(flat.output)
    head_layers = [
        keras.layers.Dense(128, activation="relu", kernel_initializer="he_normal", name="hidden"),
        output_layer(keras, recipe.outputs),
    ]
    vector = keras.Input(pooled.shape[1:], name="features")
    return Network(
        model=keras.Model(inputs, _chain(head_layers, pooled), name="truck_mobilenetv2"),
        base=flat.layers[2:],
        features=keras.Model(inputs, pooled, name="features"),
        head=keras.Model(vector, _chain(head_layers, vector), name="head"),
    )


def _chain(layers: list[Any], tensor: Any) -> Any:
    for layer in layers:
        tensor = layer(tensor)
    return tensor


def _pretrained(keras: Any, size: int, width: float, weights: str) -> Any:
    """The base with its weights; None where it begins at random."""
    if weights == "none":
        return None
    if weights == "imagenet":
        return _imagenet(keras, size, width)
    return _from_file(keras, size, width, Path(weights))


def _imagenet(keras: Any, size: int, width: float) -> Any:
    if width not in IMAGENET_WIDTHS:
        raise UsageError(
            f"there are no ImageNet weights of width {width}; choose --width from"
            f" {', '.join(map(str, IMAGENET_WIDTHS))}, or --weights none or a file"
        )
    # Keras tells of the download on stdout, which is for results.
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        # Keras says that another size than IMAGENET_SIZES takes the weights of 224; so do we.
        warnings.filterwarnings("ignore", message=".input_shape. is undefined or non-square")
        try:
            return keras.applications.MobileNetV2(
                input_shape=(size, size, 3), alpha=width, include_top=False, weights="imagenet"
            )
        except Exception as exc:  # Keras raises a plain Exception for a failed download
            raise UsageError(
                f"the ImageNet weights of width {width} could not be had ({exc}); check the"
                " network, give a file with --weights FILE, or train from scratch with"
                " --weights none"
            ) from exc


def _from_file(keras: Any, size: int, width: float, file: Path) -> Any:
    if not file.is_file():
        raise UsageError(f"no weights file at {file}; --weights takes imagenet, none or a file")
    base = keras.applications.MobileNetV2(
        input_shape=(size, size, 3), alpha=width, include_top=False, weights=None
    )
    before = base.get_weights()
    misfit = (
        f"{file} does not hold the weights of MobileNetV2 of width {width} without its top;"
        " give --width as the file has it"
    )
    try:
        with warnings.catch_warnings():
            # Written by an older Keras: it misses containers that hold no weights.
            warnings.filterwarnings("ignore", message="Skipping nested container")
            base.load_weights(str(file))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageError(f"{misfit} ({' '.join(str(exc).split())[:120]})") from exc
    for old, new in zip(before, base.get_weights(), strict=True):
        if old.ndim == 4 and np.array_equal(old, new):
            raise UsageError(f"{misfit} (a kernel of shape {old.shape} is not in it)")
    return base
