"""Looking at what passes through the layers of a Keras model, nested or flat, while it runs.

A Keras model that holds another as a layer does not connect the inner tensors with its own input,
so a second model cannot be cut out of it. Here each layer's `call` is wrapped for the time of a
`with` block instead, which is the same for flat, nested and subclassed models.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .quiet import import_keras

Seen = Callable[[Any, Any], None]
"""Called with a layer's first input and its output, both tensors, before they go on."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer that is no model itself."""

    name: str
    """Names of the models it lies in below the outermost, and its own, joined by `/`."""
    layer: Any

    @property
    def kind(self) -> str:
        """Its class."""
        return str(type(self.layer).__name__)


@dataclass(frozen=True, slots=True)
class Passed:
    """One call of a layer for one picture."""

    leaf: Leaf
    input_shape: tuple[int, ...]
    """With the batch of 1 first; that of the first input where there are several."""
    output_shape: tuple[int, ...]
    """With the batch of 1 first."""
    output_bytes: int


def leaves(model: Any) -> list[Leaf]:
    """The layers of a model and of the models in it, but inputs, in the order Keras lists them."""
    keras = import_keras()
    found: list[Leaf] = []

    def walk(layers: Sequence[Any], above: str) -> None:
        for layer in layers:
            if isinstance(layer, keras.Model):
                walk(layer.layers, f"{above}{layer.name}/")
            elif not isinstance(layer, keras.layers.InputLayer):
                found.append(Leaf(above + layer.name, layer))

    walk(model.layers, "")
    return found


@contextlib.contextmanager
def tapped(taps: Sequence[tuple[Any, Seen]]) -> Iterator[None]:
    """Tell what passes through layers until the block ends.

    Args:
        taps: layer and what is told; a layer that is called twice tells twice.
    """
    layers = [layer for layer, _ in taps]
    assert len({id(layer) for layer in layers}) == len(layers)
    try:
        for layer, seen in taps:
            vars(layer)["call"] = _telling(layer.call, seen)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)


def trace(model: Any) -> list[Passed]:
    """Run a model once over a dark picture and list the calls of its layers in their order.

    Args:
        model: takes one picture of a fixed size, (1, height, width, channels).
    """
    passed: list[Passed] = []

    def tap(leaf: Leaf) -> tuple[Any, Seen]:
        def seen(inputs: Any, output: Any) -> None:
            tensor = _first(output)
            shape = tuple(int(side) for side in tensor.shape)
            bytes_each = np.dtype(tensor.dtype.as_numpy_dtype).itemsize
            took = tuple(int(side) for side in _first(inputs).shape)
            passed.append(Passed(leaf, took, shape, int(np.prod(shape)) * bytes_each))

        return leaf.layer, seen

    once = {id(leaf.layer): leaf for leaf in leaves(model)}
    with tapped([tap(leaf) for leaf in once.values()]):
        model(np.zeros((1, *model.input_shape[1:]), model.inputs[0].dtype), training=False)
    return passed


def _telling(call: Callable[..., Any], seen: Seen) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        seen(args[0] if args else next(iter(kwargs.values())), output)
        return output

    return wrapped


def _first(tensors: Any) -> Any:
    return tensors[0] if isinstance(tensors, (list, tuple)) else tensors
