"""A small network of three convolutions; at 224 pixels it has 3,484,745 parameters."""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_unit
from .recipe import Recipe


def build(recipe: Recipe) -> Network:
    """Convolutions of 16, 32 and 64 filters (3x3, valid padding), then 20 hidden units."""
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(hidden=(20,)))
    inputs, pixels = picture(keras, recipe)
    x = to_unit(keras, pixels)
    for number, filters in enumerate((16, 32, 64), start=1):
        x = layers.conv(x, filters, 3, f"conv_{number}")
        if number < 3:
            x = keras.layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.flattened(x)
    return Network(keras.Model(inputs, layers.top(x), name="truck_cnn"))
