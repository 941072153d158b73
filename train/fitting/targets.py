"""What an output is to be for each picture.

A row of targets is what is learned, (outputs,). Where that is not the label, because a teacher has
a share in it, the label stands behind it, (2 x outputs,), so that every training can be judged by
its labels, as its select split is. A picture that is mixed of two has a label that is, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .distillation import Answers

Rows = TypeVar("Rows")
"""A numpy array or a tensor of (n, columns)."""


def one_hot(truth: npt.NDArray[np.int64], outputs: int) -> npt.NDArray[np.float32]:
    """(n, 1) of 0 and 1 for a sigmoid, (n, K) for a softmax."""
    if outputs == 1:
        return truth.astype(np.float32)[:, np.newaxis]
    return np.eye(outputs, dtype=np.float32)[truth]


def with_labels(mixed: Answers, labels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The labels, (..., outputs), behind what is learned, of the same shape: (..., 2 x outputs)."""
    return np.concatenate([mixed, labels], axis=-1)


def learned(targets: Rows, outputs: int) -> Rows:
    """Of a batch of targets, what is learned."""
    return targets[:, :outputs]  # type: ignore[index, no-any-return]


def labelled(targets: Rows, outputs: int) -> Rows:
    """Of a batch of targets, the labels."""
    return targets[:, -outputs:]  # type: ignore[index, no-any-return]
