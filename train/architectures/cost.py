"""What a model costs: its parameters and its multiply-adds, counted layer by layer.

A multiply-add is one product that is added to a sum, in a convolution or a dense layer; what
profilers call operations is twice as many. Biases, normalisation, activations and pooling are not
counted, as in the papers whose figures these are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

FREE = frozenset(
    (
        *("InputLayer", "Rescaling", "Normalization", "Sum", "BatchNormalization"),
        *("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Add", "Multiply", "Concatenate"),
        *("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
        *("ZeroPadding2D", "Cropping2D", "UpSampling2D", "Flatten", "Reshape", "Permute"),
        *("Dropout", "AlphaDropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout"),
    )
)
"""Layers and operations without sums of products that one counts."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one picture through a model."""

    parameters: int
    """All weights, those that stay fixed included."""
    trainable: int
    """Weights that training changes."""
    multiply_adds: int


def cost(model: Any) -> Cost:
    """Count a Keras model whose input size is fixed.

    Raises:
        ValueError: a layer of a kind whose multiply-adds are not known here, or one used twice.
    """
    return Cost(
        parameters=model.count_params(),
        trainable=sum(map(_numbers, model.trainable_weights)),
        multiply_adds=_of_all(model),
    )


def _of_all(model: Any) -> int:
    for layer in model.get_config().get("layers", ()):
        if len(layer.get("inbound_nodes", ())) > 1:
            raise ValueError(f"the layer {layer['config']['name']} is used twice; count it by hand")
    return sum(_of_one(operation) for operation in getattr(model, "operations", model.layers))


def _of_one(operation: Any) -> int:
    kind = type(operation).__name__
    if kind in COUNTED:
        return COUNTED[kind](operation)
    if kind in ("Functional", "Sequential"):
        return _of_all(operation)
    if kind not in FREE:
        raise ValueError(f"the multiply-adds of a {kind} are not known; add it to {__name__}")
    return 0


def _convolution(layer: Any) -> int:
    """Every output is a sum over one kernel; a kernel is (height, width, inputs, outputs)."""
    return _places(layer.output) * _numbers(layer.kernel)


def _separable(layer: Any) -> int:
    per_place = _numbers(layer.depthwise_kernel) + _numbers(layer.pointwise_kernel)
    return _places(layer.output) * per_place


def _transposed(layer: Any) -> int:
    """Every input is spread over one kernel."""
    return _places(layer.input) * _numbers(layer.kernel)


def _dense(layer: Any) -> int:
    return _places(layer.output) * _numbers(layer.kernel)


def _places(tensor: Any) -> int:
    """Positions of a picture; 1 for a plain vector."""
    return prod(int(side) for side in tensor.shape[1:-1])


def _numbers(kernel: Any) -> int:
    return prod(int(side) for side in kernel.shape)


COUNTED: dict[str, Callable[[Any], int]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _convolution,
    "SeparableConv2D": _separable,
    "Conv2DTranspose": _transposed,
    "Dense": _dense,
}
"""How many there are, by the name of the kind of layer."""
