"""What the learning curves say, by rules.

Judged is the stage whose weights were kept (the last one whose best epoch is not its start), with
L and S the cross-entropy with the labels, in nats, on the training pictures and on select, whatever
loss was trained with, and G that of guessing by the training labels' shares. The first rule that
holds names the verdict:

diverged         a loss is not a finite number
collapsed        `collapse.collapsed` says so: one answer whatever is seen
over-fitting     at the kept epoch S is 10 % or more above its lowest value, at an earlier epoch,
                 and L at least 10 % lower than there; or the accuracy on the training pictures
                 is 0.08 or more above that on select
still improving  the stage used all its epochs or was interrupted, the kept epoch is among the last
                 tenth of them, and the select ROC AUC gained 0.003 or more in the last quarter
under-fitting    L and S at the kept epoch are above 0.6 G: not even the training pictures are
                 learned
stopped in time  after the kept epoch S rose by 10 % or more while L fell by as much
settled          none of these

L and the accuracy on the training pictures are taken while the weights move, with dropout, and with
augmentation on varied pictures: they run a little behind what the kept weights know, and more so
where those are averages. So over-fitting is called late rather than early, and under-fitting only
where select is not learned either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..fitting.fit import Epoch
from ..fitting.strategies import FROM_SCRATCH

RISE = 0.10
FALL = 0.10
GAP = 0.08
UNLEARNED = 0.6
LATE = 0.1
LAST = 0.25
GAIN = 0.003
FEWEST = 4
"""Epochs before anything is said of how curves run."""

Verdict = Literal[
    "diverged", "collapsed", "over-fitting", "still improving", "under-fitting",
    "stopped in time", "settled",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Learning:
    """The verdict and what it rests on."""

    verdict: Verdict
    stage: str
    epochs: int
    """Of the stage."""
    kept: int
    """Epoch whose weights were kept; 0: those the stage began with."""
    loss: float | None
    """L at the kept epoch, or the first one where the start was kept; None: not finite."""
    averaged: bool
    """L is of the weights as they moved, and all of select of their averages."""
    select_loss: float | None
    lowest_select_loss: float | None
    lowest_epoch: int
    accuracy: float
    select_accuracy: float
    guessing_loss: float
    text: str
    advice: str | None

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def judge_learning(
    history: Sequence[Epoch],
    best: Mapping[str, int],
    planned: Mapping[str, int],
    counts: Mapping[str, int],
    collapsed: str | None = None,
    interrupted: bool = False,
    averaged: bool = False,
) -> Learning:
    """Name what the curves show.

    Args:
        history: every epoch of every stage, at least one.
        best: by stage, the epoch whose weights were kept; 0: those it began with.
        planned: by stage, how many epochs there could have been.
        counts: training pictures by label.
        collapsed: see `collapse.collapsed`.
        interrupted: Ctrl-C ended the training.
        averaged: select was judged with averages of the weights.
    """
    stages = list(dict.fromkeys(one.stage for one in history))
    stage = next((name for name in reversed(stages) if best.get(name)), stages[-1])
    curve = _Curve(
        [one for one in history if one.stage == stage],
        best.get(stage, 0),
        planned.get(stage, 0),
        _entropy(counts),
        interrupted,
        averaged,
    )
    verdict = _verdict(curve, collapsed)
    finite = [one for one in curve.rows if math.isfinite(one.select_loss)]
    lowest = min(finite, key=lambda one: one.select_loss) if finite else curve.at
    return Learning(
        verdict=verdict,
        stage=stage,
        epochs=len(curve.rows),
        kept=curve.kept,
        loss=_finite(curve.at.cross_entropy),
        averaged=averaged,
        select_loss=_finite(curve.at.select_loss),
        lowest_select_loss=_finite(lowest.select_loss),
        lowest_epoch=lowest.epoch,
        accuracy=curve.at.accuracy,
        select_accuracy=curve.at.select_accuracy,
        guessing_loss=round(curve.guessing, 6),
        text=collapsed or "" if verdict == "collapsed" else _text(verdict, curve, lowest),
        advice=_advice(verdict, stage),
    )


@dataclass(frozen=True, slots=True)
class _Curve:
    rows: list[Epoch]
    kept: int
    planned: int
    guessing: float
    interrupted: bool
    averaged: bool

    @property
    def at(self) -> Epoch:
        """The kept epoch."""
        return self.rows[max(self.kept, 1) - 1]

    @property
    def lowest_until_kept(self) -> Epoch:
        return min(self.rows[: max(self.kept, 1)], key=lambda one: one.select_loss)

    @property
    def gap(self) -> float:
        return self.at.accuracy - self.at.select_accuracy

    @property
    def improving(self) -> bool:
        n = len(self.rows)
        ended = self.interrupted or n >= self.planned
        late = self.kept > n - max(1, round(LATE * n))
        before = [one.select_auc for one in self.rows[: n - max(1, round(LAST * n))]]
        gained = max(one.select_auc for one in self.rows) - max(before, default=1.0)
        return ended and late and n >= FEWEST and gained >= GAIN


def _verdict(curve: _Curve, collapsed: str | None) -> Verdict:
    losses = ((one.loss, one.cross_entropy, one.select_loss) for one in curve.rows)
    if not all(math.isfinite(sum(row)) for row in losses):
        return "diverged"
    if collapsed:
        return "collapsed"
    if _rose(curve.lowest_until_kept, curve.at) or curve.gap >= GAP:
        return "over-fitting"
    if curve.improving:
        return "still improving"
    if min(curve.at.cross_entropy, curve.at.select_loss) > UNLEARNED * curve.guessing:
        return "under-fitting"
    return "stopped in time" if _rose(curve.at, curve.rows[-1]) else "settled"


def _rose(first: Epoch, then: Epoch) -> bool:
    return (
        then.epoch > first.epoch
        and then.select_loss >= (1 + RISE) * first.select_loss
        and then.cross_entropy <= (1 - FALL) * first.cross_entropy
    )


def _text(verdict: Verdict, curve: _Curve, lowest: Epoch) -> str:
    at, last = curve.at, curve.rows[-1]
    where = f"{at.stage}, kept epoch {curve.kept} of {len(curve.rows)}"
    both = (
        f"cross-entropy {at.cross_entropy:.3f} on the training pictures and {at.select_loss:.3f} on"
        f" select, accuracy {at.accuracy:.3f} and {at.select_accuracy:.3f}"
    )
    if curve.averaged:
        both += " (training: of the weights as they moved; select: of their averages)"
    first, before = curve.rows[0], f"{where}: {both}"
    return {
        "diverged": f"{at.stage}: the loss is not a finite number",
        "collapsed": "",
        "over-fitting": f"{before}; the lowest on select was {lowest.select_loss:.3f} at epoch"
        f" {lowest.epoch}",
        "still improving": f"{before}; the select ROC AUC still rose when the epochs ended"
        f" ({first.select_auc:.3f} at first, {at.select_auc:.3f} at last)",
        "under-fitting": f"{before}; guessing by the labels' shares has {curve.guessing:.3f}",
        "stopped in time": f"{before}; afterwards select rose to {last.select_loss:.3f} while the"
        f" training pictures fell to {last.cross_entropy:.3f}",
        "settled": before,
    }[verdict]


def _advice(verdict: Verdict, stage: str) -> str | None:
    """What to do; a network without a pretrained base has nothing that could be tuned."""
    of_all = stage == FROM_SCRATCH and _FROM_SCRATCH.get(verdict)
    return of_all or _ADVICE[verdict]


_ADVICE: dict[Verdict, str | None] = {
    "diverged": "train again with a lower --learning-rate",
    "collapsed": None,
    "over-fitting": "more and more varied training pictures help most; else vary them (--augment,"
    " --fine-tune), or take a smaller --width or fewer --epochs",
    "still improving": "train again with more --epochs",
    "under-fitting": "let more of the model learn (--fine-tune), take a larger --width, more"
    " --epochs or a higher --learning-rate, and look whether the labels are right",
    "stopped in time": None,
    "settled": None,
}
_FROM_SCRATCH: dict[Verdict, str] = {
    "over-fitting": "more and more varied training pictures help most; else vary them (--augment),"
    " or take a smaller network, a pretrained one or fewer --epochs",
    "under-fitting": "take a larger network or a pretrained one (--model), more --epochs or a"
    " higher --learning-rate, and look whether the labels are right",
}


def _entropy(counts: Mapping[str, int]) -> float:
    total = sum(counts.values())
    return -sum(n / total * math.log(n / total) for n in counts.values() if n)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
