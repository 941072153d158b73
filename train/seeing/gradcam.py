"""Where a picture speaks for a label: Grad-CAM.

Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): the feature maps A_k of a late layer, each
weighted by the mean over places of the gradient of the label's score with respect to it, summed,
and cut at zero. The score is taken before the sigmoid or softmax, as there.

HiResCAM (Draelos and Carin 2020, arXiv:2011.08891) multiplies gradient and feature map place by
place before it sums. Behind global average pooling both are the same. Behind `Flatten`, where a
place has weights of its own, the mean blurs them, and only HiResCAM tells what makes up the score.

Why it is written here: under Keras 3, tf-keras-vis 0.8.7 works on flat models and fails on nested
ones, and xplique 2.0 brings tensorflow-probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...runtime.errors import UsageError
from ..quiet import import_keras
from ..scores.scoring import label_columns
from ..taps import Passed, tapped, trace

Method = Literal["grad-cam", "hires-cam"]
BATCH = 8
"""Pictures whose feature maps and gradients are held at a time."""
CONVOLUTIONS = ("Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")
AFTER = ("BatchNormalization", "Activation", "ReLU", "LeakyReLU", "PReLU", "Add", "Concatenate")
"""The last convolution's map is taken behind these where they follow at its size: they make it what
the head is given, joined with the branches that run beside it."""


@dataclass(frozen=True, slots=True)
class Maps:
    """What was found for n pictures."""

    heat: npt.NDArray[np.float32]
    """(n, rows, columns) of the layer; 0 and more, not scaled."""
    scores: npt.NDArray[np.float32]
    """(n, labels) probabilities."""
    layer: str


def target_layer(model: Any, name: str | None = None) -> Passed:
    """The layer whose feature maps are weighted.

    Args:
        model: Keras, flat or nested.
        name: as `trace` names it, or the last part of that; None: the last convolution, behind the
            normalisation, activation and joining that follow it at its size.

    Raises:
        UsageError: no such layer, or one whose output has no places.
    """
    passed = trace(model)
    if name is not None:
        named = [one for one in passed if name in (one.leaf.name, one.leaf.name.split("/")[-1])]
        if not named:
            maps = ", ".join(one.leaf.name for one in passed if _has_places(one))
            raise UsageError(f"no layer {name!r}; with feature maps there are: {maps}")
        if not _has_places(named[-1]):
            raise UsageError(
                f"layer {name!r} gives {named[-1].output_shape[1:]}, not (rows, columns, channels)"
                " of more than one place"
            )
        return named[-1]
    found = [
        index
        for index, one in enumerate(passed)
        if one.leaf.kind in CONVOLUTIONS and _has_places(one)
    ]
    if not found:
        raise UsageError("the model has no convolution whose map has more than one place")
    target = passed[found[-1]]
    for one in passed[found[-1] + 1 :]:
        if one.leaf.kind in AFTER and one.output_shape[:3] == target.output_shape[:3]:
            target = one
    return target


def grad_cam(
    model: Any,
    pixels: npt.NDArray[np.uint8],
    shown: int,
    layer: Passed | None = None,
    method: Method = "grad-cam",
) -> Maps:
    """The evidence for a label in pictures.

    Args:
        model: Keras, with one output (sigmoid) or one for each label (softmax).
        pixels: (n, height, width, 3), RGB, 0..255, as the model takes them; n at least 1.
        shown: index of the label; of a sigmoid 1 is the positive one, 0 the other.
        layer: see `target_layer`, which finds it where there is None.
        method: how gradients weigh the feature maps.
    """
    import_keras()
    import tensorflow as tf

    target = layer or target_layer(model)
    heat, outputs = [], []
    for start in range(0, len(pixels), BATCH):
        part = tf.constant(pixels[start : start + BATCH])
        held: dict[str, Any] = {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:

            def watch(_: Any, output: Any, tape: Any = tape, held: Any = held) -> None:
                tape.watch(output)
                held["maps"] = output

            with _logits_kept(model, held), tapped([(target.leaf.layer, watch)]):
                probabilities = model(part, training=False)
            score = _score(tf, probabilities, held.get("logits"), shown)
        gradients = tape.gradient(score, held["maps"])
        if gradients is None:
            raise UsageError(f"the score does not depend on layer {target.leaf.name!r}")
        if method == "grad-cam":
            gradients = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
        weighed = tf.nn.relu(tf.reduce_sum(gradients * held["maps"], axis=-1))
        heat.append(np.asarray(weighed, np.float32))
        outputs.append(np.asarray(probabilities, np.float32))
    return Maps(np.concatenate(heat), label_columns(np.concatenate(outputs)), target.leaf.name)


def _has_places(one: Passed) -> bool:
    return len(one.output_shape) == 4 and one.output_shape[1] * one.output_shape[2] > 1


def _score(tf: Any, probabilities: Any, logits: Any, shown: int) -> Any:
    """The label's score before sigmoid or softmax; from the probability where that is not seen."""
    if logits is None:
        inside = tf.clip_by_value(probabilities, 1e-6, 1 - 1e-6)
        logits = tf.math.log(inside) - tf.math.log(1 - inside)
    if probabilities.shape[-1] > 1:
        return logits[:, shown]
    return logits[:, 0] if shown == 1 else -logits[:, 0]


class _logits_kept:
    """Keeps what goes into the last layer's activation, as `held["logits"]`."""

    def __init__(self, model: Any, held: dict[str, Any]) -> None:
        self._layer = last_layer(model)
        self._held = held
        self._activation: Callable[[Any], Any] | None = getattr(self._layer, "activation", None)

    def __enter__(self) -> None:
        activation = self._activation
        if activation is None or getattr(activation, "__name__", "") not in ("sigmoid", "softmax"):
            self._activation = None
            return

        def keeping(inputs: Any) -> Any:
            self._held["logits"] = inputs
            return activation(inputs)

        vars(self._layer)["activation"] = keeping

    def __exit__(self, *_: object) -> None:
        if self._activation is not None:
            vars(self._layer)["activation"] = self._activation


def last_layer(model: Any) -> Any:
    """The layer that gives a model's output, in whatever models it lies."""
    keras = import_keras()
    layer = model.layers[-1]
    return last_layer(layer) if isinstance(layer, keras.Model) else layer
