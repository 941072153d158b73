"""ResNet-50 (He, Zhang, Ren and Sun 2015, arXiv:1512.03385) with a small head."""

from __future__ import annotations

from .network import Network
from .pixels import less_caffe_mean
from .recipe import Recipe
from .transfer import Backbone, takes_rgb, transfer


def build(recipe: Recipe) -> Network:
    """Pixels less ImageNet's mean; the weights are of BGR pictures and are turned round."""
    return transfer(Backbone("ResNet50", less_caffe_mean, finish=takes_rgb), recipe)
