"""DenseNet-121 (Huang et al. 2016, arXiv:1608.06993) with a small head."""

from __future__ import annotations

from .network import Network
from .pixels import by_torch
from .recipe import Recipe
from .transfer import Backbone, transfer


def build(recipe: Recipe) -> Network:
    """Pixels less ImageNet's mean, over its deviation."""
    return transfer(Backbone("DenseNet121", by_torch), recipe)
