"""Is the model what its run describes, and can these pictures set integer ranges?

A gate compares a variant with its source. It cannot see what is wrong with both: labels that were
exchanged, a model that learnt from BGR. So the source itself is asked first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from ..runtime.errors import DataError
from ..runtime.usable import SMALLEST_SIDE, unusable
from .refused import ExportRefused

CHANCE = 1e-3
"""Scores are said to rank pictures the right or the wrong way round below this p-value."""
BETTER_Z = 4.0
"""Standard errors by which BGR must fit the labels better: by chance once in 30,000 exports."""
BETTER_AUC = 0.02
"""And by so much ROC AUC: a model that hardly looks at colour is left alone."""
FEWEST = 16
"""Pictures; from fewer, the integer ranges hang on single ones."""
MOST_BLACK = 0.2
"""Share of the pictures that may be black: night is part of the world, a covered lens is not."""
LEAST_CONTRAST = 2.0
"""Standard deviation of the pixels, 0..255; a picture with less shows nothing."""
SPREAD = (0.01, 0.99)
"""The median of each property must lie between these quantiles of the reference's."""
CORRELATION = "correlation of neighbouring pixels"
SLACK = {"brightness": 5.0, "contrast": 5.0, CORRELATION: 0.02}
"""So far outside it may lie all the same; in the property's own unit."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def check_label_order(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], what: str
) -> None:
    """Refuse a model that ranks labelled pictures the wrong way round.

    Args:
        positive: (n,) the truth.
        scores: (n,) of the positive class.
        what: which pictures, for the message.

    Raises:
        ExportRefused: the area under the ROC curve is below one half, and not by chance
            (Mann and Whitney's test).
    """
    if _ranks(positive, scores, "less"):
        area = roc_auc_score(positive, scores)
        raise ExportRefused(
            f"the labels are swapped: on the {len(scores)} {what} the model's score is lower where"
            f" the label is positive (area under the ROC curve {area:.3f}); check the labels in"
            " run.json and the names of the class folders"
        )


def check_color_order(
    positive: npt.NDArray[np.bool_],
    scores_rgb: npt.NDArray[np.floating],
    scores_bgr: npt.NDArray[np.floating],
) -> None:
    """Refuse a model that fits its labels better when red and blue are exchanged.

    Args:
        positive: (n,) the truth.
        scores_rgb: (n,) of the positive class for the pictures as the contract gives them.
        scores_bgr: (n,) for the same pictures with their channels reversed.

    Raises:
        ExportRefused: the reversed channels fit better by cross-entropy and by ROC AUC, and not by
            chance.
    """
    if not 0 < positive.sum() < len(positive):
        return
    gain = _loss(positive, scores_rgb) - _loss(positive, scores_bgr)
    error = float(gain.std(ddof=1)) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    as_rgb, as_bgr = (float(roc_auc_score(positive, s)) for s in (scores_rgb, scores_bgr))
    fits_better = gain.mean() > BETTER_Z * error and as_bgr > as_rgb + BETTER_AUC
    if fits_better and _ranks(positive, scores_bgr, "greater"):
        raise ExportRefused(
            "the model was trained on BGR pictures, the bundle gives it RGB: with red and blue"
            f" exchanged the area under the ROC curve is {as_bgr:.3f}, not {as_rgb:.3f}, on"
            f" {len(gain)} pictures; train on RGB (cv2.cvtColor) or swap the channels in the graph"
        )


def check_range_pictures(pixels: Pixels, reference: Pixels | None) -> None:
    """Refuse pictures that cannot set the integer ranges of an int8 model.

    Args:
        pixels: (n, height, width, 3) RGB, as the model takes them.
        reference: (m, height, width, 3) pictures of the run that they should be like; None: they
            are of the run themselves.

    Raises:
        DataError: they are black, empty, too few, or unlike the reference; names the cause.
    """
    head = f"the {len(pixels)} calibration pictures cannot set integer ranges"
    tail = "give pictures of the kind the camera sees, with --calibration-data"
    black = float(np.mean([_is_black(one) for one in pixels])) if len(pixels) else 0.0
    if black > MOST_BLACK:
        raise DataError(f"{head}: {black:.0%} of them are black; {tail}")
    found = {name: measure(pixels) for name, measure in _PROPERTIES.items()} if len(pixels) else {}
    if found and np.median(found["contrast"]) < LEAST_CONTRAST:
        raise DataError(
            f"{head}: they show nothing (contrast {np.median(found['contrast']):.1f}); {tail}"
        )
    if reference is not None and found:
        for name, values in found.items():
            low, high = np.quantile(_PROPERTIES[name](reference), SPREAD)
            median = float(np.median(values))
            if not low - SLACK[name] <= median <= high + SLACK[name]:
                raise DataError(
                    f"{head}: they are unlike the pictures of the run, their {name} is"
                    f" {median:.2f} where the run's is {low:.2f} to {high:.2f}"
                    f"{_NOISE if median < low and name == CORRELATION else ''}; {tail}"
                )
    if len(pixels) < FEWEST:
        raise DataError(f"{head}: at least {FEWEST} are needed; {tail}")


def _is_black(pixels: Pixels) -> bool:
    """Whether nearly all of a picture is black, or white.

    A frame of a camera is refused below a size that the input of a model may well have.
    """
    times = -(-SMALLEST_SIDE // min(pixels.shape[:2]))
    return unusable(pixels.repeat(times, axis=0).repeat(times, axis=1)) is not None


def _ranks(positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], way: str) -> bool:
    if not 0 < positive.sum() < len(positive):
        return False
    test = mannwhitneyu(scores[positive], scores[~positive], alternative=way)
    return bool(test.pvalue < CHANCE)


def _loss(positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> Floats:
    """Cross-entropy of each picture, bounded so that no single one decides."""
    inside = np.clip(np.asarray(scores, np.float64), 1e-3, 1 - 1e-3)
    loss: Floats = -np.log(np.where(positive, inside, 1 - inside))
    return loss


def _brightness(pixels: Pixels) -> Floats:
    return np.array([one.mean() for one in pixels], np.float64)


def _contrast(pixels: Pixels) -> Floats:
    return np.array([one.std() for one in pixels], np.float64)


def _correlation(pixels: Pixels) -> Floats:
    """Of each pixel's green with that of its right-hand neighbour; 1 where nothing varies."""

    def of(one: Pixels) -> float:
        green = one[..., 1].astype(np.float64)
        left, right = green[:, :-1].ravel(), green[:, 1:].ravel()
        if left.std() < 1e-9 or right.std() < 1e-9:
            return 1.0
        return float(np.corrcoef(left, right)[0, 1])

    return np.array([of(one) for one in pixels], np.float64)


_PROPERTIES = {
    CORRELATION: _correlation,
    "brightness": _brightness,
    "contrast": _contrast,
}
_NOISE = " (it is 0 in random noise)"
