"""All choices of one training, checked once where they are built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from ...runtime.errors import SettingsError, UsageError
from ...runtime.settings.settings import Option, spelt
from ..architectures import ARCHITECTURES, architecture
from .data import DATA_OPTIONS, DataOptions, data_faults
from .distillation import (
    DISTILLATION_OPTIONS,
    LABELS_ONLY,
    VERSIONS,
    DistillationOptions,
)
from .idle import LOOKED_AT, idle_faults, unused
from .loss import LOSS_OPTIONS, LossOptions, loss_faults
from .model import DEFAULT_MODEL, MODEL_OPTIONS, ModelOptions, model_faults
from .optimizer import FIRST_RATES, OPTIMIZER_OPTIONS, OptimizerOptions, optimizer_faults
from .schedule import SCHEDULE_OPTIONS, ScheduleOptions, schedule_faults
from .strategy import STRATEGY_OPTIONS, StrategyName, StrategyOptions

__all__ = ["DEFAULT_MODEL", "OPTIONS", "Fault", "OptionFaults", "TrainOptions"]

SLOWER = 0.1
"""Share of the learning rate at which a pretrained base trains where nothing better is known."""
MEASURED_FINE_TUNE_RATE = 5e-5
"""With Adam; falls to 0 along a half cosine."""
_PARTS = ("fine-tune", "gradual", "discriminative")
"""Strategies that can train a part of the base."""


class Fault(NamedTuple):
    """A contradiction."""

    name: str
    text: str
    looked_at: tuple[str, ...]
    """Names of options that it came from; empty: of its group."""


class OptionFaults(SettingsError):
    """Everything that is wrong with options that were built."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__([f"--{spelt(one.name)}: {one.text}" for one in faults])
        self.named = tuple(faults)


@dataclass(frozen=True, kw_only=True)
class TrainOptions(
    ModelOptions,
    OptimizerOptions,
    LossOptions,
    ScheduleOptions,
    StrategyOptions,
    DistillationOptions,
    DataOptions,
):
    """Choices of one training; None means a default, filled in by `resolved`.

    Raises:
        OptionFaults: values that cannot be meant, all of them.
    """

    def __post_init__(self) -> None:
        faults = [Fault(name, text, (name,)) for name, text in _out_of_range(self)]
        if not faults:
            faults = [
                Fault(name, text, names) for names, check in _CHECKS for name, text in check(self)
            ]
        if faults:
            raise OptionFaults(faults)

    @property
    def frozen_base(self) -> bool:
        """Whether the head is first trained alone, on features computed once."""
        return super().frozen_base and self.strategy != "scratch"

    @property
    def chosen_strategy(self) -> StrategyName:
        """What `strategy` comes to; `auto` until the pictures are seen."""
        if not self.frozen_base:
            return "scratch"
        if self.strategy is None:
            return "fine-tune" if self.fine_tune or self.fine_tune_from else "extract"
        return self.strategy

    def resolved(self) -> TrainOptions:
        """The same with defaults in place of None.

        What hangs on the strategy stays open while it is `auto`, which wants to see the pictures;
        `with_strategy` chooses it.
        """
        row = architecture(self.model)
        begun_anew = row.pretrained and not self.frozen_base
        scratch = ARCHITECTURES["truck-cnn"] if begun_anew else row
        own_rate = row.scratch_rate if begun_anew else row.learning_rate
        rate = self.learning_rate or FIRST_RATES.get(self.optimizer, own_rate)
        strategy = self.chosen_strategy
        return replace(
            self,
            size=self.size or row.size,
            width=self.width or row.width,
            weights=self._weights(row.pretrained),
            epochs=self.epochs or scratch.epochs,
            patience=self.patience or row.patience,
            learning_rate=rate,
            strategy=strategy,
            augment=self._augment(strategy),
            versions=self._versions(strategy),
            fine_tune_rate=self._fine_tune_rate(strategy, rate),
        )

    def with_strategy(self, strategy: StrategyName) -> TrainOptions:
        """With the strategy that `auto` came to, and without options that are for others."""
        meant_for_others = {name: getattr(TrainOptions, name) for name in unused(self, strategy)}
        return replace(self, strategy=strategy, **meant_for_others)

    def as_json(self) -> dict[str, Any]:
        """The options as run.json holds them."""
        return asdict(self)

    def _weights(self, pretrained: bool) -> str | None:
        if not pretrained:
            return None
        return self.weights or ("imagenet" if self.frozen_base else "none")

    def _augment(self, strategy: StrategyName) -> bool | None:
        if self.augment is not None or strategy == "auto":
            return self.augment
        return strategy != "extract"

    def _versions(self, strategy: StrategyName) -> int | None:
        if self.versions is not None or strategy == "auto":
            return self.versions
        return VERSIONS if self.teacher and self._augment(strategy) else 0

    def _fine_tune_rate(self, strategy: StrategyName, rate: float) -> float | None:
        if self.fine_tune_rate is not None or strategy in ("auto", "scratch", "extract"):
            return self.fine_tune_rate
        measured = strategy != "two-stage" and self.optimizer not in FIRST_RATES
        return MEASURED_FINE_TUNE_RATE if measured else rate * SLOWER


def _out_of_range(options: TrainOptions) -> Iterator[tuple[str, str]]:
    for name, option in OPTIONS.items():
        value = getattr(options, name)
        if value is None and getattr(TrainOptions, name) is None:
            continue
        try:
            option.kind.of_toml(value)
        except ValueError as exc:
            yield name, str(exc)
    try:
        architecture(options.model)
    except UsageError as exc:
        yield "model", str(exc)


def _strategy_faults(options: TrainOptions) -> Iterator[tuple[str, str]]:
    tuned = next((n for n in ("fine_tune", "fine_tune_from") if getattr(options, n)), None)
    strategy = options.strategy
    if strategy == "scratch" and options.weights not in (None, "none"):
        yield "strategy", f"scratch begins at random; leave out --weights {options.weights}"
    if not ModelOptions.frozen_base.fget(options):  # type: ignore[attr-defined]
        has_base = architecture(options.model).pretrained
        why = "--weights none trains the whole base already" if has_base else (
            f"{options.model} has no base"
        )  # fmt: skip
        if strategy not in (None, "auto", "scratch"):
            yield "strategy", f"{strategy} needs a pretrained base, and {why}"
        if tuned:
            yield tuned, f"{why}; leave it out"
        return
    if options.fine_tune and options.fine_tune_from:
        yield "fine_tune_from", "says what --fine-tune says; leave one of them out"
    if tuned and strategy not in (None, "auto", *_PARTS):
        yield tuned, f"is for the strategies {', '.join(_PARTS)}, not {strategy}"
    if options.augment and (strategy == "extract" or (strategy is None and not tuned)):
        yield (
            "augment",
            "is for models trained from scratch and for strategies that train the base: the"
            " features of a frozen base are computed once",
        )


def _teacher_faults(options: TrainOptions) -> Iterator[tuple[str, str]]:
    if options.teacher is None:
        return
    if options.loss in LABELS_ONLY:
        yield "teacher", f"gives shares of labels, and --loss {options.loss} takes whole ones"
    if options.versions == 0 and options.augment is not False:
        yield "versions", "0 would ask the --teacher anew in every epoch; give it 1 or more"


def _mix_faults(options: TrainOptions) -> Iterator[tuple[str, str]]:
    if options.mix and options.loss in LABELS_ONLY:
        yield "mix", f"makes shares of labels, and --loss {options.loss} takes whole ones"


def _shape_faults(options: TrainOptions) -> Iterator[tuple[str, str]]:
    try:
        options.recipe(1)
    except UsageError as exc:
        yield "filters" if options.filters or options.kernels else "hidden", str(exc)


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[TrainOptions], Iterator[tuple[str, str]]]], ...] = (
    (
        ("model", "size", "weights", "width", "filters", "kernels", "reparameterize", "batch_norm"),
        model_faults,
    ),
    (("filters", "kernels", "hidden", "dropout", "activation"), _shape_faults),
    (("optimizer", "momentum", "nesterov"), optimizer_faults),
    (("loss", "label_smoothing"), loss_faults),
    (("epochs", "warmup_epochs"), schedule_faults),
    (("teacher", "loss", "versions", "augment"), _teacher_faults),
    (("mix", "loss"), _mix_faults),
    (("effects", "crop_area"), data_faults),
    (LOOKED_AT, lambda options: idle_faults(options, options.chosen_strategy)),
    (("model", "weights", "strategy", "fine_tune", "fine_tune_from", "augment"), _strategy_faults),
)
"""Options that a check looks at, and the check."""

OPTIONS: Mapping[str, Option] = {
    **MODEL_OPTIONS,
    **STRATEGY_OPTIONS,
    **SCHEDULE_OPTIONS,
    **OPTIMIZER_OPTIONS,
    **LOSS_OPTIONS,
    **DISTILLATION_OPTIONS,
    **DATA_OPTIONS,
}
"""By field of `TrainOptions`; an option or key is spelt with `-` where a field has `_`."""
