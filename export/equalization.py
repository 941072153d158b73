"""Channels brought to one range before their kernels are rounded to integers.

A convolution's kernel is rounded in steps of a 127th of its largest weight, by output channel. An
input channel that is always small has large weights, or may have, and then the step suits that
channel alone: what training has changed in the others is rounded away. Nagel et al. 2019
(arXiv:1906.04721) scale a channel up before an activation and its weights down behind it, which
computes the same as long as the activation is max(0, x). Here a channel is scaled to the range of
the largest, as the calibration pictures show it; where the activation has a ceiling (ReLU6), to
CEILING_SHARE of it, since what a ceiling cuts off computes something else.

A pair is scaled where the rounding of the second kernel then disturbs its output less. A kernel
that was integers before, as one that was not trained further may have been, is left as it is.

Own code, for what there is for this (AIMET, Intel Neural Compressor) writes formats of its own or
ONNX, not Keras models that TensorFlow's converter takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

CEILING_SHARE = 2 / 3
"""Of a ceiling, to which the largest value that was seen is scaled: half as much again fits in."""
MOST = 64.0
"""Largest factor; a channel that was never above 0 has no range."""
PICTURES = 256
"""Of the calibration pictures, that are looked at."""
AT_ONCE = 8
LEVELS = 127
"""Steps from 0 to a channel's largest weight."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A normalisation, the activation behind it, and the only kernel that reads that."""

    norm: Any
    """Keras BatchNormalization with gamma and beta."""
    activation: Any
    conv: Any
    """Keras Conv2D."""
    ceiling: float | None
    """Of the activation; None: it has none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An activation over pictures and places; (channels,) each."""

    largest: Array
    mean: Array
    variance: Array

    def scaled(self, factors: Array) -> Seen:
        """What it is when each channel is multiplied by its factor."""
        return Seen(self.largest * factors, self.mean * factors, self.variance * factors**2)


def equalize(model: Any, pictures: npt.NDArray[np.uint8]) -> list[str]:
    """Scale the channels of a model whose kernels are about to be rounded.

    Args:
        model: functional Keras model; changed. It computes what it did, as long as no activation
            goes beyond what these pictures make of it by more than half.
        pictures: (n, height, width, 3), what the model takes, 0 to 255.

    Returns:
        the names of the convolutions whose rounding disturbs less than before.
    """
    pairs = list(_pairs(model))
    scaled = []
    for pair, seen in zip(pairs, _seen(model, pairs, pictures), strict=True):
        factors = _factors(seen, pair.ceiling)
        kernel, *bias = pair.conv.get_weights()
        smaller = np.asarray(kernel / factors[:, np.newaxis], np.float32)
        if _disturbance(smaller, seen.scaled(factors)) >= _disturbance(kernel, seen):
            continue
        gamma, beta, *statistics = pair.norm.get_weights()
        pair.norm.set_weights([gamma * factors, beta * factors, *statistics])
        pair.conv.set_weights([smaller, *bias])
        scaled.append(pair.conv.name)
    return scaled


def _pairs(model: Any) -> Iterator[Pair]:
    """From the input to the output.

    None of a model with a model inside or a layer that is called twice: what these read is not
    told.
    """
    import keras

    layers = keras.layers
    operations = getattr(model, "operations", ())  # a Sequential has none
    if not all(_is_called_once(keras, one) for one in operations):
        return
    readers: dict[int, list[Any]] = {}
    for one in operations:
        for tensor in one.input if isinstance(one.input, list) else [one.input]:
            readers.setdefault(id(tensor), []).append(one)
    read_outside = {id(tensor) for tensor in model.outputs}

    def reader(layer: Any) -> Any:
        """The only layer that reads this one; None where there are others."""
        found = readers.get(id(layer.output), [])
        return found[0] if len(found) == 1 and id(layer.output) not in read_outside else None

    for norm in operations:
        if not (isinstance(norm, layers.BatchNormalization) and norm.scale and norm.center):
            continue
        activation = reader(norm)
        if not _is_relu(keras, activation):
            continue
        conv = reader(activation)
        while isinstance(conv, (layers.ZeroPadding2D, layers.MaxPooling2D, layers.Dropout)):
            conv = reader(conv)
        # of its subclasses, DepthwiseConv2D and Conv2DTranspose, a kernel's axes mean other things
        if type(conv) is layers.Conv2D and conv.groups == 1:
            yield Pair(norm, activation, conv, getattr(activation, "max_value", None))


def _is_called_once(keras: Any, operation: Any) -> bool:
    if isinstance(operation, keras.Model):
        return False
    try:
        return operation.input is not None
    except (AttributeError, ValueError):  # Keras has no one input of what was called twice
        return False


def _is_relu(keras: Any, layer: Any) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope and not layer.threshold
    return isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.relu


def _seen(model: Any, pairs: list[Pair], pictures: npt.NDArray[np.uint8]) -> list[Seen]:
    import keras

    if not pairs:
        return []
    # by name, for of a list of one Keras gives the one
    watching = keras.Model(
        model.inputs, {one.activation.name: one.activation.output for one in pairs}
    )
    some = pictures[:: -(-len(pictures) // PICTURES)]
    largest = [np.zeros(pair.activation.output.shape[-1]) for pair in pairs]
    sums = [np.zeros((2, len(one))) for one in largest]
    places = [0] * len(pairs)
    for start in range(0, len(some), AT_ONCE):
        batch = some[start : start + AT_ONCE].astype(model.inputs[0].dtype)
        outputs = watching.predict_on_batch(batch)
        for number, pair in enumerate(pairs):
            output = outputs[pair.activation.name]
            values = np.asarray(output, np.float64).reshape(-1, output.shape[-1])
            largest[number] = np.maximum(largest[number], values.max(axis=0))
            sums[number] += values.sum(axis=0), np.square(values).sum(axis=0)
            places[number] += len(values)
    return [
        Seen(most, of[0] / n, of[1] / n - (of[0] / n) ** 2)
        for most, of, n in zip(largest, sums, places, strict=True)
    ]


def _factors(seen: Seen, ceiling: float | None) -> Array:
    """(channels,), 1 or more."""
    wanted = seen.largest.max() if ceiling is None else CEILING_SHARE * ceiling
    if wanted == 0:
        return np.ones_like(seen.largest)
    return np.clip(wanted / np.maximum(seen.largest, wanted / MOST), 1, MOST)


def _disturbance(kernel: npt.NDArray[np.float32], seen: Seen) -> float:
    """Mean square by which rounding a kernel moves its outputs, all together.

    Channels are taken to vary independently, and every place to see the same.

    Args:
        kernel: (height, width, channels, outputs).
        seen: of the channels.
    """
    wide = kernel.astype(np.float64)
    steps = np.abs(wide).max(axis=(0, 1, 2)) / LEVELS
    steps[steps == 0] = 1
    off = np.round(wide / steps) * steps - wide
    moved = np.einsum("hwco,c->o", off, seen.mean) ** 2
    shaken = np.einsum("hwco,c->o", off**2, seen.variance)
    return float((moved + shaken).sum())
