"""What each layer of a model costs: multiply-adds, parameters and memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..taps import Passed, trace

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
COUNTED = frozenset(
    ("Dense", "Conv1D", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D")
)
"""Kinds of layers whose multiply-adds are known; of others 0 is given."""


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One call of a layer for one picture."""

    name: str
    """With the names of the models it lies in, joined by `/`."""
    kind: str
    """The layer's class."""
    output_shape: tuple[int, ...]
    """Without the batch."""
    parameters: int
    multiply_adds: int
    """Products with a weight, of kinds in `COUNTED`; what a normalisation or an activation takes is
    not counted."""
    activation_bytes: int
    """Of the output."""


def layer_costs(model: Any) -> list[LayerCost]:
    """The cost of each layer, in the order in which they run.

    Args:
        model: Keras, flat or nested, for pictures of a fixed size.
    """
    return [
        LayerCost(
            name=one.leaf.name,
            kind=one.leaf.kind,
            output_shape=one.output_shape[1:],
            parameters=int(one.leaf.layer.count_params()),
            multiply_adds=_multiply_adds(one),
            activation_bytes=one.output_bytes,
        )
        for one in trace(model)
    ]


def _multiply_adds(one: Passed) -> int:
    """Each weight of a kernel is used once at every place: of the output, or, where the layer
    enlarges (transposed convolution), of the input."""
    if one.leaf.kind not in COUNTED:
        return 0
    layer = one.leaf.layer
    shape = one.input_shape if "Transpose" in one.leaf.kind else one.output_shape
    kernels = [getattr(layer, name, None) for name in KERNELS]
    weights = sum(int(math.prod(kernel.shape)) for kernel in kernels if kernel is not None)
    return weights * math.prod(shape[1:-1])
