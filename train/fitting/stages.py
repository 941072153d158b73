"""From pictures to a fitted network, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..architectures import Network
from ..data.kept_pixels import Rows
from ..options import TrainOptions
from .batches import Batches
from .checkpoint import Arrays, Checkpoints, State
from .distillation import Distillation
from .feature_cache import FeatureCache
from .fit import Epoch, Fitted, Keep, Lesson, Watched, fit
from .frozen import features
from .interrupt import Stop
from .losses import label_weights
from .strategies import Stage, freeze, plan, settle_norms, shares
from .targets import one_hot
from .tensorboard import Board

Pixels = npt.NDArray[np.uint8] | Rows
"""(n, height, width, 3), RGB, 0..255."""


@dataclass(frozen=True)
class Labelled:
    """The pictures of one split."""

    given: Pixels | Callable[[], Pixels]
    """Or what gives them, once, when something asks for them: kept features ask for none."""
    truth: npt.NDArray[np.int64]
    """(n,) label indices in output order."""
    sha256: Sequence[str] = ()
    """Of each picture's file; empty where nobody keeps what is computed from it."""

    @cached_property
    def pixels(self) -> Pixels:
        """The pictures, from now on in memory."""
        return self.given() if callable(self.given) else self.given


@dataclass(slots=True)
class Training:
    """What the stages did."""

    history: list[Epoch] = field(default_factory=list)
    best: dict[str, int] = field(default_factory=dict)
    """Stage: the epoch whose weights were kept; 0 is what the stage began with."""
    rates: dict[str, float] = field(default_factory=dict)
    """Stage: its highest learning rate."""
    planned: dict[str, int] = field(default_factory=dict)
    """Stage: how many epochs there could have been."""
    select_features: npt.NDArray[np.float32] | None = None
    """(n, features) of the select split; None where the base moved, or there is none."""

    def add(self, stage: Stage, fitted: Fitted) -> None:
        """Append a stage."""
        self.history += fitted.history
        self.best[stage.name] = fitted.best
        self.rates[stage.name] = stage.schedule.rate
        self.planned[stage.name] = stage.epochs


@dataclass(frozen=True, slots=True)
class Aids:
    """What stands beside a training; it comes to the same without."""

    cache: FeatureCache | None = None
    checkpoints: Checkpoints | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    """What a continued training must have in common with the one that was cut short."""
    state: State | None = None
    """Where that one was."""
    board: Board | None = None


def train_network(
    keras: Any,
    network: Network,
    train: Labelled,
    select: Labelled,
    positive: int,
    options: TrainOptions,
    stop: Stop,
    aids: Aids | None = None,
    distillation: Distillation | None = None,
) -> Training:
    """Train what the options ask for; the network's model ends with the best weights.

    Args:
        keras: the module.
        network: as built; its frozen base is run once over every picture.
        train: what is learned from.
        select: what chooses the epoch.
        positive: index of the label that is looked for.
        options: resolved, with a strategy other than `auto`.
        stop: ends the training between two steps.
        aids: caches, checkpoints and curves.
        distillation: mixes a teacher's answers into the targets; all are asked for at first.

    Raises:
        UsageError: a layer is named that the base does not have.
        KeyboardInterrupt: it was asked to stop while a teacher answered.
        OutputError: a checkpoint cannot be written; the one before it is kept.
    """
    aids = aids or Aids()
    training, state = Training(), aids.state
    stages = plan(options, network)
    outputs = network.model.output_shape[-1]
    targets = {
        varied: _targets(train, outputs, options, varied, distillation)
        for varied in sorted({_varied(stage, options) for stage in stages})
    }
    if state is not None:
        stages = _skip_to(state, stages, training)
    for stage in stages:
        if stop.asked and training.history:
            break
        freeze(keras, network, stage)
        lesson = _lesson(keras, network, stage, train, select, positive, options, aids, targets)
        keep = _keeper(training, stage, aids)
        training.add(stage, fit(keras, lesson, options, stop, keep, state))
        training.select_features = None
        if stage.lowest is None:
            training.select_features = np.asarray(lesson.watched.inputs[:], np.float32)
        state = None
        if not training.history:
            break
    return training


def _skip_to(state: State, stages: list[Stage], training: Training) -> list[Stage]:
    """The stages from the one that was cut short on; what went before is added to `training`."""
    first = [stage.name for stage in stages].index(state.stage)
    for stage in stages[:first]:
        rows = [Epoch(**row) for row in state.history if row["stage"] == stage.name]
        training.add(stage, Fitted(rows, state.bests[stage.name]))
    return stages[first:]


def _lesson(
    keras: Any,
    network: Network,
    stage: Stage,
    train: Labelled,
    select: Labelled,
    positive: int,
    options: TrainOptions,
    aids: Aids,
    targets: Mapping[bool, npt.NDArray[np.float32]],
) -> Lesson:
    on_features = stage.lowest is None
    model = network.head if on_features else network.model
    inputs: list[npt.NDArray[Any] | Rows] = [
        features(network, one, aids.cache) if on_features else one.pixels for one in (train, select)
    ]
    varied = _varied(stage, options)
    batches = _batches(inputs[0], targets[varied], options, varied)
    settle_norms(keras, network, stage, len(batches))
    return Lesson(
        stage,
        model,
        batches,
        Watched(inputs[1], select.truth, positive),
        shares(network, stage),
        label_weights(train.truth, max(2, model.output_shape[-1]), options),
    )


def _varied(stage: Stage, options: TrainOptions) -> bool:
    """Pictures are; the features of a frozen base are not."""
    return bool(options.augment) and stage.lowest is not None


def _batches(
    inputs: npt.NDArray[Any] | Rows,
    targets: npt.NDArray[np.float32],
    options: TrainOptions,
    varied: bool,
) -> Batches:
    versions = (options.versions or 0) if varied else 0
    return Batches(
        inputs,
        targets,
        options.batch_size,
        options.seed,
        varied,
        options.augmentation,
        versions,
        options.mix if varied else 0.0,
    )


def _targets(
    train: Labelled,
    outputs: int,
    options: TrainOptions,
    varied: bool,
    distillation: Distillation | None,
) -> npt.NDArray[np.float32]:
    labels = one_hot(train.truth, outputs)
    if distillation is None:
        return labels
    return distillation.targets(_batches(train.pixels, labels, options, varied), train.sha256)


def _keeper(training: Training, stage: Stage, aids: Aids) -> Keep:
    """What follows every epoch."""
    before, bests = [*training.history], dict(training.best)

    def keep(
        fitted: Fitted, best: tuple[float, float], model: Any, weights: Arrays, average: Arrays
    ) -> None:
        rows = [*before, *fitted.history]
        if aids.board:
            aids.board.epoch(len(rows), rows[-1])
        if aids.checkpoints:
            state = State(
                stage=stage.name,
                best=fitted.best,
                best_key=best,
                history=tuple(row.row() for row in rows),
                bests=bests,
                model=[variable.numpy() for variable in model.variables],
                optimizer=[variable.numpy() for variable in model.optimizer.variables],
                best_weights=weights,
                average=average,
            )
            aids.checkpoints.save(state, aids.identity)

    return keep
