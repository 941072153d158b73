"""The threshold of a stated operating point, with the interval that the pictures leave it.

balanced      the best mean of recall and specificity, bagged: see `threshold`
f1            the best F1, bagged in the same way
recall=X      the largest threshold that still finds at least the share X of the positive pictures
fpr=X         the smallest threshold that calls at most the share X of the others positive
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ...runtime.errors import DataError, UsageError
from .threshold import MARGIN, Cut, Scores, best_balanced_cut, cuts_between, mean_of, resampled

CONFIDENCE = 0.95
"""Of the threshold's interval: percentiles of a stratified bootstrap (Efron 1979)."""
BEYOND = 1
"""So many pictures must be expected beyond a stated rate for it to be met by counting."""

Kind = Literal["balanced", "f1", "recall", "fpr"]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold is chosen for."""

    kind: Kind
    rate: float | None = None
    """The X of `recall=X` and `fpr=X`, between 0 and 1."""

    @classmethod
    def parse(cls, text: str) -> OperatingPoint:
        """An operating point as it is written on the command line.

        Raises:
            UsageError: it is none; says what there is.
        """
        name, _, rate = text.strip().partition("=")
        if not rate and name == "balanced":
            return cls("balanced")
        if not rate and name == "f1":
            return cls("f1")
        try:
            value = float(rate)
        except ValueError:
            value = math.nan
        if 0 < value < 1 and name == "recall":
            return cls("recall", value)
        if 0 < value < 1 and name == "fpr":
            return cls("fpr", value)
        raise UsageError(
            f"no operating point {text!r}; give balanced, f1, recall=X or fpr=X, X between 0 and 1"
        )

    def __str__(self) -> str:
        return self.kind if self.rate is None else f"{self.kind}={self.rate:g}"


@dataclass(frozen=True, slots=True)
class ChosenThreshold:
    """A threshold and how sure it is."""

    operating_point: str
    value: float
    """Strictly between 0 and 1; a probability at or above it means positive."""
    low: float
    """Ends of the interval within which other pictures of the same kind would have put it."""
    high: float
    confidence: float
    n: int
    """Pictures it was chosen on."""
    n_positive: int

    def at(self, value: float) -> ChosenThreshold:
        """The same with another value, which the interval takes in."""
        return replace(self, value=value, low=min(self.low, value), high=max(self.high, value))


def choose(
    positive: npt.NDArray[np.bool_],
    scores: npt.NDArray[np.floating],
    point: OperatingPoint,
    seed: int = 0,
) -> ChosenThreshold:
    """Choose the threshold of an operating point.

    Args:
        positive: (n,) the truth, both kinds present.
        scores: (n,) of the positive class, in [0, 1].
        point: what it is chosen for.
        seed: of the resampling.

    Raises:
        DataError: a kind is missing, or too few pictures for the rate that is asked for.
    """
    hits, misses = (np.asarray(scores[kind], np.float64) for kind in (positive, ~positive))
    _check_support(point, len(hits), len(misses))
    cut = _CUTS[point.kind](point.rate)
    found = resampled(positive, scores, cut, seed)
    value = mean_of(found) if point.rate is None else _inside(cut(hits, misses))
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return ChosenThreshold(
        operating_point=str(point),
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        confidence=CONFIDENCE,
        n=len(scores),
        n_positive=len(hits),
    )


def carried_over(threshold: float, called: int, scores: npt.NDArray[np.floating]) -> float:
    """The threshold of another form of a model, which calls as many of the same pictures positive.

    Choosing it anew on the scores of that form would add the chance of a second choice: the best
    balanced accuracy is flat, so two nearly equal models choose thresholds that lie apart, and
    pictures change sides that the arithmetic did not move.

    Args:
        threshold: of the model that was chosen for.
        called: how many pictures reach it there.
        scores: (n,) of the other form for the same pictures, in [0, 1].

    Returns:
        `threshold` itself where it calls as many; else the nearest cut between two scores that
        calls as many, or, where equal scores stand in the way, most nearly as many.
    """
    ordered = np.sort(scores)
    cuts = np.array([_inside(cut) for cut in (threshold, *cuts_between(scores))])
    apart = np.abs(len(ordered) - np.searchsorted(ordered, cuts) - called)
    fitting = cuts[apart == apart.min()]
    return float(fitting[np.abs(fitting - threshold).argmin()])


def abstain_band(
    scores: npt.NDArray[np.floating], threshold: float, share: float
) -> tuple[float, float]:
    """The band around a threshold that holds a share of the pictures, those nearest by log-odds.

    Args:
        scores: (n,) probabilities, n at least 1.
        threshold: strictly between 0 and 1.
        share: of the pictures that get no answer, in (0, 1).

    Returns:
        low <= threshold <= high, strictly inside (0, 1): no answer where low <= probability < high.
    """
    centre = math.log(threshold / (1 - threshold))
    inside = np.clip(np.asarray(scores, np.float64), MARGIN, 1 - MARGIN)
    distance = np.sort(np.abs(np.log(inside / (1 - inside)) - centre))
    reach = float(distance[max(0, math.ceil(share * len(distance)) - 1)])
    low, high = (1 / (1 + math.exp(-(centre + side * reach))) for side in (-1, 1))
    return min(low, threshold), max(high, threshold)


def _check_support(point: OperatingPoint, hits: int, misses: int) -> None:
    if not hits or not misses:
        raise DataError("a threshold needs pictures of the positive class and others")
    if point.rate is None:
        return
    kind, there, beyond = (
        ("positive", hits, 1 - point.rate)
        if point.kind == "recall"
        else ("other", misses, point.rate)
    )
    needed = math.ceil(BEYOND / beyond - 1e-9)
    if there < needed:
        raise DataError(
            f"the operating point {point} needs at least {needed} {kind} calibration pictures;"
            f" there are {there}"
        )


def _best_f1_cut(hits: Scores, misses: Scores) -> float:
    """The middle one of the cuts between two scores that share the best F1."""
    cuts = cuts_between(np.concatenate([hits, misses]))
    found = len(hits) - np.searchsorted(np.sort(hits), cuts)
    false = len(misses) - np.searchsorted(np.sort(misses), cuts)
    f1 = 2 * found / (found + false + len(hits))
    return float(np.median(cuts[f1 >= f1.max() - 1e-12]))


def _recall_cut(rate: float) -> Cut:
    def cut(hits: Scores, _: Scores) -> float:
        missed = math.floor((1 - rate) * len(hits) + 1e-9)
        return float(np.sort(hits)[missed])

    return cut


def _fpr_cut(rate: float) -> Cut:
    """Just above the highest score of the others that must not be called positive."""

    def cut(_: Scores, misses: Scores) -> float:
        called = math.floor(rate * len(misses) + 1e-9)
        return float(np.nextafter(np.sort(misses)[-1 - called], 1.0))

    return cut


def _inside(value: float) -> float:
    """A threshold lies between 0 and 1, not on them."""
    return min(max(value, 1e-9), 1 - 1e-9)


_CUTS: dict[Kind, Callable[[float | None], Cut]] = {
    "balanced": lambda _: best_balanced_cut,
    "f1": lambda _: _best_f1_cut,
    "recall": lambda rate: _recall_cut(rate or 0.0),
    "fpr": lambda rate: _fpr_cut(rate or 0.0),
}
