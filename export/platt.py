"""Calibration of a model's score to a probability.

Platt (1999), "Probabilistic outputs for support vector machines", fits a sigmoid of two parameters
to labelled scores that training has not seen, with targets drawn in from 0 and 1 so that separable
pictures do not drive it to certainty. Here it works on the logit of the score, so that slope 1 and
offset 0 change nothing and offset 0 alone is temperature scaling (Guo et al. 2017,
arXiv:1706.04599).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from ..runtime.bundle import Calibration
from ..runtime.errors import DataError


def fit_platt(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], clip: float
) -> tuple[Calibration, dict[str, Any]]:
    """Fit a calibration, and say what it gains on the pictures it was fitted on.

    Args:
        positive: (n,) the truth, both kinds present.
        scores: (n,) of the positive class, in [0, 1].
        clip: scores nearer to 0 or 1 than this cannot be told from 0 and 1.

    Returns:
        the calibration, and its report for the certificate. Slope 1 and offset 0, which change
        nothing, where the scores say nothing or fall as the truth rises.

    Raises:
        DataError: a kind is missing.
    """
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        raise DataError("calibrating needs pictures of the positive class and others")
    inside = np.clip(np.asarray(scores, np.float64), clip, 1 - clip)
    logits = np.log(inside / (1 - inside))[:, np.newaxis]
    drawn_in = np.where(positive, (hits + 1) / (hits + 2), 1 / (misses + 2))
    slope, offset = (1.0, 0.0) if np.ptp(logits) < 1e-9 else _fit(logits, drawn_in)
    if slope <= 0:  # a sigmoid that falls would turn every answer round; the gate must judge it
        slope, offset = 1.0, 0.0
    calibration = Calibration(slope, offset, clip)
    after = calibration.array(scores)
    return calibration, {
        "method": "platt",
        "n": len(scores),
        "log_loss_before": float(log_loss(positive, inside, labels=[False, True])),
        "log_loss_after": float(log_loss(positive, after, labels=[False, True])),
        "brier_before": float(brier_score_loss(positive, inside)),
        "brier_after": float(brier_score_loss(positive, after)),
    }


def _fit(logits: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset of least cross-entropy; (n, 1) and (n,)."""
    # A target between 0 and 1 is the same as both answers, weighted by it.
    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(
        np.vstack([logits, logits]),
        np.repeat([1, 0], len(targets)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
