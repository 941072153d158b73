"""Training a network in another form than it is deployed in (structural re-parameterisation).

Ding et al. 2021 (RepVGG, arXiv:2101.03697) train a network with parts that are linear at inference,
and fold them into its kernels afterwards. Here these parts are

- batch normalisations behind convolutions and dense layers. They stand behind the max-pooling where
  there is one and see a quarter of the pixels: with a scale that is not negative, normalisation and
  activation rise with their input, so the largest stays the largest;
- an average over squares of pixels before the first dense layer, which learns one weight for a
  square instead of one for each of its pixels.

Deployed is the plain network: the same layers, with the norms in their kernels and biases, and the
dense layer's weights spread over the pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.errors import UsageError

FAMILIES = ("truck-cnn",)
"""That have such a form."""
POOL_DENSE = 4
"""Pixels a side of the averages: 52 x 52 of the truck CNN's last map become 13 x 13."""
AVERAGED = "pool_dense"
"""Name of the layer that averages."""
NORM_MOMENTUM = 0.95
"""The statistics follow 20 steps; with Keras' 100 those of small data sets lag an epoch behind."""

Array = npt.NDArray[np.float32]


def averaged(keras: Any, x: Any, side: int) -> Any:
    """Means of squares of `side` pixels; rows and columns that fill no square are left out.

    Raises:
        UsageError: there is not one square.
    """
    height, width = x.shape[1:3]
    if side > min(height, width):
        raise UsageError(
            f"--pool-dense {side} does not fit into the {width}x{height} map before the dense"
            f" layers; give it {min(height, width)} or less, or take a larger --size"
        )
    return x if side == 1 else keras.layers.AveragePooling2D(side, name=AVERAGED)(x)


def fold_into(plain: Any, trained: Any, side: int) -> Any:
    """Give the plain model the weights with which it computes what the trained one does.

    Args:
        plain: Keras model; changed.
        trained: one with layers of the same names, norms called `NAME_norm` behind some of them,
            and averages of `side` pixels before its flattening.
        side: pixels.

    Returns:
        the plain model.
    """
    names = {layer.name for layer in trained.layers}
    for layer in plain.layers:
        if not layer.weights:
            continue
        kernel, *bias = trained.get_layer(layer.name).get_weights()
        if f"{layer.name}_norm" in names:
            kernel, bias[:] = _normed(kernel, trained.get_layer(f"{layer.name}_norm"))
        if kernel.shape != tuple(layer.kernel.shape):
            kernel = _spread(kernel, plain.get_layer("flatten").input.shape[1:], side)
        layer.set_weights([kernel, *bias])
    return plain


def _normed(kernel: Array, norm: Any) -> tuple[Array, list[Array]]:
    """Kernel and bias of a layer and the normalisation of its channels, as one.

    In double precision: a variance near zero makes a factor that magnifies rounding.
    """
    gamma, beta, mean, variance = (one.astype(np.float64) for one in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return (kernel * factor).astype(np.float32), [(beta - mean * factor).astype(np.float32)]


def _spread(kernel: Array, map_shape: tuple[int, int, int], side: int) -> Array:
    """The weights of averages as weights of pixels.

    Args:
        kernel: (squares, units), the squares in order of row, column, channel.
        map_shape: (height, width, channels) of what is averaged.
        side: of a square, pixels.

    Returns:
        (height * width * channels, units); 0 where a pixel is in no square.
    """
    height, width, channels = map_shape
    squares = kernel.reshape(height // side, width // side, channels, -1) / np.float32(side**2)
    pixels = squares.repeat(side, axis=0).repeat(side, axis=1)
    rest = (height - pixels.shape[0], width - pixels.shape[1])
    whole = np.pad(pixels, ((0, rest[0]), (0, rest[1]), (0, 0), (0, 0)))
    return whole.reshape(height * width * channels, -1)
