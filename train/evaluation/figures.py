"""The figures of a sample: the point by scikit-learn, the interval by the bootstrap.

accuracy           share of the answers that are right, over all labels
precision, recall, specificity, f1, balanced_accuracy
                   of the positive label against the rest, at the threshold
roc_auc, pr_auc    of its score, at every threshold; pr_auc is the average precision
log_loss, brier    of its score as a probability; 0 is best
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

from ..scores.metrics import wilson
from .bootstrap import CONFIDENCE, REPLICATES, Weights, drawn, interval
from .sample import Sample

Floats = npt.NDArray[np.float64]
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and how far other pictures would move it."""

    value: float | None
    """None where it does not exist, as a recall without positive pictures."""
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, float | None]:
        """Rounded to six digits."""
        return {
            name: None if value is None else round(value, DIGITS)
            for name, value in (("value", self.value), ("low", self.low), ("high", self.high))
        }

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a model is worth on a sample."""

    n: int
    n_positive: int
    groups: int
    """Independent ones among the pictures; what the bootstrap draws."""
    values: Mapping[str, Figure]
    """By the names of `POINTS`."""
    confidence: float = CONFIDENCE
    replicates: int = REPLICATES

    def __getitem__(self, name: str) -> Figure:
        return self.values[name]

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "n": self.n,
            "n_positive": self.n_positive,
            "groups": self.groups,
            "confidence": self.confidence,
            "replicates": self.replicates,
            "values": {name: figure.as_json() for name, figure in self.values.items()},
        }


def figures(sample: Sample, seed: int = 0) -> Figures:
    """Every figure of a sample of at least one picture, each with its interval."""
    blocks = [
        replicated(sample, weights) for weights in drawn(len(sample), sample.groups, seed=seed)
    ]
    return Figures(
        n=len(sample),
        n_positive=int(sample.positive.sum()),
        groups=len(set(sample.groups)),
        values={
            name: with_interval(sample, name, np.concatenate([block[name] for block in blocks]))
            for name in POINTS
        },
    )


def with_interval(sample: Sample, name: str, replicates: Floats) -> Figure:
    """The figure of a name, from its replicates.

    Where all of a proportion's pictures are right, or none is, no draw can show another value;
    Wilson's interval stands there, of as many pictures as there are groups.
    """
    value = point(sample, name)
    if value is None:
        return Figure(None, None, None)
    ends = interval(replicates)
    if value in (0, 1) and name in _DENOMINATORS:
        independent = len(set(sample.part(_DENOMINATORS[name](sample)).groups))
        ends = wilson(round(value * independent), independent)
    return Figure(value, *(ends or (None, None)))


def point(sample: Sample, name: str) -> float | None:
    """A figure's value; None where it does not exist."""
    n, hits = len(sample), int(sample.positive.sum())
    if name in ("recall", "pr_auc") and not hits:
        return None
    if name == "specificity" and hits == n:
        return None
    if name == "precision" and not sample.called.any():
        return None
    if name == "f1" and not hits and not sample.called.any():
        return None
    if name in ("roc_auc", "balanced_accuracy") and hits in (0, n):
        return None
    return float(POINTS[name](sample))


def replicated(sample: Sample, weights: Weights, areas: bool = True) -> dict[str, Floats]:
    """Every figure of replicates at once.

    Args:
        sample: n pictures.
        weights: (replicates, n) how often each was drawn.
        areas: with roc_auc and pr_auc, which take most of the time.

    Returns:
        by name: (replicates,), nan where a figure does not exist.
    """
    positive, called = sample.positive.astype(np.float64), sample.called.astype(np.float64)
    loss = -np.log(np.where(sample.positive, sample.inside, 1 - sample.inside))
    columns = np.stack(
        [
            np.ones(len(sample)),
            positive,
            called,
            positive * called,
            sample.right.astype(np.float64),
            loss,
            (sample.scores - positive) ** 2,
        ],
        axis=1,
    )
    n, hits, calls, both, right, losses, squares = (weights @ columns).T
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = both / hits
        specificity = 1 - (calls - both) / (n - hits)
        return {
            "accuracy": right / n,
            "precision": both / calls,
            "recall": recall,
            "specificity": specificity,
            "f1": 2 * both / (hits + calls),
            "balanced_accuracy": (recall + specificity) / 2,
            **(_areas(sample, weights) if areas else {}),
            "log_loss": losses / n,
            "brier": squares / n,
        }


def _areas(sample: Sample, weights: Weights) -> dict[str, Floats]:
    """Areas under the ROC curve (with half of the ties) and of the precision-recall steps."""
    order = np.argsort(-sample.scores, kind="stable")
    starts = np.flatnonzero(np.diff(sample.scores[order], prepend=np.inf))
    sorted_weights = weights[:, order]
    positive = sample.positive[order]
    hits = np.add.reduceat(sorted_weights * positive, starts, axis=1)
    misses = np.add.reduceat(sorted_weights * ~positive, starts, axis=1)
    found, false = hits.cumsum(axis=1), misses.cumsum(axis=1)
    all_hits, all_misses = found[:, -1], false[:, -1]
    below = all_misses[:, np.newaxis] - false
    roc = (hits * (below + misses / 2)).sum(axis=1) / (all_hits * all_misses)
    precision = found / np.maximum(found + false, 1e-300)
    return {"roc_auc": roc, "pr_auc": (hits * precision).sum(axis=1) / all_hits}


POINTS: dict[str, Callable[[Sample], float]] = {
    "accuracy": lambda s: s.right.mean(),
    "precision": lambda s: precision_score(s.positive, s.called),
    "recall": lambda s: recall_score(s.positive, s.called),
    "specificity": lambda s: recall_score(~s.positive, ~s.called),
    "f1": lambda s: f1_score(s.positive, s.called),
    "balanced_accuracy": lambda s: (
        (recall_score(s.positive, s.called) + recall_score(~s.positive, ~s.called)) / 2
    ),
    "roc_auc": lambda s: roc_auc_score(s.positive, s.scores),
    "pr_auc": lambda s: average_precision_score(s.positive, s.scores),
    "log_loss": lambda s: log_loss(s.positive, s.inside, labels=[False, True]),
    "brier": lambda s: brier_score_loss(s.positive, s.scores),
}
_DENOMINATORS: dict[str, Callable[[Sample], npt.NDArray[np.bool_]]] = {
    "accuracy": lambda s: np.ones(len(s), np.bool_),
    "precision": lambda s: s.called,
    "recall": lambda s: s.positive,
    "specificity": lambda s: ~s.positive,
}
"""Proportions: the pictures they are of."""
