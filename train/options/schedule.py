"""How long, and at which rate when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ...runtime.settings.kinds import Number, Text
from ...runtime.settings.settings import Option

ScheduleName = Literal["constant", "cosine", "plateau"]


@dataclass(frozen=True, kw_only=True)
class ScheduleOptions:
    """Epochs and rates."""

    epochs: int | None = None
    """At most; of the first stage. None: the family's."""
    patience: int | None = None
    """Epochs without a better ROC AUC on select before a stage stops; None: the family's. The best
    epoch's weights are put back in any case."""
    schedule: ScheduleName | None = None
    """Of every stage; None: constant, and cosine where a pretrained base trains."""
    warmup_epochs: float = 0.0
    """The rate rises from 0 for so long."""
    plateau_patience: int = 4
    """Epochs without a lower loss on select before the rate falls."""
    plateau_factor: float = 0.3
    """What it falls to, as a share."""


def schedule_faults(options: ScheduleOptions) -> Iterator[tuple[str, str]]:
    """Choices that contradict each other."""
    if options.epochs is not None and options.warmup_epochs >= options.epochs:
        yield "warmup_epochs", f"{options.warmup_epochs:g} leave none of {options.epochs} epochs"


_GROUP = "Epochs and rates"
_EPOCHS = Number(1, 10_000, whole=True, metavar="N")

SCHEDULE_OPTIONS: Mapping[str, Option] = {
    "epochs": Option(_GROUP, _EPOCHS, "at most; default: the model's"),
    "patience": Option(
        _GROUP, _EPOCHS, "stop after N epochs without a better ROC AUC on select; the best is kept"
    ),
    "schedule": Option(
        _GROUP,
        Text("NAME", get_args(ScheduleName)),
        f"{', '.join(get_args(ScheduleName))}; default constant, cosine where a base trains",
    ),
    "warmup_epochs": Option(_GROUP, Number(0, 1000), "let the rate rise from 0 for X epochs (0)"),
    "plateau_patience": Option(
        _GROUP, _EPOCHS, "epochs without a lower loss on select before the rate falls (4)"
    ),
    "plateau_factor": Option(
        _GROUP, Number(0, 0.99, above=True), "what the rate falls to, as a share (0.3)"
    ),
}
