"""One stage of training: epochs until the select split stops improving, then the best of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from ..data.kept_pixels import Rows
from ..options import TrainOptions
from ..options.loss import LossOptions
from ..scores.scoring import label_columns, predict
from .averaging import Average
from .batches import Batches
from .checkpoint import Arrays, State
from .devices import scope, spread, step
from .interrupt import Stop
from .losses import entropy, sample_weights, unsureness
from .preparing import MEASURED, prepare
from .progress import Progress
from .strategies import Stage
from .targets import labelled, learned


@dataclass(frozen=True, slots=True)
class Watched:
    """The select split, which says when to stop."""

    inputs: npt.NDArray[Any] | Rows
    truth: npt.NDArray[np.int64]
    """(n,) index of the true label, in the model's output order."""
    positive: int
    """Index of the label that is looked for."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of history.csv."""

    stage: str
    epoch: int
    loss: float
    """What was trained with, see `unsureness`; mean over the epoch's pictures, while the weights
    moved."""
    cross_entropy: float
    """Of the same pictures and their labels, whatever was trained with: what `select_loss` is
    compared with."""
    accuracy: float
    """Likewise, as `select_accuracy`."""
    select_loss: float
    """Cross-entropy."""
    select_accuracy: float
    """At 0.5, or of the likeliest of several classes."""
    select_auc: float
    learning_rate: float
    seconds: float

    def row(self) -> dict[str, Any]:
        """As a row of numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one stage trains, and on what."""

    stage: Stage
    model: Any
    """Takes what `batches` and `watched` hold; compiled here."""
    batches: Batches
    watched: Watched
    shares: Sequence[float] | None = None
    """Of each trainable variable, the share of the rate at which it moves; None: the whole."""
    label_weights: npt.NDArray[np.float32] | None = None
    """(labels,) how often a picture of each counts; None: once."""


@dataclass(slots=True)
class Fitted:
    """What a stage did; the model holds the weights of its best epoch."""

    history: list[Epoch] = field(default_factory=list)
    best: int = 0
    """Epoch whose weights the model holds; 0: those it started with."""


Keep = Callable[[Fitted, tuple[float, float], Any, Arrays, Arrays], None]
"""Called after an epoch with what was done, the best key, the model that learns, the best weights
and, if there is one, their average."""


def fit(
    keras: Any,
    lesson: Lesson,
    options: TrainOptions,
    stop: Stop,
    keep: Keep | None = None,
    state: State | None = None,
) -> Fitted:
    """Train one stage and put the best epoch's weights back.

    Where weights are averaged, each epoch is judged by the average, and that of the best one stays.
    Best is the highest ROC AUC on the select split; of equals, the lowest loss.

    Args:
        keras: the module.
        lesson: what to train and what on.
        options: resolved.
        stop: asked between two steps; an epoch that was cut short is not kept.
        keep: called after every epoch.
        state: where the stage was left; None: at its beginning.
    """
    stage, model = lesson.stage, lesson.model
    learner = spread(keras, model, options.devices)
    prepare(keras, learner, options, stage.schedule.rate, lesson.shares)
    fitted = Fitted()
    average = Average(learner, options.average_weights) if options.average_weights else None
    best, best_weights = (-math.inf, -math.inf), model.get_weights()
    if state is not None:
        fitted.history = [Epoch(**row) for row in state.history if row["stage"] == stage.name]
        fitted.best, best, best_weights = state.best, state.best_key, state.best_weights
        with scope(learner):
            _assign(learner.variables, state.model)
            _assign(learner.optimizer.variables, state.optimizer)
        if average:
            average.go_on(state.average, len(fitted.history) * len(lesson.batches))
    elif stage.keep_start:
        loss, _, auc = _watch(model, lesson.watched)
        best = (auc, -loss)
    with Progress(stage.name, stage.epochs, len(fitted.history)) as progress:
        while not stop.asked and (number := len(fitted.history) + 1) <= stage.epochs:
            if number - 1 - fitted.best >= stage.patience:
                break
            began = time.monotonic()
            told = _one_epoch(learner, lesson, options, fitted, progress, stop, average)
            if told is None:
                break
            moving = learner.get_weights()
            model.set_weights(average.weights if average else moving)
            watched = _watch(model, lesson.watched)
            row = _row(stage, number, told, watched, learner.optimizer, began)
            fitted.history.append(row)
            progress.epoch(number, _line(row))
            loss, _, auc = watched
            if (auc, -loss) > best:
                best, best_weights, fitted.best = (auc, -loss), model.get_weights(), number
            model.set_weights(moving)
            if keep:
                keep(fitted, best, learner, best_weights, average.weights if average else ())
    model.set_weights(best_weights)
    return fitted


def _row(
    stage: Stage,
    number: int,
    told: Mapping[str, float],
    watched: tuple[float, float, float],
    optimizer: Any,
    began: float,
) -> Epoch:
    return Epoch(
        stage.name,
        number,
        **{name: round(value, 6) for name, value in told.items()},
        select_loss=round(watched[0], 6),
        select_accuracy=round(watched[1], 6),
        select_auc=round(watched[2], 6),
        learning_rate=float(optimizer.learning_rate.numpy()),
        seconds=round(time.monotonic() - began, 3),
    )


def _line(row: Epoch) -> str:
    return (
        f"loss {row.loss:.4f}  select loss {row.select_loss:.4f}"
        f"  accuracy {row.select_accuracy:.3f}  AUC {row.select_auc:.4f}  {row.seconds:.1f} s"
    )


def _assign(variables: Sequence[Any], arrays: Sequence[npt.NDArray[Any]]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _one_epoch(
    model: Any,
    lesson: Lesson,
    options: LossOptions,
    fitted: Fitted,
    progress: Progress,
    stop: Stop,
    average: Average | None,
) -> dict[str, float] | None:
    """The epoch's means of what is `MEASURED`; None when it was asked to stop on the way."""
    told, seen = np.zeros(len(MEASURED)), 0
    number = len(fitted.history) + 1
    steps, outputs = len(lesson.batches), model.output_shape[-1]
    losses = [row.select_loss for row in fitted.history]
    rate = float(model.optimizer.learning_rate.numpy())
    for ordinal, (inputs, targets) in enumerate(lesson.batches.epoch(number), start=1):
        done = (number - 1) * steps + ordinal - 1
        wanted = lesson.stage.schedule.at(done, steps, lesson.stage.epochs, losses)
        if wanted != rate:
            model.optimizer.learning_rate = rate = wanted
        weights = None
        if lesson.label_weights is not None:
            weights = sample_weights(learned(targets, outputs), lesson.label_weights)
        # the logs are of this batch alone
        logs = step(model, inputs, targets, weights)
        if average:
            average.follow()
        if stop.asked and ordinal < steps:
            return None
        measured = np.array([float(logs[name]) for name in MEASURED])
        measured[0] -= unsureness(learned(targets, outputs), weights, options)
        measured[1] -= entropy(labelled(targets, outputs)).mean()
        told += measured * len(inputs)
        seen += len(inputs)
        progress.step(number, ordinal, steps, told[0] / seen)
    return dict(zip(MEASURED, (told / seen).tolist(), strict=True))


def _watch(model: Any, watched: Watched) -> tuple[float, float, float]:
    """(cross-entropy, accuracy, ROC AUC of the positive class against the rest)."""
    vectors = watched.inputs.ndim == 2  # small enough for one batch, which costs a tenth
    outputs = (
        model.predict_on_batch(watched.inputs[:]) if vectors else predict(model, watched.inputs)
    )
    return goodness(label_columns(np.asarray(outputs)), watched.truth, watched.positive)


def goodness(
    scores: npt.NDArray[np.float32], truth: npt.NDArray[np.int64], positive: int
) -> tuple[float, float, float]:
    """(cross-entropy, accuracy of the likeliest label, ROC AUC of `positive`) of (n, labels)."""
    if not np.isfinite(scores).all():
        return math.inf, 0.0, 0.0
    true_scores = np.clip(scores[np.arange(len(truth)), truth].astype(np.float64), 1e-7, 1)
    return (
        float(-np.log(true_scores).mean()),
        float((scores.argmax(axis=1) == truth).mean()),
        float(roc_auc_score(truth == positive, scores[:, positive])),
    )
