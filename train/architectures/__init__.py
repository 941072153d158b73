"""The models that can be trained, chosen by name and imported when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from ...runtime.errors import UsageError

__all__ = ["ARCHITECTURES", "Architecture", "Network", "Recipe", "architecture", "build"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes a model of any family."""

    size: int
    """Height and width of the input, pixels."""
    outputs: int
    """1 for a sigmoid (two classes), K for a softmax over K classes."""
    width: float | None = None
    """Share of the channels; None where the family has no such choice."""
    weights: str | None = None
    """`imagenet`, `none` or a file; None where the family has no such choice."""


@dataclass(frozen=True, slots=True)
class Network:
    """An untrained model: (n, size, size, 3) uint8 RGB in, probabilities out."""

    model: Any
    """The whole Keras model."""
    base: Sequence[Any] = ()
    """The pretrained layers, bottom first; empty where everything is trained from scratch."""
    features: Any = None
    """Keras model of the pretrained part: pictures to (n, features)."""
    head: Any = None
    """Keras model of the rest: (n, features) to probabilities; shares its layers with `model`."""


class Architecture(NamedTuple):
    """One row of the table of model families."""

    module: str
    """Has `build(recipe: Recipe) -> Network`."""
    help: str
    smallest: int
    """Smallest input, pixels."""
    epochs: int
    """At most so many; training stops early when the select split stops improving."""
    patience: int
    """Epochs without a better ROC AUC on the select split before it stops."""
    learning_rate: float
    """Of Adam."""
    pretrained: bool
    """Has a base with `--width` and `--weights`."""


ARCHITECTURES = {
    "truck-cnn": Architecture(
        ".truck_cnn",
        "three convolutions and 20 hidden units, trained from scratch",
        smallest=32,
        epochs=30,
        patience=8,
        learning_rate=5e-5,
        pretrained=False,
    ),
    "mobilenetv2": Architecture(
        ".mobilenetv2",
        "MobileNetV2 with ImageNet weights and a small head",
        smallest=32,
        epochs=60,
        patience=12,
        learning_rate=2e-4,
        pretrained=True,
    ),
}


def architecture(name: str) -> Architecture:
    """The row of a name.

    Raises:
        UsageError: no such family; names those that exist.
    """
    if name not in ARCHITECTURES:
        raise UsageError(f"no model {name!r}; known: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def build(name: str, recipe: Recipe) -> Network:
    """Build an untrained model; its pretrained weights, if any, are loaded.

    Raises:
        UsageError: no such family, or weights that cannot be had or do not fit.
    """
    network: Network = import_module(architecture(name).module, __name__).build(recipe)
    return network
