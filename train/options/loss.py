"""What counts as wrong, and how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ...runtime.settings.kinds import Number, Text
from ...runtime.settings.settings import Option

LossName = Literal["cross-entropy", "focal", "hinge", "huber", "mse"]
ClassWeights = Literal["none", "balanced"]
SMOOTHED = ("cross-entropy", "focal")


@dataclass(frozen=True, kw_only=True)
class LossOptions:
    """The loss; binary for a sigmoid, categorical for a softmax."""

    loss: LossName = "cross-entropy"
    label_smoothing: float = 0.0
    """Share of the target that is spread over all labels."""
    focal_gamma: float = 2.0
    """How much less an easy picture counts (Lin et al. 2017, arXiv:1708.02002)."""
    huber_delta: float = 0.5
    """Error of a probability from which on Huber's loss is linear."""
    class_weights: ClassWeights = "none"
    """`balanced`: each label counts n / (labels x its own n) times, so that all weigh alike."""


def loss_faults(options: LossOptions) -> Iterator[tuple[str, str]]:
    """Choices that the loss does not have."""
    if options.label_smoothing and options.loss not in SMOOTHED:
        yield "label_smoothing", f"is for {' and '.join(SMOOTHED)}, not {options.loss}"


_GROUP = "Loss"

LOSS_OPTIONS: Mapping[str, Option] = {
    "loss": Option(
        _GROUP,
        Text("NAME", get_args(LossName)),
        f"{', '.join(get_args(LossName))}; default cross-entropy; hinge is taken on the log-odds,"
        " the others on the probability",
    ),
    "label_smoothing": Option(
        _GROUP, Number(0, 0.5), "share of a target that is spread over all labels; 0"
    ),
    "focal_gamma": Option(_GROUP, Number(0, 10), "how much less an easy picture counts (2)"),
    "huber_delta": Option(
        _GROUP, Number(0, 1, above=True), "error from which on Huber's loss is linear (0.5)"
    ),
    "class_weights": Option(
        _GROUP, Text("NAME", get_args(ClassWeights)), "none, or balanced: a rare label counts more"
    ),
}
