"""The curves of a model card, small enough to stand in a certificate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

MOST_POINTS = 100
BINS = 8
"""Of equal numbers of pictures: bins of equal width leave most of them nearly empty, since a
fitted model is sure of most pictures."""
DIGITS = 4


def curves(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> dict[str, Any]:
    """ROC curve and reliability of calibrated probabilities.

    Args:
        positive: (n,) the truth.
        probabilities: (n,) of the positive label.

    Returns:
        `roc`: `fpr` and `tpr`, ascending, at most `MOST_POINTS` each and empty where one of the
        kinds is missing; `reliability`: for bins of equal numbers the mean probability, the share
        that is positive and the number.
    """
    return {"roc": _roc(positive, probabilities), "reliability": _bins(positive, probabilities)}


def _roc(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> dict[str, list[float]]:
    if not 0 < int(positive.sum()) < len(positive):
        return {"fpr": [], "tpr": []}
    false_rate, true_rate, _ = roc_curve(positive, probabilities)
    kept = np.unique(np.linspace(0, len(false_rate) - 1, MOST_POINTS).round().astype(int))
    return {"fpr": _rounded(false_rate[kept]), "tpr": _rounded(true_rate[kept])}


def _bins(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> list[dict[str, float | int]]:
    order = np.argsort(probabilities, kind="stable")
    return [
        {
            "mean": round(float(probabilities[part].mean()), DIGITS),
            "share": round(float(positive[part].mean()), DIGITS),
            "n": len(part),
        }
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def _rounded(values: npt.NDArray[np.floating]) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
