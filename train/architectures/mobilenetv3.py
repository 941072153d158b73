"""MobileNetV3, small and large (Howard et al. 2019, arXiv:1905.02244), with a small head."""

from __future__ import annotations

from .network import Network
from .pixels import to_signed_unit
from .recipe import Recipe
from .table import MOBILENETV3_WIDTHS as IMAGENET_WIDTHS
from .transfer import Backbone, transfer


def small(recipe: Recipe) -> Network:
    """Pixels in [-1, 1]."""
    return _build("MobileNetV3Small", recipe)


def large(recipe: Recipe) -> Network:
    """Pixels in [-1, 1]."""
    return _build("MobileNetV3Large", recipe)


def _build(application: str, recipe: Recipe) -> Network:
    without_scaling = {"include_preprocessing": False}
    backbone = Backbone(
        application, to_signed_unit, options=without_scaling, imagenet_widths=IMAGENET_WIDTHS
    )
    return transfer(backbone, recipe)
