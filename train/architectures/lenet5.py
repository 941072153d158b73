"""LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998, Proceedings of the IEEE 86, 2278-2324).

Of the paper: grey, 5x5 convolutions of 6, 16 and 120 maps, two subsamplings by averages, 84 units,
tanh. Its 28-pixel digits stand in a field of 32; here the first convolution pads by two instead, so
28 pixels give its sizes. Other than in the paper: every map of the second convolution sees all
six maps (the paper's table leaves out some), subsampling has no weights and no squashing of its
own, tanh is not stretched, and the output is a softmax or sigmoid in place of distances to drawn
digits. With ten classes it has 61,706 parameters.
"""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_unit
from .recipe import Recipe


def build(recipe: Recipe) -> Network:
    """Two convolutions and averages, then the third convolution as 120 dense units, and 84."""
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(hidden=(120, 84), activation="tanh"))
    inputs, pixels = picture(keras, recipe)
    x = layers.conv(to_unit(keras, pixels), 6, 5, "conv_1", padding="same")
    x = keras.layers.AveragePooling2D(2, name="pool_1")(x)
    x = layers.conv(x, 16, 5, "conv_2")
    x = keras.layers.AveragePooling2D(2, name="pool_2")(x)
    x = layers.flattened(x)
    return Network(keras.Model(inputs, layers.top(x), name="lenet5"))
