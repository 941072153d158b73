"""A small network of three convolutions; at 224 pixels it has 3,484,745 parameters."""

from __future__ import annotations

from ..quiet import import_keras
from . import Network, Recipe
from .output import output_layer


def build(recipe: Recipe) -> Network:
    """Convolutions of 16, 32 and 64 filters (3x3, valid padding), then 20 hidden units."""
    keras = import_keras()
    layers = keras.layers
    inputs = keras.Input((recipe.size, recipe.size, 3), dtype="uint8", name="picture")
    x = layers.Rescaling(1 / 255, name="pixels_to_unit")(inputs)
    for number, filters in enumerate((16, 32, 64), start=1):
        x = layers.Conv2D(
            filters, 3, activation="relu", kernel_initializer="he_normal", name=f"conv_{number}"
        )(x)
        if number < 3:
            x = layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(20, activation="relu", kernel_initializer="he_normal", name="hidden")(x)
    outputs = output_layer(keras, recipe.outputs)(x)
    return Network(keras.Model(inputs, outputs, name="truck_cnn"))
