"""A network of `keras.applications` under a small head, as one flat graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..quiet import import_keras
from .hidden import Hidden, Style
from .network import Network
from .pixels import picture
from .recipe import Recipe
from .weights import Source, pretrained

HEAD = Style(hidden=(128,))

Scale = Callable[[Any, Any], Any]
"""From the module `keras` and pixels of 0..255 to what a network was trained on."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """What one network of `keras.applications` needs."""

    application: str
    """Its name there."""
    scale: Scale
    scale_of: Callable[[Any], Scale] | None = None
    """From the network with its weights to the scaling that they hold."""
    finish: Callable[[Sequence[Any]], None] | None = None
    """Changes the layers once their weights are loaded."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the application."""
    imagenet_widths: tuple[float, ...] = ()
    """Widths for which there are ImageNet weights; empty: it has one width."""


def transfer(backbone: Backbone, recipe: Recipe) -> Network:
    """Scaling, base, global average pooling, 128 hidden units, output.

    Raises:
        UsageError: the weights cannot be had or are not of this network.
    """
    keras = import_keras()
    options = dict(backbone.options)
    width = None
    if backbone.imagenet_widths:
        width = options["alpha"] = 1.0 if recipe.width is None else recipe.width
    source = Source(backbone.application, options, recipe.shape, width, backbone.imagenet_widths)
    loaded = pretrained(keras, source, recipe.weights or "none")
    inputs, pixels = picture(keras, recipe, channels=3)
    scale = backbone.scale
    if loaded is not None and backbone.scale_of is not None:
        scale = backbone.scale_of(loaded)
    scaled = scale(keras, pixels)
    below = len(keras.Model(inputs, scaled).layers)
    # A base of its own on top of the scaling keeps the model flat, which exporters prefer.
    application = getattr(keras.applications, backbone.application)
    flat = application(input_tensor=scaled, include_top=False, weights=None, **options)
    base = flat.layers[below:]
    if loaded is not None:
        _copy_weights(loaded.layers, base)
        if backbone.finish is not None:
            backbone.finish(base)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(flat.output)
    features = keras.Model(inputs, pooled, name="features")
    top = Hidden(keras, recipe, HEAD).top(pooled)
    model = keras.Model(inputs, top, name=backbone.application.lower())
    vector = tensor = keras.Input(pooled.shape[1:], name="features")
    for layer in model.layers[len(features.layers) :]:
        tensor = layer(tensor)
    return Network(model, base, features, keras.Model(vector, tensor, name="head"))


def _copy_weights(loaded: Sequence[Any], into: Sequence[Any]) -> None:
    """Layer by layer; ImageNet weights can bring layers without any that `into` lacks.

    A normalisation keeps its mean of 0 and variance of 1: Keras takes up others only when it
    reads a file, so a copy of the model would be without them. Its work is the scaling's.
    """
    with_weights = (
        [layer for layer in layers if layer.weights and layer not in normalizations(layers)]
        for layers in (loaded, into)
    )
    for theirs, mine in zip(*with_weights, strict=True):
        mine.set_weights(theirs.get_weights())


def normalizations(layers: Sequence[Any]) -> list[Any]:
    """Those that subtract a mean and divide by a deviation of pixels."""
    return [layer for layer in layers if hasattr(layer, "adapt")]


def takes_rgb(base: Sequence[Any]) -> None:
    """Turn the first kernel round from BGR to RGB, so that no operator need turn the picture."""
    first = next(layer for layer in base if layer.get_weights())
    kernel, *bias = first.get_weights()
    first.set_weights([kernel[:, :, ::-1], *bias])
