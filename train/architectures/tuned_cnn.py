"""Blocks of a convolution and a max-pooling, then dense layers; every choice is open to a search.

See `ConvStack`. Pooling halves each side, rounded up, so any input carries any number of blocks.
"""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_unit
from .recipe import ConvStack, Recipe


def build(recipe: Recipe) -> Network:
    """The recipe's stack, or the default one."""
    keras = import_keras()
    stack = recipe.stack or ConvStack()
    style = Style(stack.dense, stack.activation, stack.dropout, stack.batch_norm)
    layers = Hidden(keras, recipe, style)
    inputs, pixels = picture(keras, recipe)
    x = to_unit(keras, pixels)
    for number, (filters, side) in enumerate(
        zip(stack.filters, stack.kernels, strict=True), start=1
    ):
        x = layers.conv(x, filters, side, f"conv_{number}", padding="same")
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"pool_{number}")(x)
        x = layers.dropped(x, f"dropout_conv_{number}")
    x = layers.flattened(x)
    return Network(keras.Model(inputs, layers.top(x), name="tuned_cnn"))
