"""AlexNet (Krizhevsky, Sutskever and Hinton 2012, NIPS 25).

Of the paper: five convolutions, overlapping max-pooling, the second, fourth and fifth convolution
in two halves that do not see each other, two layers of 4,096 units with dropout 0.5. The paper
names an input of 224 pixels, whose first layer only comes to its 55x55 outputs with a margin; here
it is padded by two. Other than in the paper: no normalisation across channels (no engine here has
integers for it; `batch_norm` normalises instead), pixels in [-1, 1] in place of the mean picture
taken off, He's initialisation in place of a deviation of 0.01 and biases of one. With 224 pixels
and 1,000 classes it has 60,965,224 parameters.
"""

from __future__ import annotations

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture, to_signed_unit
from .recipe import Recipe


def build(recipe: Recipe) -> Network:
    """Five convolutions, then two dense layers."""
    keras = import_keras()
    layers = Hidden(keras, recipe, Style(hidden=(4096, 4096), dropout=0.5))
    inputs, pixels = picture(keras, recipe)
    x = keras.layers.ZeroPadding2D(2, name="margin")(to_signed_unit(keras, pixels))
    x = layers.conv(x, 96, 11, "conv_1", strides=4)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool_1")(x)
    x = layers.conv(x, 256, 5, "conv_2", padding="same", groups=2)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool_2")(x)
    x = layers.conv(x, 384, 3, "conv_3", padding="same")
    x = layers.conv(x, 384, 3, "conv_4", padding="same", groups=2)
    x = layers.conv(x, 256, 3, "conv_5", padding="same", groups=2)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool_5")(x)
    x = layers.flattened(x)
    return Network(keras.Model(inputs, layers.top(x), name="alexnet"))
