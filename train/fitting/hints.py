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
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract
from ...runtime.errors import UsageError
from ..architectures.recipe import Tap
from ..run_folder import Run

NAME = "hints"
"""Of the layer."""
EPSILON = 1e-3
"""Added to a channel's variance: one that is always 0 stays 0."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Rung:
    """One of the teacher's maps beside squares of the student's."""

    layer: str
    """Of the teacher."""
    channels: int
    side: int
    """Of the squares, pixels of the student's map."""
    rows: Matrix
    """(squares, rows of the teacher's map): how much of each row a square is shown."""
    columns: Matrix


def check_same_pictures(teacher: Run, contract: InputContract) -> None:
    """Refuse a teacher that takes other pictures than its student.

    Raises:
        UsageError: it does.
    """
    if teacher.contract != contract:
        wanted, came = (f"{one.width}x{one.height}" for one in (teacher.contract, contract))
        raise UsageError(
            f"--hints compares what both see in the same picture; the teacher takes {wanted} pixels"
            f" and the student {came}: give it --size {wanted}, or leave --hints out"
        )


def hinting(keras: Any, teacher: Any, weight: float, largest: int) -> Tap:
    """What a family calls with the map that is to take hints.

    The error that is added to the loss is `weight` times the mean over the maps of the share of
    their variance that the student does not predict, by channel.

    Args:
        keras: the module.
        teacher: Keras model of pictures of the same size.
        weight: above 0.
        largest: side of the largest squares of the student's map, pixels.

    Raises:
        UsageError: when called, if the teacher has no map of the scales between the student's map
            and these squares.
    """
    teacher.trainable = False

    def tap(pictures: Any, own: Any, stride: int) -> Any:
        maps = [one for one in teacher.layers if not isinstance(one, keras.layers.ZeroPadding2D)]
        rungs = _rungs(maps, pictures.shape[1:3], own.shape[1:3], stride, largest)
        outputs = {one.layer: teacher.get_layer(one.layer).output for one in rungs}
        model = keras.Model(teacher.input, outputs)
        layer = _layer(keras)

        def seen(pixels: Any) -> Any:  # a function, whose weights are nobody's but the teacher's
            return model(pixels, training=False)

        return layer(seen, rungs, weight, name=NAME)([pictures, own])

    return tap


def _rungs(
    layers: Sequence[Any],
    picture_hw: Sequence[int],
    map_hw: Sequence[int],
    stride: int,
    largest: int,
) -> list[_Rung]:
    """The deepest map of each scale that the squares can have, finest first.

    Args:
        layers: of the teacher, but those that pad: what they give is no longer at its place.
        picture_hw: of the picture, pixels.
        map_hw: of the student's map, pixels.
        stride: of the picture's pixels between two of the map.
        largest: side of a square.
    """
    deepest: dict[int, Any] = {}
    for layer in layers:
        shape = tuple(getattr(layer.output, "shape", ()))
        if len(shape) == 4 and min(shape[1:3]) > 1:
            deepest[2 ** round(math.log2(picture_hw[0] / shape[1]))] = layer
    rungs = []
    for scale in sorted(deepest):
        side, rest = divmod(scale, stride)
        if rest or not 1 < side <= min(largest, *map_hw):
            continue
        _, *hw, channels = deepest[scale].output.shape
        matrices = [
            _interpolation(_centres(own, whole, stride, side), of_teacher, whole)
            for own, whole, of_teacher in zip(map_hw, picture_hw, hw, strict=True)
        ]
        rungs.append(_Rung(deepest[scale].name, channels, side, *matrices))
    if not rungs:
        finest, coarsest = 2 * stride, largest * stride
        raise UsageError(
            f"--hints compares maps of {finest} to {coarsest} pixels a place, and the teacher has"
            " none; leave it out, or take another teacher or a larger --pool-dense"
        )
    return rungs


def _centres(count: int, size: int, stride: int, side: int) -> Matrix:
    """Where in the picture the student's squares have their centres, pixels.

    Args:
        count: of the map's rows or columns.
        size: of the picture, pixels.
        stride: of the picture's pixels between two of them.
        side: of a square.
    """
    first = (size - (count - 1) * stride) / 2 + (side - 1) / 2 * stride
    return (first + np.arange(count // side) * side * stride).astype(np.float32)


def _interpolation(centres: Matrix, count: int, size: int) -> Matrix:
    """(centres, count): linear between the middles of `count` cells over `size` pixels."""
    places = np.clip(centres * (count / size) - 0.5, 0, count - 1)
    apart = np.abs(places[:, np.newaxis] - np.arange(count))
    return np.asarray(np.maximum(0, 1 - apart), np.float32)


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
            self._heads = [keras.layers.Dense(one.channels) for one in rungs]

        @property
        def told(self) -> str:
            """The teacher's maps, for a person."""
            return " and ".join(one.layer for one in self._rungs)

        def build(self, shapes: Sequence[Sequence[int]]) -> None:
            for head in self._heads:
                head.build(shapes[1])

        def compute_output_shape(self, shapes: Sequence[Sequence[int]]) -> Sequence[int]:
            return shapes[1]

        def get_config(self) -> dict[str, Any]:
            taught = {"seen": self._seen, "rungs": self._rungs, "weight": self._weight}
            return {**super().get_config(), **taught}

        def call(self, inputs: Sequence[Any], training: bool = False) -> Any:
            pictures, own = inputs
            if training:
                seen = self._seen(pictures)
                errors = [
                    self._error(own, seen[rung.layer], head, rung)
                    for head, rung in zip(self._heads, self._rungs, strict=True)
                ]
                self.add_loss(self._weight * sum(errors) / len(errors))
            return own

        def _error(self, own: Any, seen: Any, head: Any, rung: _Rung) -> Any:
            wanted = ops.einsum("ri,nijc,sj->nrsc", rung.rows, seen, rung.columns)
            mean, variance = ops.moments(wanted, axes=(0, 1, 2), keepdims=True)
            wanted = (wanted - mean) * ops.rsqrt(variance + EPSILON)
            squares = ops.average_pool(own, rung.side, rung.side)
            return ops.mean(ops.square(head(squares) - ops.stop_gradient(wanted)))

    return Hints
