"""Learning from a teacher's answers besides the labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...runtime.settings.kinds import Number, Text
from ...runtime.settings.settings import Option

LABELS_ONLY = ("hinge",)
"""Losses that know right and wrong and nothing between."""
VERSIONS = 6
"""Of each varied picture where there is a teacher."""


@dataclass(frozen=True, kw_only=True)
class DistillationOptions:
    """The teacher (Hinton, Vinyals and Dean 2015, arXiv:1503.02531, at temperature 1)."""

    teacher: str | None = None
    """A finished run of the same labels."""
    teacher_share: float = 0.7
    """Of each target: share x the teacher's probability + (1 - share) x the label."""
    hints: float = 0.0
    """Weight in the loss of predicting the teacher's feature maps, see
    `trucksight.train.fitting.hints`."""


_GROUP = "Teacher"

DISTILLATION_OPTIONS: Mapping[str, Option] = {
    "teacher": Option(
        _GROUP,
        Text("RUN"),
        "a finished run whose answers about the training pictures are learned besides the labels",
    ),
    "teacher_share": Option(
        _GROUP, Number(0, 1), "of each target that is the teacher's; the rest is the label's (0.7)"
    ),
    "hints": Option(
        _GROUP,
        Number(0, 100),
        "weight in the loss of predicting the teacher's feature maps, besides its answers (0)",
    ),
}
