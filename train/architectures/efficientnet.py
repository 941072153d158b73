"""EfficientNet B0 (Tan and Le 2019, arXiv:1905.11946) and V2 B0 (2021, arXiv:2104.00298)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .network import Network
from .pixels import TORCH_DEVIATION, as_float, by_torch
from .recipe import Recipe
from .transfer import Backbone, transfer


def b0(recipe: Recipe) -> Network:
    """Pixels in 0..255: the network itself divides by 255 and normalises."""
    return transfer(Backbone("EfficientNetB0", as_float, finish=_divide_by_deviation), recipe)


def v2b0(recipe: Recipe) -> Network:
    """Pixels less ImageNet's mean, over its deviation."""
    without_scaling = {"include_preprocessing": False}
    return transfer(Backbone("EfficientNetV2B0", by_torch, options=without_scaling), recipe)


def _divide_by_deviation(base: Sequence[Any]) -> None:
    """Square the variances of a file that holds deviations in their place.

    Keras' ImageNet weights do, and with `weights="imagenet"` Keras puts a layer behind that divides
    by the root of the deviation once more.
    """
    normalization = next(layer for layer in base if hasattr(layer, "adapt"))
    mean, variance, *count = normalization.get_weights()
    if np.allclose(variance, TORCH_DEVIATION, rtol=1e-3):
        normalization.set_weights([mean, np.square(variance), *count])
