"""What the figures come to, in sentences that are made from them, with advice.

A sentence stands here only when its rule holds; the limits are the constants below. A difference is
told only where its interval leaves out 0, and a figure never without its interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..metrics import Metrics
from .bootstrap import of_means
from .figures import Figure, Figures
from .learning import Learning
from .sample import Sample
from .slices import Slice

WIDE = 0.04
"""Half of the accuracy's interval above which more pictures are asked for, to come to `NARROW`."""
NARROW = 0.03
TOO_GOOD = 0.995
"""ROC AUC that photographs of traffic do not allow, on at least `ENOUGH` pictures."""
ENOUGH = 50
FLATTERED = 0.02
"""Difference of two ROC AUCs that is told, where the interval leaves it out, too."""
MISCALIBRATED = 0.03
"""Mean difference between score and truth that is told."""
LOPSIDED = 0.15
"""Difference between recall and specificity that is told."""
RARE = 0.2
"""Share of the training pictures under which one of two classes is called rare; of more classes in
proportion."""

Kind = Literal["finding", "warning"]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One sentence."""

    about: str
    """One word: accuracy, ranking, leak, select, errors, probability, size, groups, imbalance,
    slice, learning, seen."""
    kind: Kind
    text: str
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain text."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Background:
    """What is known besides the sample."""

    of: str = "pictures"
    """What the sample is, in words: `held-out pictures`."""
    learning: Learning | None = None
    select: Metrics | None = None
    """On the pictures that epoch and threshold were chosen by."""
    train_counts: Mapping[str, int] | None = None
    """Training pictures by label."""
    seen: int = 0
    """Pictures of the sample that training or its choices have seen."""
    calibrated: bool = False
    """Whether the scores are a bundle's probabilities."""

    @property
    def trust(self) -> str:
        """What to do about scores that are no good as probabilities."""
        if self.calibrated:
            return "export again, with select pictures that are like these"
        return "take the probability of an exported bundle, which is calibrated on select"


def conclude(
    sample: Sample, found: Figures, parts: Sequence[Slice], background: Background, seed: int = 0
) -> list[Conclusion]:
    """The sentences, warnings first, each kind in the order of what matters most."""
    every = [
        *_seen(sample, background),
        *_accuracy(sample, found, background),
        *_learning(background),
        *_ranking(found),
        *_leak(found),
        *_select(found, background),
        *_slices(parts),
        *_errors(sample, found),
        *_probability(sample, found, background, seed),
        *_imbalance(sample, found, background),
        *_size(found),
    ]
    return sorted(every, key=lambda one: one.kind == "finding")


def _seen(sample: Sample, background: Background) -> Iterator[Conclusion]:
    if background.seen:
        yield Conclusion(
            "seen",
            "warning",
            f"{background.seen} of the {len(sample)} pictures took part in training or its choices:"
            " these figures are too good",
            "measure on pictures that the run has not seen",
        )


def _accuracy(sample: Sample, found: Figures, background: Background) -> Iterator[Conclusion]:
    positive = sample.labels[sample.index]
    recall, specificity = found["recall"], found["specificity"]
    yield Conclusion(
        "accuracy",
        "finding",
        f"of {found.n} {background.of} ({found.n_positive} {positive}),"
        f" {_share(found['accuracy'])} are answered right; {_share(recall)} of the {positive}"
        f" pictures are found and {_share(_complement(specificity))} of the others called"
        f" {positive}",
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


def _learning(background: Background) -> Iterator[Conclusion]:
    learning = background.learning
    if learning is None:
        return
    bad = learning.verdict not in ("settled", "stopped in time")
    text = learning.text
    if learning.verdict != "collapsed":
        text = f"{learning.verdict}: {text}"
    yield Conclusion("learning", "warning" if bad else "finding", text, learning.advice)


def _ranking(found: Figures) -> Iterator[Conclusion]:
    area = found["roc_auc"]
    if area.low is not None and area.low <= 0.5:
        yield Conclusion(
            "ranking",
            "warning",
            f"the scores are not shown to tell the classes apart at all: ROC AUC {area}",
            "look at the labels, and train again with more pictures",
        )


def _leak(found: Figures) -> Iterator[Conclusion]:
    area = found["roc_auc"].value
    if area is not None and area >= TOO_GOOD and found.n >= ENOUGH:
        yield Conclusion(
            "leak",
            "warning",
            f"a ROC AUC of {area:.4f} is better than photographs usually allow: pictures of the"
            " same scenes may be in training too, or something beside the object gives the label"
            " away",
            "look for near-duplicates across the splits, group them in manifest.csv, and see with"
            " `trucksight inspect model` where the model looks",
        )


def _select(found: Figures, background: Background) -> Iterator[Conclusion]:
    if background.select is None or background.select.roc_auc is None:
        return
    select, held = background.select.roc_auc, found["roc_auc"]
    if held.value is None or held.low is None or held.high is None:
        return
    if select - held.value > FLATTERED and select > held.high:
        yield Conclusion(
            "select",
            "warning",
            f"on select, by which epoch and threshold were chosen, the ROC AUC is {select:.3f}, on"
            f" these pictures {held}: select shares scenes with the training pictures, or these"
            " pictures are of another kind",
            "group pictures of one scene in manifest.csv, and train on pictures like these",
        )
    elif held.value - select > FLATTERED and select < held.low:
        yield Conclusion(
            "select",
            "finding",
            f"these pictures are easier than those of select: ROC AUC {held} here, {select:.3f}"
            " there",
        )


def _slices(parts: Sequence[Slice]) -> Iterator[Conclusion]:
    for one in parts:
        if one.verdict != "worse" or one.difference is None:
            continue
        figure = one.values[one.compared_by]
        what = {
            "source": f"from {one.name}",
            "light": f"in {one.name} light",
            "size": f"whose largest truck is {one.name} of the picture",
        }[one.key]
        yield Conclusion(
            "slice",
            "warning",
            f"weaker on the {one.n} pictures {what}: {one.compared_by} {_share(figure)},"
            f" {-100 * one.difference:.0f} points under that of the others, more than chance"
            " explains",
            "add training pictures of that kind"
            + ("; a larger --size shows small trucks better" if one.key == "size" else ""),
        )


def _errors(sample: Sample, found: Figures) -> Iterator[Conclusion]:
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


def _probability(
    sample: Sample, found: Figures, background: Background, seed: int
) -> Iterator[Conclusion]:
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


def _imbalance(sample: Sample, found: Figures, background: Background) -> Iterator[Conclusion]:
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


def _size(found: Figures) -> Iterator[Conclusion]:
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


def _share(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.1%}"
    return f"{figure.value:.1%} (95 %: {figure.low:.1%} to {figure.high:.1%})"


def _complement(figure: Figure) -> Figure:
    value, low, high = (
        None if end is None else 1 - end for end in (figure.value, figure.high, figure.low)
    )
    return Figure(value, low, high)
