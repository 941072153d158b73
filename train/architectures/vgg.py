"""VGG-16 and VGG-19 (Simonyan and Zisserman 2014, arXiv:1409.1556, columns D and E).

From scratch both are the paper's: 3x3 convolutions, five max-poolings, two layers of 4,096 units
with dropout 0.5, at any input size (`hidden` makes them smaller). Other than in the paper: pixels
in [-1, 1] in place of the mean colour taken off, He's initialisation in place of weights taken over
from a smaller network. At 224 pixels and with 1,000 classes they have 138,357,544 and 143,667,240
parameters.

With ImageNet weights, VGG-16 is a base like the others, with a small head.
"""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import less_caffe_mean, picture, to_signed_unit
from .recipe import Recipe
from .transfer import Backbone, takes_rgb, transfer

FILTERS = (64, 128, 256, 512, 512)


def vgg16(recipe: Recipe) -> Network:
    """The paper's network, or with weights a base with a head."""
    if recipe.weights in (None, "none"):
        return _vgg(recipe, (2, 2, 3, 3, 3), "vgg16")
    return transfer(Backbone("VGG16", less_caffe_mean, finish=takes_rgb), recipe)


def vgg19(recipe: Recipe) -> Network:
    """The paper's network."""
    return _vgg(recipe, (2, 2, 4, 4, 4), "vgg19")


def _vgg(recipe: Recipe, convolutions: tuple[int, ...], name: str) -> Network:
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(hidden=(4096, 4096), dropout=0.5))
    inputs, pixels = picture(keras, recipe)
    x = to_signed_unit(keras, pixels)
    for block, (count, filters) in enumerate(zip(convolutions, FILTERS, strict=True), start=1):
        for number in range(1, count + 1):
            x = layers.conv(x, filters, 3, f"conv_{block}_{number}", padding="same")
        x = keras.layers.MaxPooling2D(2, name=f"pool_{block}")(x)
    x = layers.flattened(x)
    return Network(keras.Model(inputs, layers.top(x), name=name))
