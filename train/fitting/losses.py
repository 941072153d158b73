"""What a training step makes small.

The output of every model is a probability, because that is what the board reads. So the hinge loss,
which wants a distance from the border, is taken on the log-odds of that probability: what the last
layer gave before its sigmoid or softmax.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..options.loss import LossOptions

SMALLEST = 1e-7
"""Probabilities are kept so far from 0 and 1 before their logarithm is taken, as in Keras."""


def make_loss(keras: Any, options: LossOptions, binary: bool) -> Any:
    """A loss of (n, 1) probabilities of a sigmoid, or of (n, labels) of a softmax."""
    losses, smoothing = keras.losses, options.label_smoothing
    if options.loss == "cross-entropy":
        kind = losses.BinaryCrossentropy if binary else losses.CategoricalCrossentropy
        return kind(label_smoothing=smoothing)
    if options.loss == "focal":
        if binary:
            return losses.BinaryFocalCrossentropy(
                gamma=options.focal_gamma, label_smoothing=smoothing
            )
        # alpha scales all labels alike; class weights are an option of their own
        return losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=options.focal_gamma, label_smoothing=smoothing
        )
    if options.loss == "huber":
        return losses.Huber(delta=options.huber_delta)
    if options.loss == "mse":
        return losses.MeanSquaredError()
    return _binary_hinge(keras) if binary else _categorical_hinge(keras)


def _binary_hinge(keras: Any) -> Callable[[Any, Any], Any]:
    def hinge(truth: Any, probability: Any) -> Any:
        inside = keras.ops.clip(probability, SMALLEST, 1 - SMALLEST)
        # Keras' hinge takes 0 and 1 for -1 and 1
        return keras.losses.hinge(truth, keras.ops.log(inside) - keras.ops.log(1 - inside))

    return hinge


def _categorical_hinge(keras: Any) -> Callable[[Any, Any], Any]:
    def hinge(truth: Any, probabilities: Any) -> Any:
        logs = keras.ops.log(keras.ops.clip(probabilities, SMALLEST, 1))
        # Keras' hinge compares with 0 as well, so that no score may be below it
        return keras.losses.categorical_hinge(
            truth, logs - keras.ops.min(logs, axis=-1, keepdims=True)
        )

    return hinge


def label_weights(
    truth: npt.NDArray[np.int64], labels: int, options: LossOptions
) -> npt.NDArray[np.float32] | None:
    """How often a picture of each label counts, (labels,); None: once.

    Args:
        truth: (n,) label indices, every label at least once.
        labels: how many there are.
        options: `balanced` gives n / (labels x its count), as scikit-learn has it.
    """
    if options.class_weights == "none":
        return None
    counts = np.bincount(truth, minlength=labels)
    return np.asarray(len(truth) / (labels * counts), np.float32)


def sample_weights(
    targets: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """(n,) from (n, 1) or (n, labels) targets; a mixed target counts in between."""
    return np.asarray(_columns(targets) @ weights, np.float32)


def unsureness(
    targets: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32] | None,
    options: LossOptions,
) -> float:
    """Of a batch's loss, what no model can avoid, because the targets themselves are unsure.

    The entropy of targets that a teacher or another picture has a share in, for cross-entropy; 0
    for labels, and for losses that agreement brings to 0.

    Args:
        targets: (n, 1) or (n, labels).
        weights: (n,), how often a picture counts; None: once.
        options: of the loss.
    """
    if options.loss != "cross-entropy":
        return 0.0
    each = entropy(targets)
    return float((each if weights is None else each * weights).mean())


def entropy(targets: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(n,) in nats, of (n, 1) or (n, labels) targets; 0 of a label."""
    columns = _columns(targets).astype(np.float64)
    return np.asarray(-(columns * np.log(np.maximum(columns, SMALLEST))).sum(axis=1))


def _columns(targets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n, labels), for a sigmoid's (n, 1) too."""
    return np.hstack([1 - targets, targets]) if targets.shape[1] == 1 else targets
