"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with a small head."""

from __future__ import annotations

from .network import Network
from .pixels import to_signed_unit
from .recipe import Recipe
from .table import MOBILENETV2_WIDTHS as IMAGENET_WIDTHS
from .transfer import Backbone, transfer


def build(recipe: Recipe) -> Network:
    """Pixels in [-1, 1]."""
    return transfer(
        Backbone("MobileNetV2", to_signed_unit, imagenet_widths=IMAGENET_WIDTHS), recipe
    )
