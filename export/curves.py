"""The curves of a model card, small enough to stand in a certificate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

MOST_POINTS = 100
"""Of a ROC curve; where that cuts off corners, the area moves by less than a thousandth."""
MOST_BINS = 8
"""Of equal numbers of pictures: a fitted model is sure of most of them, so that bins of equal
width are nearly empty in the middle, where their share is then mostly chance."""
DIGITS = 4


def curves(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> dict[str, Any]:
    """ROC curve and reliability of calibrated probabilities.

    Args:
        positive: (n,) the truth, n at least 1.
        probabilities: (n,) of the positive label, in [0, 1].

    Returns:
        `roc`: `fpr` and `tpr`, ascending from 0 to 1, at most `MOST_POINTS` each, and empty where
        one of the kinds is missing. `reliability`: at most `MOST_BINS` bins by ascending
        probability, each with the mean probability, the share that is positive and the number.
    """
    return {"roc": _roc(positive, probabilities), "reliability": _bins(positive, probabilities)}


def _roc(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> dict[str, list[float]]:
    if not 0 < int(positive.sum()) < len(positive):
        return {"fpr": [], "tpr": []}
    false_rate, true_rate, _ = roc_curve(positive, probabilities)
    kept = np.unique(np.linspace(0, len(false_rate) - 1, MOST_POINTS).round().astype(int))
    return {
        "fpr": [_rounded(rate) for rate in false_rate[kept]],
        "tpr": [_rounded(rate) for rate in true_rate[kept]],
    }


def _bins(
    positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating]
) -> list[dict[str, float | int]]:
    # By the rank of the first of equal ones: an integer model gives many pictures one probability,
    # and dividing those would sort them by the order in which the pictures happened to come.
    rank = np.searchsorted(np.sort(probabilities), probabilities)
    number = rank * MOST_BINS // len(probabilities)
    return [
        {
            "mean": _rounded(probabilities[number == one].mean()),
            "share": _rounded(positive[number == one].mean()),
            "n": int((number == one).sum()),
        }
        for one in np.unique(number)
    ]


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
