"""One stage of training: epochs until the select split stops improving, then the best of them."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from .batches import Batches
from .interrupt import Stop
from .progress import Progress
from .scoring import label_columns, predict


@dataclass(frozen=True, slots=True)
class Watched:
    """The select split, which says when to stop."""

    inputs: npt.NDArray[np.generic]
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
    """Mean over the epoch's pictures, while the weights moved."""
    accuracy: float
    select_loss: float
    select_accuracy: float
    """At 0.5, or of the likeliest of several classes."""
    select_auc: float
    learning_rate: float
    seconds: float

    def row(self) -> dict[str, Any]:
        """As a row of numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage trains."""

    name: str
    """`train`, `head` or `fine-tune`."""
    epochs: int
    patience: int
    """Epochs without a better ROC AUC on the select split before it stops."""
    learning_rate: float
    cosine: bool = False
    """Let the rate fall to 0 along a half cosine over all epochs."""
    keep_start: bool = False
    """The weights before the first epoch count as one that can be the best."""


@dataclass(slots=True)
class Fitted:
    """What a stage did; the model holds the weights of its best epoch."""

    history: list[Epoch] = field(default_factory=list)
    best: int = 0
    """Epoch whose weights the model holds; 0: those it started with."""


def fit(
    keras: Any, model: Any, batches: Batches, watched: Watched, stage: Stage, stop: Stop
) -> Fitted:
    """Train one stage and put the best epoch's weights back.

    Best is the highest ROC AUC on the select split; of equals, the lowest loss.

    Args:
        keras: the module.
        model: takes what `batches` and `watched` hold; compiled here.
        batches: what it learns from.
        watched: what it is chosen by.
        stage: how.
        stop: asked between two steps; an epoch that was cut short is not kept.
    """
    _compile(keras, model, stage, len(batches))
    progress = Progress(stage.name, stage.epochs)
    fitted = Fitted()
    best, best_weights = (-math.inf, -math.inf), model.get_weights()
    if stage.keep_start:
        loss, _, auc = _watch(model, watched)
        best = (auc, -loss)
    for number in range(1, stage.epochs + 1):
        began = time.monotonic()
        learned = _one_epoch(model, batches, number, progress, stop)
        if learned is None:
            break
        loss, accuracy, auc = _watch(model, watched)
        row = Epoch(
            stage.name,
            number,
            round(learned[0], 6),
            round(learned[1], 6),
            round(loss, 6),
            round(accuracy, 6),
            round(auc, 6),
            float(model.optimizer.learning_rate),
            round(time.monotonic() - began, 3),
        )
        fitted.history.append(row)
        progress.epoch(
            number,
            f"loss {row.loss:.4f}  select loss {loss:.4f}  accuracy {accuracy:.3f}"
            f"  AUC {auc:.4f}  {row.seconds:.1f} s",
        )
        if (auc, -loss) > best:
            best, best_weights, fitted.best = (auc, -loss), model.get_weights(), number
        if stop.asked or number - fitted.best >= stage.patience:
            break
    model.set_weights(best_weights)
    return fitted


def _compile(keras: Any, model: Any, stage: Stage, steps: int) -> None:
    rate: Any = stage.learning_rate
    if stage.cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, stage.epochs * steps)
    binary = model.output_shape[-1] == 1
    accuracy = keras.metrics.BinaryAccuracy if binary else keras.metrics.CategoricalAccuracy
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="binary_crossentropy" if binary else "categorical_crossentropy",
        metrics=[accuracy(name="accuracy")],
        jit_compile=False,  # on a CPU, XLA takes twice as long a step as oneDNN
    )


def _one_epoch(
    model: Any, batches: Batches, number: int, progress: Progress, stop: Stop
) -> tuple[float, float] | None:
    """The epoch's mean loss and accuracy; None when it was asked to stop on the way."""
    loss, right, seen = 0.0, 0.0, 0
    for step, (inputs, targets) in enumerate(batches.epoch(number), start=1):
        logs = model.train_on_batch(inputs, targets, return_dict=True)  # of this batch alone
        if stop.asked and step < len(batches):
            return None
        loss += float(logs["loss"]) * len(inputs)
        right += float(logs["accuracy"]) * len(inputs)
        seen += len(inputs)
        progress.step(number, step, len(batches), loss / seen)
    return loss / seen, right / seen


def _watch(model: Any, watched: Watched) -> tuple[float, float, float]:
    """(cross-entropy, accuracy, ROC AUC of the positive class against the rest)."""
    return goodness(label_columns(predict(model, watched.inputs)), watched.truth, watched.positive)


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
