"""What the scores are worth, by scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score

Z_95 = 1.959964
"""Quantile of the normal distribution for a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Of two classes: of the positive one. Of more: accuracy over all, macro means, and the ROC
    AUC of the positive class against the rest."""

    n: int
    """Pictures."""
    accuracy: float
    accuracy_low: float
    """Wilson's 95 % interval (Wilson 1927), pictures taken as independent."""
    accuracy_high: float
    balanced_accuracy: float
    """Mean recall over the classes."""
    precision: float
    """0 where nothing was called positive."""
    recall: float
    f1: float
    roc_auc: float | None
    """None where only one of the two kinds is present, or a score is not a number."""
    threshold: float
    """Score of the positive class from which on it is the answer."""
    confusion: tuple[tuple[int, ...], ...]
    """Row: truth, column: answer, in the order of `labels`."""
    labels: tuple[str, ...]
    positive: str

    def as_json(self) -> dict[str, Any]:
        """For a report, rounded to six digits."""
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name in self.__slots__
            for value in [getattr(self, name)]
        }


def measure(
    truth: npt.NDArray[np.int64],
    scores: npt.NDArray[np.floating],
    labels: Sequence[str],
    positive: str,
    threshold: float,
) -> Metrics:
    """Measure scores against the truth.

    Args:
        truth: (n,) index of the true label; n at least 1.
        scores: (n, labels) probabilities.
        labels: names in output order.
        positive: the label that is looked for.
        threshold: its score from which on it is the answer; else the likeliest other label is.
    """
    index = list(labels).index(positive)
    answers = decide(scores, index, threshold)
    return measure_answers(truth, answers, scores[:, index], labels, positive, threshold)


def measure_answers(
    truth: npt.NDArray[np.int64],
    answers: npt.NDArray[np.int64],
    positive_scores: npt.NDArray[np.floating],
    labels: Sequence[str],
    positive: str,
    threshold: float,
) -> Metrics:
    """Measure answers that were given already, (n,) label indices; see `measure`."""
    index = list(labels).index(positive)
    right = int((answers == truth).sum())
    low, high = wilson(right, len(truth))
    of = {"average": "binary", "pos_label": index} if len(labels) == 2 else {"average": "macro"}
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, answers, labels=None if len(labels) == 2 else range(len(labels)), zero_division=0,
        **of,
    )  # fmt: skip
    matrix = confusion_matrix(truth, answers, labels=range(len(labels)))
    present = matrix.sum(axis=1) > 0
    ranked = 0 < int((truth == index).sum()) < len(truth) and np.isfinite(positive_scores).all()
    return Metrics(
        n=len(truth),
        accuracy=right / len(truth),
        accuracy_low=low,
        accuracy_high=high,
        balanced_accuracy=float((matrix.diagonal()[present] / matrix.sum(axis=1)[present]).mean()),
        precision=float(precision),
        recall=float(recall),
        f1=float(f1),
        roc_auc=float(roc_auc_score(truth == index, positive_scores)) if ranked else None,
        threshold=threshold,
        confusion=tuple(tuple(int(count) for count in row) for row in matrix),
        labels=tuple(labels),
        positive=positive,
    )


def decide(
    scores: npt.NDArray[np.floating], positive: int, threshold: float
) -> npt.NDArray[np.int64]:
    """The answers, (n,) label indices: as the runtime's Detector decides."""
    others = np.array(scores, dtype=np.float64)
    others[:, positive] = -1
    answers: npt.NDArray[np.int64] = others.argmax(axis=1)
    answers[scores[:, positive] >= threshold] = positive
    return answers


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a proportion."""
    share, z2 = right / n, Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def truth_of(labels_of_pictures: Sequence[str], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(n,) label indices of label names."""
    order = {label: index for index, label in enumerate(labels)}
    return np.array([order[label] for label in labels_of_pictures], np.int64)
