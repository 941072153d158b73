"""Which layers learn when: a strategy is a list of stages.

extract         the head alone, on features that the frozen base gave once
fine-tune       then the upper part of the base, at a low rate
two-stage       then the whole base, at a tenth of the rate
gradual         then more and more of the base, from the top (Howard & Ruder 2018,
                arXiv:1801.06146)
discriminative  then the whole base, each layer at a lower rate than the one above
scratch         everything from random weights

Batch normalisations of a pretrained base stay frozen and in inference mode throughout: their
statistics come from over a million pictures, ours would come from a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...runtime.errors import UsageError
from ...runtime.settings.settings import spelt
from ..architectures import Network
from ..options import TrainOptions
from ..options.idle import unused
from ..options.strategy import StrategyName
from .rates import Schedule

FEW, MANY = 100, 1000
"""Pictures of the rarest label, between which `auto` fine-tunes the upper part of the base."""
UPPER = 2 / 3
"""Share of the base that `fine-tune` trains unless told otherwise."""
FORGOTTEN = 4
"""An epoch leaves e^-4, or 2 %, of what the averages of batch normalisations were before it."""
FROM_SCRATCH = "train"
"""Name of the one stage of a network without a base, or whose base is trained too."""
LEAST_MOMENTUM = 0.5
"""Of those averages, where an epoch has next to no steps."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage trains."""

    name: str
    epochs: int
    """At most."""
    patience: int
    """Epochs without a better ROC AUC on the select split before it stops."""
    schedule: Schedule
    lowest: int | None = 0
    """Index in the base of the lowest layer that trains; None: none of them does."""
    batch_norms: bool = False
    """The base's batch normalisations train too."""
    lowest_rate: float = 1.0
    """Share of the rate at which the lowest layer of the base trains; between it and the head the
    share falls geometrically."""
    keep_start: bool = False
    """The weights before the first epoch count as one that can be the best."""


def choose_strategy(options: TrainOptions, rarest: int) -> tuple[StrategyName, str]:
    """What `auto` comes to, and why; any other strategy is as asked.

    With fewer than `FEW` pictures of the rarest label: `extract`, since a head has a hundredth of
    the weights that could learn the pictures by heart. With `MANY` or more: `discriminative`, which
    can reach every layer. Between: `fine-tune`. The two borders are rules of thumb. Once measured
    with 803 pictures of the rarer label (MobileNetV2 0.35, 96 pixels, 6 epochs, one seed; ROC AUC
    on 325 others): discriminative .807, fine-tune .807, two-stage .803, extract .794, gradual .794.

    Args:
        options: resolved.
        rarest: pictures to learn from of the label that has the fewest.
    """
    if options.strategy != "auto":
        return options.strategy or "scratch", "as asked"
    counted = f"{rarest} pictures of the rarest label"
    if rarest < FEW:
        return "extract", f"{counted} are under {FEW}: too few to move the base without harm"
    if rarest < MANY:
        return "fine-tune", f"{counted}: enough for the upper part of the base, {MANY} for all"
    return "discriminative", f"{counted}: enough for every layer, lower ones slower"


def settled(
    options: TrainOptions, asked: StrategyName | None, labels: Sequence[str]
) -> tuple[TrainOptions, tuple[str, ...]]:
    """Options with a strategy, and what to say about it.

    Args:
        options: resolved.
        asked: the strategy before that.
        labels: of the pictures to learn from.
    """
    if asked != "auto":
        return options, ()
    if not options.frozen_base:
        return options, (f"strategy: scratch ({options.model} has no pretrained base here)",)
    strategy, why = choose_strategy(options, min(Counter(labels).values()))
    others = [f"--{spelt(name)}" for name in unused(options, strategy)]
    idle = f"; not for this strategy, and left out: {', '.join(others)}" if others else ""
    return options.with_strategy(strategy).resolved(), (f"strategy: {strategy} ({why}){idle}",)


def plan(options: TrainOptions, network: Network) -> list[Stage]:
    """The stages of a strategy.

    Args:
        options: resolved, the strategy chosen.
        network: as built.

    Raises:
        UsageError: a layer is named that the base does not have.
    """
    assert options.epochs and options.patience and options.learning_rate  # resolved
    shape = options.schedule or "constant"
    first = _schedule(options, options.learning_rate, shape)
    if options.strategy == "scratch":
        return [Stage(FROM_SCRATCH, options.epochs, options.patience, first, batch_norms=True)]
    head = Stage("head", options.epochs, options.patience, first, lowest=None)
    if options.strategy == "extract":
        return [head]
    assert options.fine_tune_rate
    low = _schedule(options, options.fine_tune_rate, options.schedule or "cosine")
    lowest = _lowest(options, network.base)
    if options.strategy == "gradual":
        parts, whole = options.unfreeze_stages, len(network.base)
        named = [
            (f"gradual-{part}", round(whole - (whole - lowest) * part / parts))
            for part in range(1, parts + 1)
        ]
    else:
        named = [("all" if options.strategy == "two-stage" else str(options.strategy), lowest)]
    return [
        head,
        *(
            Stage(
                name,
                options.fine_tune_epochs,
                options.fine_tune_epochs,
                low,
                lowest=index,
                lowest_rate=options.lowest_rate if options.strategy == "discriminative" else 1.0,
                keep_start=True,
            )
            for name, index in named
        ),
    ]


def _schedule(options: TrainOptions, rate: float, shape: Any) -> Schedule:
    return Schedule(
        rate,
        shape,
        options.warmup_epochs,
        options.plateau_patience,
        options.plateau_factor,
    )


def _lowest(options: TrainOptions, base: Sequence[Any]) -> int:
    """Index of the lowest layer of the base that will ever train."""
    if options.fine_tune_from:
        names = [layer.name for layer in base]
        if options.fine_tune_from not in names:
            some = ", ".join(
                layer.name for layer in base if layer.weights and "bn" not in layer.name
            )
            raise UsageError(
                f"--fine-tune-from: {options.model} has no layer {options.fine_tune_from!r}; it has"
                f" {some[:300]}"
            )
        return names.index(options.fine_tune_from)
    share = options.fine_tune or (UPPER if options.strategy == "fine-tune" else 1.0)
    return round(len(base) * (1 - share))


def freeze(keras: Any, network: Network, stage: Stage) -> None:
    """Let train what the stage trains, and nothing else of the base."""
    for index, layer in enumerate(network.base):
        learns = stage.lowest is not None and index >= stage.lowest
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = learns and (stage.batch_norms or not is_norm)


def settle_norms(keras: Any, network: Network, stage: Stage, steps: int) -> None:
    """Let the averages that batch normalisations keep for inference forget their start in an epoch.

    Networks for ImageNet keep up to 0.999 of them at each step, of which five thousand make an
    epoch there. With some fifty the scores would be those of the random start for many epochs,
    whatever was learned.

    Args:
        keras: the module.
        network: its norms' momentum is lowered where it is too high, and never raised.
        stage: one that leaves the norms frozen changes nothing.
        steps: of an epoch.
    """
    if not stage.batch_norms:
        return
    highest = max(LEAST_MOMENTUM, 1 - FORGOTTEN / steps)
    for layer in network.model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, highest)


def shares(network: Network, stage: Stage) -> list[float] | None:
    """Of each trainable variable of the model, the share of the rate at which it moves.

    1 for the head; for the layers of the base that train, counted from the top, a geometric fall
    from just under 1 to `stage.lowest_rate`. None: all at the whole rate.
    """
    if stage.lowest_rate == 1:
        return None
    learning = [layer for layer in network.base if layer.trainable_weights]
    step = stage.lowest_rate ** (1 / max(1, len(learning)))
    of = {
        id(variable): step**depth
        for depth, layer in enumerate(reversed(learning), start=1)
        for variable in layer.trainable_weights
    }
    return [of.get(id(variable), 1.0) for variable in network.model.trainable_variables]
