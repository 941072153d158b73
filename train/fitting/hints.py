"""A teacher's feature maps as hints for the student's (FitNets; Romero et al. 2015,
arXiv:1412.6550).

A label or a teacher's answer is one number for a whole picture, and convolutions that begin at
random learn little from it. What the teacher saw at every place of that picture is thousands of
numbers. So the student predicts them from what it has at the same place, by weights that are left
behind after the training. Romero et al. train hints first and answers afterwards; here both are
learned at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.errors import UsageError
from ..architectures import Network
from ..architectures.reparameterization import AVERAGED

NAME = "hints"
"""Of the layer."""
FINEST = 8
"""Of the picture's pixels between two places of the finest maps that are compared: finer ones tell
of edges, and are most of the work."""
EPSILON = 1e-3
"""Added to a channel's variance: one that is always 0 stays 0."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Rung:
    """One of the teacher's maps beside one of the student's."""

    own: str
    """Layer of the student."""
    layer: str
    """Of the teacher."""
    channels: int
    """Of the teacher's map."""
    side: int
    """Of the squares of the student's map that are compared, pixels of it."""
    rows: Matrix
    """(squares, rows of the teacher's map): how much of each row a square is shown."""
    columns: Matrix


def hinted(keras: Any, network: Network, teacher: Any, weight: float, largest: int) -> Network:
    """The network in a form that also predicts the teacher's maps; deployed is the one without.

    The error that is added to the loss is `weight` times the mean over the maps of the share of
    their variance that the student does not predict, by channel.

    Args:
        keras: the module.
        network: as built; its layers are those of the new form.
        teacher: Keras model; where it takes pictures of another size, it gets resized ones.
        weight: above 0.
        largest: side of the largest squares of the student's maps that may be compared with one
            place of the teacher's, pixels; 1: only maps of the same scale are.

    Raises:
        UsageError: there are no two maps to compare.
    """
    teacher.trainable = False
    student = network.model
    rungs = _rungs(keras, student, teacher, largest)
    maps = keras.Model(
        teacher.input, {one.layer: teacher.get_layer(one.layer).output for one in rungs}
    )

    def seen(pixels: Any) -> Any:  # a function, whose weights are nobody's but the teacher's
        return maps(_resized(keras.ops, pixels, teacher.input), training=False)

    own = [student.get_layer(one.own).output for one in rungs]
    layer = _layer(keras)(seen, rungs, weight, name=NAME)
    model = keras.Model(
        student.input, layer([student.output, student.input, *own]), name=student.name
    )
    return replace(network, model=model, fold=network.fold or (lambda: student))


def _rungs(keras: Any, student: Any, teacher: Any, largest: int) -> list[_Rung]:
    """The teacher's map of each scale beside the student's that comes nearest, finest first."""
    ours, theirs = (_deepest(keras, one) for one in (student, teacher))
    rungs = []
    for scale in sorted(theirs):
        stride = max((one for one in ours if one <= scale), default=0)
        side = scale // stride if stride else 0
        if scale < FINEST or not 1 <= side <= min(largest, *ours[stride].output.shape[1:3]):
            continue
        own, seen = ours[stride], theirs[scale]
        rows, columns = (
            _interpolation(
                _centres(own.output.shape[axis], student.input.shape[axis], stride, side),
                _centres(seen.output.shape[axis], teacher.input.shape[axis], scale),
            )
            for axis in (1, 2)
        )
        rungs.append(_Rung(own.name, seen.name, seen.output.shape[-1], side, rows, columns))
    if not rungs:
        raise UsageError(
            "--hints compares maps of the same scale, or squares of the student's of up to"
            f" {largest} x {largest} pixels with places of the teacher's, and these two have none"
            f" of {FINEST} pixels a place or more in common; leave it out, or take another teacher"
            " or a larger --pool-dense"
        )
    return rungs


def _deepest(keras: Any, model: Any) -> dict[int, Any]:
    """By the picture's pixels between two places, a power of 2: the last layer with such a map.

    Not one that pads, since what it gives is no longer at its place, nor one that only averages
    what is compared anyway.
    """
    deepest: dict[int, Any] = {}
    for layer in model.layers:
        if layer.name == AVERAGED or isinstance(layer, keras.layers.ZeroPadding2D):
            continue
        shape = tuple(getattr(layer.output, "shape", ()))
        if len(shape) == 4 and min(shape[1:3]) > 1:
            deepest[2 ** round(math.log2(model.input.shape[1] / shape[1]))] = layer
    return deepest


def _centres(count: int, size: int, stride: int, side: int = 1) -> Matrix:
    """Where in the picture squares of a map that lies in its middle have their centres, in [0, 1].

    Args:
        count: of the map's rows or columns.
        size: of the picture, pixels.
        stride: of the picture's pixels between two of them.
        side: of a square, pixels of the map.
    """
    first = (size - (count - 1) * stride) / 2 + (side - 1) / 2 * stride
    centres = first + np.arange(count // side) * side * stride
    return (centres / size).astype(np.float32)


def _interpolation(wanted: Matrix, given: Matrix) -> Matrix:
    """(wanted, given): linear between places that are equally far apart."""
    places = (wanted - given[0]) / (given[1] - given[0])
    places = np.clip(places, 0, len(given) - 1)
    apart = np.abs(places[:, np.newaxis] - np.arange(len(given)))
    return np.asarray(np.maximum(0, 1 - apart), np.float32)


def _resized(ops: Any, pictures: Any, like: Any) -> Any:
    """(n, height, width, 3) uint8 of the size that a model's input has."""
    size = like.shape[1:3]
    if pictures.shape[1:3] == size:
        return pictures
    resized = ops.image.resize(ops.cast(pictures, "float32"), size, antialias=True)
    return ops.cast(ops.round(resized), "uint8")


def _layer(keras: Any) -> Callable[..., Any]:
    """The class of a layer that gives on what it takes, and adds to the loss while it learns."""
    ops = keras.ops

    class Hints(keras.layers.Layer):  # type: ignore[misc]
        def __init__(
            self, seen: Any, rungs: Sequence[_Rung], weight: float, **options: Any
        ) -> None:
            super().__init__(**options)
            self._seen, self._weight = seen, weight
            self._rungs = tuple(rungs)
            # From 0: what the student knows is not bent towards weights that are still random.
            self._heads = [
                keras.layers.Dense(one.channels, kernel_initializer="zeros") for one in rungs
            ]

        @property
        def told(self) -> str:
            """The teacher's maps, for a person."""
            return " and ".join(one.layer for one in self._rungs)

        def build(self, shapes: Sequence[Sequence[int]]) -> None:
            for head, own in zip(self._heads, shapes[2:], strict=True):
                head.build(own)

        def compute_output_shape(self, shapes: Sequence[Sequence[int]]) -> Sequence[int]:
            return shapes[0]

        def get_config(self) -> dict[str, Any]:
            taught = {"seen": self._seen, "rungs": self._rungs, "weight": self._weight}
            return {**super().get_config(), **taught}

        def call(self, inputs: Sequence[Any], training: bool = False) -> Any:
            output, pictures, *maps = inputs
            if training:
                seen = self._seen(pictures)
                errors = [
                    self._error(own, seen[rung.layer], head, rung)
                    for own, head, rung in zip(maps, self._heads, self._rungs, strict=True)
                ]
                self.add_loss(self._weight * sum(errors) / len(errors))
            return output

        def _error(self, own: Any, seen: Any, head: Any, rung: _Rung) -> Any:
            wanted = ops.einsum("ri,nijc,sj->nrsc", rung.rows, seen, rung.columns)
            mean, variance = ops.moments(wanted, axes=(0, 1, 2), keepdims=True)
            wanted = (wanted - mean) * ops.rsqrt(variance + EPSILON)
            squares = ops.average_pool(own, rung.side, rung.side)
            return ops.mean(ops.square(head(squares) - ops.stop_gradient(wanted)))

    return Hints
