"""Which layers learn, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ...runtime.settings.kinds import Number, Text
from ...runtime.settings.settings import Option

StrategyName = Literal[
    "auto", "scratch", "extract", "fine-tune", "two-stage", "gradual", "discriminative"
]


@dataclass(frozen=True, kw_only=True)
class StrategyOptions:
    """What trains; see `trucksight.train.fitting.strategies`."""

    strategy: StrategyName | None = None
    """None: `fine-tune` where one of its options is given, `extract` with a pretrained base,
    `scratch` without."""
    fine_tune: float = 0.0
    """Share of the base's layers, from the top, that train after the head; 0: the strategy's."""
    fine_tune_from: str | None = None
    """The same by the name of the lowest layer that trains."""
    fine_tune_epochs: int = 8
    """Of each stage that trains a part of the base."""
    fine_tune_rate: float | None = None
    """None: 5e-5, which was measured with Adam; `two-stage` and other optimisers: a tenth of the
    learning rate."""
    unfreeze_stages: int = 3
    """Of `gradual`."""
    lowest_rate: float = 0.1
    """Of `discriminative`: the lowest layer's share of the rate; between, it falls geometrically
    (Howard & Ruder 2018, arXiv:1801.06146)."""


_GROUP = "Strategy"

STRATEGY_OPTIONS: Mapping[str, Option] = {
    "strategy": Option(
        _GROUP,
        Text("NAME", get_args(StrategyName)),
        "auto: by the number of pictures; scratch: everything from random weights; extract: the"
        " head alone, on a frozen base; fine-tune: then the upper part of the base; two-stage:"
        " then all at a tenth of the rate; gradual: then more and more of it; discriminative: then"
        " all, lower layers slower; default: extract with a pretrained base, else scratch",
    ),
    "fine_tune": Option(
        _GROUP,
        Number(0, 1, metavar="FRACTION"),
        "share of the base, from the top, that trains after the head; 0 leaves it to the strategy",
    ),
    "fine_tune_from": Option(_GROUP, Text("LAYER"), "the same by the lowest layer that trains"),
    "fine_tune_epochs": Option(
        _GROUP, Number(1, 10_000, whole=True, metavar="N"), "of each such stage (8)"
    ),
    "fine_tune_rate": Option(
        _GROUP,
        Number(1e-9, 1),
        "of such a stage; default 5e-5, or a tenth of the learning rate for two-stage and for"
        " optimisers other than adam, adamw and nadam",
    ),
    "unfreeze_stages": Option(
        _GROUP, Number(1, 20, whole=True, metavar="N"), "of the strategy gradual (3)"
    ),
    "lowest_rate": Option(
        _GROUP,
        Number(0, 1, above=True),
        "the lowest layer's share of the rate, for discriminative (0.1)",
    ),
}
