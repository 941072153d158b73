"""What a search may choose, as tables, and what a choice means for a training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from ...runtime.errors import UsageError
from ..architectures import architecture
from ..options import TrainOptions
from ..options.idle import TUNING

Scalar = str | int | float


@dataclass(frozen=True, slots=True)
class When:
    """Makes a parameter depend on another one's value."""

    name: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[Scalar, ...]
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Real:
    """A number within bounds, both included."""

    low: float
    high: float
    sampling: Literal["linear", "log"] = "linear"
    when: When | None = None


Parameter = Choice | Real
Space = Mapping[str, Parameter]
"""By the name of an option of `TrainOptions`, or by one of `COMPOSED`."""

FEWEST_BLOCKS, MOST_BLOCKS = 2, 5
FILTERS = (16, 32, 64, 128, 256, 512)
_OPTIMIZERS = Choice(("adam", "adamw", "nadam", "rmsprop", "sgd"))
_RATE = Real(1e-5, 3e-2, "log")
_DROPOUT = Real(0.0, 0.6)
_ACTIVATION = Choice(("relu", "selu", "elu"))
_BLOCKS = range(1, MOST_BLOCKS + 1)


def _from(block: int) -> When | None:
    """Is there when the stack has so many blocks."""
    if block <= FEWEST_BLOCKS:
        return None
    return When("blocks", tuple(range(block, MOST_BLOCKS + 1)))


_DEPTH = ("fine-tune", "discriminative")
"""Strategies that take a share of the base."""

SPACES: Mapping[str, Space] = {
    "stack": {
        "blocks": Choice(tuple(range(FEWEST_BLOCKS, MOST_BLOCKS + 1))),
        **{f"filters_{block}": Choice(FILTERS, _from(block)) for block in _BLOCKS},
        **{f"kernel_{block}": Choice((3, 5), _from(block)) for block in _BLOCKS},
        "activation": _ACTIVATION,
        "dropout": _DROPOUT,
        "dense": Choice((32, 64, 128, 256)),
        "optimizer": _OPTIMIZERS,
        "learning_rate": _RATE,
    },
    "transfer": {
        "strategy": Choice(("extract", "fine-tune", "two-stage", "discriminative")),
        "fine_tune": Real(0.1, 1.0, when=When("strategy", _DEPTH)),
        "fine_tune_rate": Real(
            1e-6, 1e-3, "log", when=When("strategy", ("fine-tune", "two-stage", "discriminative"))
        ),
        "dense": Choice((0, 32, 64, 128)),
        "dropout": _DROPOUT,
        "optimizer": _OPTIMIZERS,
        "learning_rate": _RATE,
    },
    "plain": {
        "activation": _ACTIVATION,
        "dropout": _DROPOUT,
        "dense": Choice((32, 64, 128, 256)),
        "optimizer": _OPTIMIZERS,
        "learning_rate": _RATE,
    },
}
"""Of `tuned-cnn`, of a family whose pretrained base is used, and of all others."""

COMPOSED: Mapping[str, tuple[str, ...]] = {
    "blocks": ("filters", "kernels"),
    "filters_": ("filters",),
    "kernel_": ("kernels",),
    "dense": ("hidden",),
}
"""Beginning of a parameter's name: the options that it makes; any other is an option itself."""
_SHARE = ("fine_tune", "fine_tune_from")
_SETTLED_BY = {"strategy": ("strategy", *_SHARE), "fine_tune": _SHARE}
"""Parameter: options that leave it no choice."""


def space_of(asked: TrainOptions, given: Collection[str]) -> dict[str, Parameter]:
    """What there is to choose: the family's table and, where it has widths, its width.

    Args:
        asked: the options of every trial; the strategy `auto`, not given, leaves open whatever
            hangs on it.
        given: names of options that somebody has set; they are not searched.

    Raises:
        UsageError: nothing is left, or the strategy is to be chosen by the number of pictures.
    """
    if asked.strategy == "auto" and "strategy" in given:
        raise UsageError("--strategy auto: the search chooses it; leave it out or name another")
    row = architecture(asked.model)
    kind = "stack" if row.stack else "transfer" if asked.frozen_base else "plain"
    space = dict(SPACES[kind])
    if row.widths and asked.weights in (None, "imagenet", "none"):
        space = {"width": Choice(row.widths), **space}
    space = {
        name: one
        for name, one in space.items()
        if not set(_settled_by(name)) & set(given) and _can_be(one, asked)
    }
    if {"filters", "kernels"} & set(given):
        space.pop("blocks", None)
        space = {name: one for name, one in space.items() if not name.startswith(_BLOCKWISE)}
    if not space:
        raise UsageError("every option of the search is given; leave out what it shall choose")
    return space


_BLOCKWISE = ("filters_", "kernel_")


def _settled_by(name: str) -> tuple[str, ...]:
    """Options that, when given, leave a parameter no choice."""
    if name in _SETTLED_BY:
        return _SETTLED_BY[name]
    return next((made for start, made in COMPOSED.items() if name.startswith(start)), (name,))


def _can_be(one: Parameter, asked: TrainOptions) -> bool:
    """Whether a fixed strategy leaves room for what depends on it."""
    if one.when is None or one.when.name != "strategy" or asked.strategy in (None, "auto"):
        return True
    return asked.strategy in one.when.values


def options_of(
    values: Mapping[str, Any], asked: TrainOptions, epochs: int | None = None
) -> TrainOptions:
    """The options of a trial.

    Args:
        values: by parameter; those that are no parameter of a table are passed over.
        asked: what is the same for every trial, but what is not for the strategy of this one.
        epochs: at most so many, of every stage; None: as asked.

    Raises:
        UsageError: they contradict each other.
    """
    changes: dict[str, Any] = {
        name: value for name, value in values.items() if name in _OPTIONS and value is not None
    }
    if "blocks" in values:
        blocks = range(1, values["blocks"] + 1)
        changes["filters"] = tuple(values[f"filters_{block}"] for block in blocks)
        changes["kernels"] = tuple(values[f"kernel_{block}"] for block in blocks)
    if "dense" in values:
        changes["hidden"] = (values["dense"],) if values["dense"] else ()
    if epochs is not None:
        changes["epochs"] = epochs
    strategy = changes.get("strategy", asked.strategy)
    if strategy == "auto":
        asked = replace(asked, strategy=None)  # there is no base, and nothing to choose
    elif strategy is not None:
        asked = asked.with_strategy(strategy)
    if epochs is not None and asked.chosen_strategy in TUNING:
        changes["fine_tune_epochs"] = min(epochs, asked.fine_tune_epochs)
    return replace(asked, **changes)


_OPTIONS = frozenset(
    (
        *("width", "strategy", "fine_tune", "fine_tune_rate", "activation", "dropout"),
        *("optimizer", "learning_rate"),
    )
)
"""Parameters that are an option of the same name."""


def active(values: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """The values that count: of parameters in the space whose condition holds."""
    return {
        name: _plain(values[name])
        for name, one in space.items()
        if name in values
        and (
            one.when is None
            or one.when.name not in space
            or values.get(one.when.name) in one.when.values
        )
    }


def _plain(value: Any) -> Any:
    """Python's own number for NumPy's, which TOML could not hold."""
    return value.item() if hasattr(value, "item") else value


def as_json(space: Space) -> dict[str, Any]:
    """For the search's index and its identity."""
    return {name: asdict(one) for name, one in space.items()}
