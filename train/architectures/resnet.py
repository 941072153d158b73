"""ResNet-18 and ResNet-34 (He, Zhang, Ren and Sun 2015, arXiv:1512.03385), from scratch.

Of the paper: blocks of two 3x3 convolutions, each normalised, with the block's input added; where
the size changes, a 1x1 convolution brings the input to it (option B); average pooling and no
dense layer but the output. Where a stride leaves a pixel over, padding is at the bottom and right,
as TensorFlow has it. With 1,000 classes the trained parameters are 11,689,512 and 21,797,672.
"""

from __future__ import annotations

from typing import Any

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_signed_unit
from .recipe import Recipe


def resnet18(recipe: Recipe) -> Network:
    """Two blocks at each of four sizes."""
    return _resnet(recipe, (2, 2, 2, 2), "resnet18")


def resnet34(recipe: Recipe) -> Network:
    """Three, four, six and three blocks."""
    return _resnet(recipe, (3, 4, 6, 3), "resnet34")


def _resnet(recipe: Recipe, blocks: tuple[int, ...], name: str) -> Network:
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(batch_norm=True))
    inputs, pixels = picture(keras, recipe)
    x = layers.conv(to_signed_unit(keras, pixels), 64, 7, "conv_1", strides=2, padding="same")
    x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="pool_1")(x)
    for stage, count in enumerate(blocks):
        for number in range(count):
            stride = 2 if stage and not number else 1
            x = _block(keras, layers, x, 64 << stage, stride, f"block_{stage + 1}_{number + 1}")
    x = keras.layers.GlobalAveragePooling2D(name="pooled")(x)
    return Network(keras.Model(inputs, layers.top(x), name=name))


def _block(keras: Any, layers: Hidden, x: Any, filters: int, stride: int, name: str) -> Any:
    straight = x
    if stride > 1:
        straight = layers.conv(x, filters, 1, f"{name}_straight", strides=stride, activation=None)
    x = layers.conv(x, filters, 3, f"{name}_conv_1", strides=stride, padding="same")
    x = layers.conv(x, filters, 3, f"{name}_conv_2", padding="same", activation=None)
    x = keras.layers.Add(name=f"{name}_sum")([straight, x])
    return keras.layers.Activation(layers.activation, name=f"{name}_{layers.activation}")(x)
