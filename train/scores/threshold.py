"""The score from which on a picture counts as positive.

The raw optimum of balanced accuracy over a few hundred pictures hangs on one or two of them. So it
is looked for on many bootstrap samples of the select split, and the mean of their logits is taken
(bagging; Breiman 1996). Balanced accuracy weighs both kinds of error alike, whatever share of the
pictures happens to be positive. The holdout has no part in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RESAMPLES = 200
UNDECIDED = 0.5
"""When the scores cannot be told apart at all."""
MARGIN = 1e-4
"""The threshold stays this far inside 0 and 1."""


Scores = npt.NDArray[np.float64]
Cut = Callable[[Scores, Scores], float]
"""From the scores of positive and of other pictures to a threshold."""


def choose_threshold(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], seed: int = 0
) -> float:
    """Mean over bootstrap samples of the threshold of the best balanced accuracy.

    Args:
        positive: (n,) the truth, both kinds present.
        scores: (n,) of the positive class, in [0, 1].
        seed: of the resampling.

    Returns:
        a threshold strictly between 0 and 1; a score at or above it means positive.
    """
    return mean_of(resampled(positive, scores, best_balanced_cut, seed))


def resampled(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], cut: Cut, seed: int
) -> Scores:
    """The threshold of each of `RESAMPLES` bootstrap samples, drawn within both kinds.

    Returns:
        (`RESAMPLES`,), inside 0 and 1 by `MARGIN`; all `UNDECIDED` where every score is the same.
    """
    scores64 = np.asarray(scores, np.float64)
    if np.ptp(scores64) < 1e-9:
        return np.full(RESAMPLES, UNDECIDED)
    rng = np.random.default_rng(seed)
    hits, misses = scores64[positive], scores64[~positive]
    found = [
        cut(rng.choice(hits, len(hits)), rng.choice(misses, len(misses))) for _ in range(RESAMPLES)
    ]
    return np.clip(found, MARGIN, 1 - MARGIN)


def mean_of(thresholds: Scores) -> float:
    """The mean, taken of their logits."""
    logit = float(np.log(thresholds / (1 - thresholds)).mean())
    return 1 / (1 + math.exp(-logit))


def best_balanced_cut(hits: Scores, misses: Scores) -> float:
    """The middle one of the cuts between two scores that share the best balanced accuracy."""
    cuts = cuts_between(np.concatenate([hits, misses]))
    recall = 1 - np.searchsorted(np.sort(hits), cuts) / len(hits)
    specificity = np.searchsorted(np.sort(misses), cuts) / len(misses)
    balanced = recall + specificity
    return float(np.median(cuts[balanced >= balanced.max() - 1e-12]))


def cuts_between(scores: npt.NDArray[np.floating]) -> Scores:
    """0, the middles between two scores that follow each other, and 1, in this order."""
    values = np.unique(scores)
    return np.concatenate([[0.0], (values[1:] + values[:-1]) / 2, [1.0]])
