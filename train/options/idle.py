"""Options that do nothing beside the others: whoever gives one means something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from .strategy import StrategyName

if TYPE_CHECKING:
    from .train_options import TrainOptions

TUNING: tuple[StrategyName, ...] = ("fine-tune", "two-stage", "gradual", "discriminative")
"""Strategies that train a pretrained base."""
UNUSED = {"extract": ("fine_tune", "fine_tune_from", "augment")}
"""Strategy: options that contradict it, and that `auto` may find given."""


class _Need(NamedTuple):
    needed: str
    there: Callable[[TrainOptions, StrategyName], bool]
    """Of options, and the strategy that they come to, which may still be `auto`."""
    by_strategy: bool = False
    """Whether the strategy decides."""


def _by_strategy(*strategies: StrategyName, words: str | None = None) -> _Need:
    return _Need(
        words or f"--strategy {' or '.join(strategies)}",
        lambda _, strategy: strategy in ("auto", *strategies),
        by_strategy=True,
    )


_TUNED = _by_strategy(*TUNING, words=f"a strategy that trains a base ({', '.join(TUNING)})")
_VARIED = _Need(
    "varied pictures",
    lambda options, strategy: strategy != "extract" and options.augment is not False,
    by_strategy=True,
)
_PLATEAU = _Need("--schedule plateau", lambda options, _: options.schedule == "plateau")

_TAUGHT = _Need("--teacher", lambda options, _: options.teacher is not None)

NEEDS: Mapping[str, _Need] = {
    "teacher_share": _TAUGHT,
    "focal_gamma": _Need("--loss focal", lambda options, _: options.loss == "focal"),
    "huber_delta": _Need("--loss huber", lambda options, _: options.loss == "huber"),
    "plateau_patience": _PLATEAU,
    "plateau_factor": _PLATEAU,
    "hints": _Need(
        "--teacher and a strategy that trains more than a head",
        lambda options, strategy: options.teacher is not None and strategy != "extract",
    ),
    "pool_dense": _Need("--reparameterize", lambda options, _: options.reparameterize),
    "fine_tune_epochs": _TUNED,
    "fine_tune_rate": _TUNED,
    # auto never comes to gradual
    "unfreeze_stages": _Need("--strategy gradual", lambda _, name: name == "gradual", True),
    "lowest_rate": _by_strategy("discriminative"),
    "effects": _VARIED,
    "crop_area": _VARIED,
    "versions": _VARIED,
    "mix": _VARIED,
}
"""Option: what it does nothing without."""
LOOKED_AT = (
    *NEEDS,
    *("teacher", "loss", "schedule", "reparameterize", "augment"),
    *("model", "weights", "strategy", "fine_tune", "fine_tune_from"),
)
"""Options that decide whether another does something."""


def idle(options: TrainOptions, strategy: StrategyName) -> Iterator[str]:
    """Names of options that are not at their default and do nothing with a strategy."""
    for name, need in NEEDS.items():
        value = getattr(options, name)
        # 0 versions are what None comes to where nothing else is said
        said = value != getattr(type(options), name) and (name, value) != ("versions", 0)
        if said and not need.there(options, strategy):
            yield name


def idle_faults(options: TrainOptions, strategy: StrategyName) -> Iterator[tuple[str, str]]:
    """The same, and what to do about each."""
    for name in idle(options, strategy):
        need = NEEDS[name]
        came = ""
        if need is _VARIED and strategy != "extract":
            came = ", and --no-augment leaves them as they are"
        elif need.by_strategy:
            came = f", and the strategy is {strategy}"
        yield name, f"does nothing without {need.needed}{came}; leave it out"


def unused(options: TrainOptions, strategy: StrategyName) -> tuple[str, ...]:
    """Names of options that were meant for other strategies than the one that `auto` came to."""
    against = [name for name in UNUSED.get(strategy, ()) if getattr(options, name)]
    return (*against, *idle(options, strategy))
