"""The models that can be trained, chosen by name and imported when asked for."""

from __future__ import annotations

from importlib import import_module

from .network import Network
from .recipe import ConvStack, Recipe
from .row import Architecture
from .table import ARCHITECTURES, architecture

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ConvStack",
    "Network",
    "Recipe",
    "architecture",
    "build",
]


def build(name: str, recipe: Recipe) -> Network:
    """Build an untrained model; its pretrained weights, if any, are loaded.

    Raises:
        UsageError: no such family, a choice that it does not have, too small an input, or weights
            that cannot be had or do not fit.
    """
    row = architecture(name)
    function = getattr(import_module(row.module, __name__), row.function)
    network: Network = function(row.filled(name, recipe))
    return network
