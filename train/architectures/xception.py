"""Xception (Chollet 2016, arXiv:1610.02357) with a small head."""

from __future__ import annotations

from .network import Network
from .pixels import to_signed_unit
from .recipe import Recipe
from .transfer import Backbone, transfer


def build(recipe: Recipe) -> Network:
    """Pixels in [-1, 1]."""
    return transfer(Backbone("Xception", to_signed_unit), recipe)
