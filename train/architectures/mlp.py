"""Dense layers on grey pixels, the network digits are first tried with: 784-128-256-10.

At 28x28 pixels and ten classes it has 136,074 parameters.
"""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_unit
from .recipe import Recipe


def build(recipe: Recipe) -> Network:
    """128 and 256 sigmoid units on the flattened picture."""
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(hidden=(128, 256), activation="sigmoid"))
    inputs, pixels = picture(keras, recipe)
    x = keras.layers.Flatten(name="flatten")(to_unit(keras, pixels))
    return Network(keras.Model(inputs, layers.top(x), name="mlp"))
