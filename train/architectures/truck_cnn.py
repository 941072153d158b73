"""A small network of three convolutions; at 224 pixels it has 3,484,745 parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_unit
from .recipe import Recipe
from .reparameterization import NORM_MOMENTUM, averaged, fold_into

FILTERS = (16, 32, 64)
NAME = "truck_cnn"
STYLE = Style(hidden=(20,))


def build(recipe: Recipe) -> Network:
    """Convolutions of 16, 32 and 64 filters (3x3, valid padding), then 20 hidden units.

    Raises:
        UsageError: `pool_dense` is larger than the last map.
    """
    keras = import_keras()
    side = recipe.pool_dense
    if side is None:
        return Network(_plain(keras, recipe))
    trained = _normalized(keras, recipe, side)
    # What only matters while it learns stays behind.
    deployed = replace(recipe, pool_dense=None, batch_norm=None, dropout=0.0, l1=0.0, l2=0.0)
    return Network(trained, fold=lambda: fold_into(_plain(keras, deployed), trained, side))


def _plain(keras: Any, recipe: Recipe) -> Any:
    layers = Hidden(keras, recipe, STYLE)
    inputs, pixels = picture(keras, recipe)
    x = to_unit(keras, pixels)
    for number, filters in enumerate(FILTERS, start=1):
        x = layers.conv(x, filters, 3, f"conv_{number}")
        if number < len(FILTERS):
            x = keras.layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.flattened(x)
    return keras.Model(inputs, layers.top(x), name=NAME)


def _normalized(keras: Any, recipe: Recipe, side: int) -> Any:
    """The same function in the form that is trained; see `reparameterization`."""
    style = replace(STYLE, batch_norm=True, norm_momentum=NORM_MOMENTUM)
    layers = Hidden(keras, replace(recipe, batch_norm=True, dropout=0.0), style)
    inputs, pixels = picture(keras, recipe)
    x = to_unit(keras, pixels)
    for number, filters in enumerate(FILTERS, start=1):
        x = layers.linear_conv(x, filters, 3, f"conv_{number}")
        if number < len(FILTERS):
            x = keras.layers.MaxPooling2D(2, name=f"pool_{number}")(x)
        x = layers.normalized(x, f"conv_{number}", layers.activation, gamma_constraint="non_neg")
    x = layers.flattened(averaged(keras, x, side))
    x = Hidden(keras, recipe, style).dropped(x, "dropout_pooled")
    return keras.Model(inputs, layers.top(x), name=NAME)
