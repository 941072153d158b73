"""How weights are moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ...runtime.settings.kinds import Number, Switch, Text
from ...runtime.settings.settings import Option

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "adamax", "nadam"]
FIRST_RATES: Mapping[str, float] = {
    "sgd": 0.01,
    "rmsprop": 0.001,
    "adagrad": 0.001,
    "adadelta": 0.001,
    "adamax": 0.001,
}
"""Keras' own defaults; for Adam, AdamW and Nadam a family has its own rate."""
MOMENTUM = 0.9
WEIGHT_DECAY = 0.004
"""Keras' default for AdamW."""


@dataclass(frozen=True, kw_only=True)
class OptimizerOptions:
    """The optimiser."""

    optimizer: OptimizerName = "adam"
    learning_rate: float | None = None
    """None: the family's, or Keras' default for the optimiser."""
    momentum: float | None = None
    """Of SGD and RMSprop; None: 0.9 for SGD, 0 for RMSprop."""
    nesterov: bool = False
    """Look ahead along the momentum (SGD)."""
    weight_decay: float | None = None
    """Decoupled (Loshchilov & Hutter, arXiv:1711.05101), not of biases and normalisations; None:
    0.004 for AdamW, none for others."""
    clip_norm: float | None = None
    """Largest Euclidean norm of all gradients together."""
    average_weights: float = 0.0
    """Momentum a step of the average that is judged and kept; see `Average`. 0: the weights of the
    last step."""


def optimizer_faults(options: OptimizerOptions) -> Iterator[tuple[str, str]]:
    """Choices that the optimiser does not have."""
    if options.momentum is not None and options.optimizer not in ("sgd", "rmsprop"):
        yield "momentum", f"is for sgd and rmsprop, not {options.optimizer}"
    if options.nesterov and options.optimizer != "sgd":
        yield "nesterov", f"is for sgd, not {options.optimizer}"
    if options.nesterov and options.momentum == 0:
        yield "nesterov", "needs a --momentum above 0"


_GROUP = "Optimiser"

OPTIMIZER_OPTIONS: Mapping[str, Option] = {
    "optimizer": Option(
        _GROUP,
        Text("NAME", get_args(OptimizerName)),
        f"{', '.join(get_args(OptimizerName))}; default adam",
    ),
    "learning_rate": Option(
        _GROUP,
        Number(1e-9, 10),
        "default: the model's for adam, adamw and nadam; Keras' own for the others",
    ),
    "momentum": Option(_GROUP, Number(0, 0.9999), "of sgd (0.9) and rmsprop (0)"),
    "nesterov": Option(_GROUP, Switch(), "Nesterov's momentum, for sgd"),
    "weight_decay": Option(
        _GROUP, Number(0, 1), "decoupled, of kernels only; default 0.004 for adamw, else none"
    ),
    "clip_norm": Option(
        _GROUP, Number(0, 1e6, above=True), "largest norm of all gradients together"
    ),
    "average_weights": Option(
        _GROUP,
        Number(0, 0.99999, metavar="MOMENTUM"),
        "judge and keep an average of the weights over the steps instead of those of the last one,"
        " as 0.999, which is some thousand steps long; default 0: none",
    ),
}
