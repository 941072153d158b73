"""What the figures come to, in sentences that are made from them, with advice.

A sentence stands here only when its rule holds; the limits are the constants below. A difference is
told only where its interval leaves out 0, and a figure never without its interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .conclusion import Background, Conclusion, share_words
from .figure_conclusions import accuracy, errors, imbalance, leak, probability, ranking, size
from .figures import Figures
from .sample import Sample
from .slices import Slice

FLATTERED = 0.02
"""Difference of two ROC AUCs that is told, where the interval leaves it out, too."""


def conclude(
    sample: Sample, found: Figures, parts: Sequence[Slice], background: Background, seed: int = 0
) -> list[Conclusion]:
    """The sentences, warnings first, each kind in the order of what matters most."""
    every = [
        *_seen(sample, background),
        *accuracy(sample, found, background),
        *_learning(background),
        *ranking(found),
        *leak(found),
        *_select(found, background),
        *_slices(parts),
        *errors(sample, found),
        *probability(sample, found, background, seed),
        *imbalance(sample, found, background),
        *size(found),
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


def _learning(background: Background) -> Iterator[Conclusion]:
    learning = background.learning
    if learning is None:
        return
    bad = learning.verdict not in ("settled", "stopped in time")
    text = learning.text
    if learning.verdict != "collapsed":
        text = f"{learning.verdict}: {text}"
    yield Conclusion("learning", "warning" if bad else "finding", text, learning.advice)


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
            f"weaker on the {one.n} pictures {what}: {one.compared_by} {share_words(figure)},"
            f" {-100 * one.difference:.0f} points under that of the others, more than chance"
            " explains",
            "add training pictures of that kind"
            + ("; a larger --size shows small trucks better" if one.key == "size" else ""),
        )
