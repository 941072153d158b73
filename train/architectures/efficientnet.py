"""EfficientNet B0 (Tan and Le 2019, arXiv:1905.11946) and V2 B0 (2021, arXiv:2104.00298)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .network import Network
from .pixels import TORCH_DEVIATION, TORCH_MEAN, by_torch
from .recipe import Recipe
from .transfer import Backbone, Scale, normalizations, transfer


def b0(recipe: Recipe) -> Network:
    """Pixels less ImageNet's mean, over its deviation, as the loaded weights have them."""
    scale = _before_division_by_255(np.array(TORCH_MEAN), np.array(TORCH_DEVIATION))
    return transfer(Backbone("EfficientNetB0", scale, scale_of=_scale_of), recipe)


def v2b0(recipe: Recipe) -> Network:
    """Pixels less ImageNet's mean, over its deviation."""
    without_scaling = {"include_preprocessing": False}
    return transfer(Backbone("EfficientNetV2B0", by_torch, options=without_scaling), recipe)


def _scale_of(loaded: Any) -> Scale:
    """The normalisation that a network's weights hold.

    Keras' ImageNet weights hold deviations in the place of variances, and with
    `weights="imagenet"` Keras puts a layer behind that divides by the root of them once more.
    """
    (normalization,) = normalizations(loaded.layers)
    mean, variance, *_ = normalization.get_weights()
    is_deviation = np.allclose(variance, TORCH_DEVIATION, rtol=1e-3)
    return _before_division_by_255(mean, variance if is_deviation else np.sqrt(variance))


def _before_division_by_255(
    mean: npt.NDArray[np.floating], deviation: npt.NDArray[np.floating]
) -> Scale:
    """The network itself divides by 255 first, so this multiplies by it."""
    scale, offset = (1 / deviation).tolist(), (-255 * mean / deviation).tolist()
    return lambda keras, tensor: keras.layers.Rescaling(scale, offset, name="pixels_to_imagenet")(
        tensor
    )
