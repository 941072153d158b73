"""What the figures of a sample come to."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .bootstrap import of_means
from .conclusion import Background, Conclusion, share_words
from .figures import Figure, Figures
from .sample import Sample

WIDE = 0.04
"""Half of the accuracy's interval above which more pictures are asked for, to come to `NARROW`."""
NARROW = 0.03
TOO_GOOD = 0.995
"""ROC AUC, on at least `ENOUGH` pictures, from which on a leak is suspected."""
ENOUGH = 50
MISCALIBRATED = 0.03
"""Mean difference between score and truth that is told."""
LOPSIDED = 0.15
"""Difference between recall and specificity that is told."""
RARE = 0.2
"""Share of the training pictures under which one of two classes is called rare; of more classes in
proportion."""


def accuracy(sample: Sample, found: Figures, background: Background) -> Iterator[Conclusion]:
    """What was measured, and whether it beats the commonest answer."""
    positive = sample.labels[sample.index]
    right, hits = share_words(found["accuracy"]), share_words(found["recall"])
    false = share_words(_complement(found["specificity"]))
    yield Conclusion(
        "accuracy",
        "finding",
        f"of {found.n} {background.of} ({found.n_positive} {positive}), {right} are answered right;"
        f" {hits} of the {positive} pictures are found and {false} of the others called {positive}",
    )
    shares = np.bincount(sample.truth, minlength=len(sample.labels)) / len(sample)
    common, low = float(shares.max()), found["accuracy"].low
    if low is not None and low <= common:
        yield Conclusion(
            "accuracy",
            "warning",
            f"not shown to be better than always answering {sample.labels[int(shares.argmax())]},"
            f" which is right in {common:.1%}",
            "train on more pictures, or look at the mistakes for wrong labels",
        )


def ranking(found: Figures) -> Iterator[Conclusion]:
    """Whether the scores tell the classes apart at all."""
    area = found["roc_auc"]
    if area.low is not None and area.low <= 0.5:
        yield Conclusion(
            "ranking",
            "warning",
            f"the scores are not shown to tell the classes apart at all: ROC AUC {area}",
            "look at the labels, and train again with more pictures",
        )


def leak(found: Figures) -> Iterator[Conclusion]:
    """Whether it is too good to be true."""
    area = found["roc_auc"].value
    if area is not None and area >= TOO_GOOD and found.n >= ENOUGH:
        yield Conclusion(
            "leak",
            "warning",
            f"a ROC AUC of {area:.4f} is so high that a leak is to be ruled out: pictures of the"
            " same scenes may be in training too, or something beside the object gives the label"
            " away",
            "look for near-duplicates across the splits, group them in manifest.csv, and see with"
            " `trucksight inspect model` where the model looks",
        )


def errors(sample: Sample, found: Figures) -> Iterator[Conclusion]:
    """Which errors there are, and whether one kind prevails."""
    positive = sample.labels[sample.index]
    missed = int((sample.positive & ~sample.called).sum())
    false = int((~sample.positive & sample.called).sum())
    if missed or false:
        yield Conclusion(
            "errors",
            "finding",
            f"{missed} pictures of {positive} are missed and {false} others called {positive}",
        )
    recall, specificity = found["recall"], found["specificity"]
    if recall.value is None or specificity.value is None:
        return
    if recall.low is None or recall.high is None:
        return
    if abs(recall.value - specificity.value) >= LOPSIDED and not (
        recall.low <= specificity.value <= recall.high
    ):
        more = "misses" if recall.value < specificity.value else "false calls"
        yield Conclusion(
            "errors",
            "warning",
            f"at the threshold {sample.threshold:.2f} the {more} prevail: recall {recall},"
            f" specificity {specificity}",
            "choose the threshold for what an error costs: `trucksight export --operating-point`",
        )


def probability(
    sample: Sample, found: Figures, background: Background, seed: int
) -> Iterator[Conclusion]:
    """Whether the scores can be believed as probabilities."""
    share = found.n_positive / found.n
    loss = found["log_loss"]
    if 0 < share < 1 and loss.value is not None:
        guessing = -share * math.log(share) - (1 - share) * math.log(1 - share)
        if loss.value >= guessing:
            yield Conclusion(
                "probability",
                "warning",
                f"as probabilities the scores are worse than saying {share:.2f} of every picture:"
                f" log loss {loss}, against {guessing:.3f}",
                background.trust,
            )
    certainty = np.maximum(sample.scores, 1 - sample.scores)
    over = certainty - ((sample.scores >= 0.5) == sample.positive)
    ends = of_means(over, sample.groups, seed)
    if ends and abs(over.mean()) >= MISCALIBRATED and not ends[0] <= 0 <= ends[1]:
        word = "over-confident" if over.mean() > 0 else "under-confident"
        yield Conclusion(
            "probability",
            "finding",
            f"the scores are {word}: on average {certainty.mean():.1%} sure and"
            f" {1 - np.mean((sample.scores >= 0.5) != sample.positive):.1%} right at 0.5",
            background.trust,
        )


def imbalance(sample: Sample, found: Figures, background: Background) -> Iterator[Conclusion]:
    """Whether a class is rare."""
    counts = background.train_counts or {}
    total = sum(counts.values())
    for label, count in counts.items():
        if count < RARE * total * 2 / len(counts):
            yield Conclusion(
                "imbalance",
                "warning",
                f"only {count} of {total} training pictures are {label}",
                f"add pictures of {label}; until then read recall and PR AUC, not accuracy",
            )
    share = found.n_positive / found.n
    if found.n_positive and (share < RARE or share > 1 - RARE):
        yield Conclusion(
            "imbalance",
            "finding",
            f"{share:.1%} of these pictures are {sample.labels[sample.index]}: PR AUC"
            f" {found['pr_auc']} is to be read against {share:.3f}, which chance has, and"
            " precision holds for that share alone",
        )


def size(found: Figures) -> Iterator[Conclusion]:
    """Whether there are enough pictures, and how many scenes they are of."""
    if found.groups < found.n:
        yield Conclusion(
            "groups",
            "finding",
            f"the {found.n} pictures are of {found.groups} independent scenes, which the intervals"
            " are drawn from",
        )
    accuracy = found["accuracy"]
    if accuracy.low is None or accuracy.high is None:
        return
    half = (accuracy.high - accuracy.low) / 2
    if half > WIDE:
        needed = math.ceil(found.groups * (half / NARROW) ** 2 / 10) * 10
        yield Conclusion(
            "size",
            "warning",
            f"the accuracy is known to {100 * half:.0f} points only",
            f"hold out about {needed} independent scenes for {100 * NARROW:.0f} points",
        )


def _complement(figure: Figure) -> Figure:
    value, low, high = (
        None if end is None else 1 - end for end in (figure.value, figure.high, figure.low)
    )
    return Figure(value, low, high)
