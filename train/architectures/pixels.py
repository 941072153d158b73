"""The first layers of every model: bytes, and what is made of them inside the graph."""

from __future__ import annotations

from typing import Any

from .recipe import Recipe

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey: ITU-R BT.601, as OpenCV's `COLOR_RGB2GRAY` takes them."""
TORCH_MEAN = (0.485, 0.456, 0.406)
"""Of ImageNet's red, green and blue in [0, 1]; with TORCH_DEVIATION what `keras.applications` calls
the mode `torch`."""
TORCH_DEVIATION = (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Of ImageNet's red, green and blue in 0..255: the mode `caffe`, whose channels are BGR."""


def picture(keras: Any, recipe: Recipe, channels: int | None = None) -> tuple[Any, Any]:
    """The model's input, and the picture in colour or grey, 0..255.

    Grey is not rounded to whole levels, and it is made without weights, so that no training can
    change it.

    Args:
        keras: the module.
        recipe: the shape, and whether it is grey.
        channels: repeat grey to so many; None: one.
    """
    inputs = keras.Input(recipe.shape, dtype="uint8", name="picture")
    if not recipe.grey:
        return inputs, inputs
    parts = keras.layers.Rescaling(list(LUMA), name="luma")(inputs)
    grey = keras.ops.sum(parts, axis=-1, keepdims=True)
    if channels is not None:
        grey = keras.layers.Concatenate(name="grey")([grey] * channels)
    return inputs, grey


def to_unit(keras: Any, tensor: Any) -> Any:
    """0..255 to [0, 1]."""
    return keras.layers.Rescaling(1 / 255, name="pixels_to_unit")(tensor)


def to_signed_unit(keras: Any, tensor: Any) -> Any:
    """0..255 to [-1, 1]: the mode `tf` of `keras.applications`."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1, name="pixels_to_signed_unit")(tensor)


def by_torch(keras: Any, tensor: Any) -> Any:
    """0..255 to ImageNet's mean 0 and deviation 1."""
    scale = [1 / (255 * deviation) for deviation in TORCH_DEVIATION]
    offset = [-m / d for m, d in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)]
    return keras.layers.Rescaling(scale, offset, name="pixels_to_imagenet")(tensor)


def less_caffe_mean(keras: Any, tensor: Any) -> Any:
    """0..255 less ImageNet's mean, still in the order red, green, blue."""
    offset = [-mean for mean in CAFFE_MEAN]
    return keras.layers.Rescaling(1.0, offset, name="pixels_less_mean")(tensor)
