"""A model made ready to learn: its loss, its optimiser, and what a step tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..options import TrainOptions
from .devices import scope
from .losses import SMALLEST, make_loss
from .optimizers import make_optimizer
from .targets import labelled, learned

MEASURED = ("loss", "cross_entropy", "accuracy")
"""Names of what a step tells of its batch."""

Measure = Callable[[Any, Any], Any]
"""A number a picture, (n,), of labels and probabilities, (n, outputs) each."""


def prepare(
    keras: Any,
    model: Any,
    options: TrainOptions,
    rate: float,
    scales: Sequence[float] | None = None,
) -> None:
    """Compile a model; a step of it tells what `MEASURED` names.

    `loss` is what is trained with, of what is learned, weighted and with penalties; the others are
    of the labels and of every picture alike, as on the select split.

    Args:
        keras: the module.
        model: what `spread` gave.
        options: of loss and optimiser.
        rate: learning rate, above 0.
        scales: see `make_optimizer`.
    """
    outputs = model.output_shape[-1]
    with scope(model):
        model.compile(
            optimizer=make_optimizer(keras, options, rate, scales),
            loss=_of_learned(keras, make_loss(keras, options, outputs == 1), outputs),
            metrics=[
                keras.metrics.MeanMetricWrapper(_of_labels(measure, outputs), name=name)
                for name, measure in zip(
                    MEASURED[1:], (_cross_entropy(keras), _agreement(keras)), strict=True
                )
            ],
            jit_compile=False,  # on a CPU, XLA takes twice as long a step as oneDNN
        )
        model.optimizer.build(model.trainable_variables)


def _of_learned(keras: Any, loss: Any, outputs: int) -> Any:
    """A loss that leaves out the labels behind what is learned."""
    each = loss.call if isinstance(loss, keras.losses.Loss) else loss

    class OfLearned(keras.losses.Loss):  # type: ignore[misc]
        def call(self, targets: Any, probabilities: Any) -> Any:
            return each(learned(targets, outputs), probabilities)

    return OfLearned()


def _of_labels(measure: Measure, outputs: int) -> Measure:
    def of_labels(targets: Any, probabilities: Any) -> Any:
        return measure(labelled(targets, outputs), probabilities)

    return of_labels


def _cross_entropy(keras: Any) -> Measure:
    """Of the true label's probability, as `goodness` has it."""

    def cross_entropy(labels: Any, probabilities: Any) -> Any:
        ops = keras.ops
        inside = ops.clip(probabilities, SMALLEST, 1 - SMALLEST)
        of_true = -ops.sum(labels * ops.log(inside), axis=-1)
        if probabilities.shape[-1] > 1:
            return of_true
        return of_true - ops.sum((1 - labels) * ops.log(1 - inside), axis=-1)

    return cross_entropy


def _agreement(keras: Any) -> Measure:
    """Whether the label is the likeliest."""

    def agreement(labels: Any, probabilities: Any) -> Any:
        ops = keras.ops
        if probabilities.shape[-1] > 1:
            same = ops.equal(ops.argmax(labels, axis=-1), ops.argmax(probabilities, axis=-1))
            return ops.cast(same, "float32")
        same = ops.equal(labels > 0.5, probabilities > 0.5)
        return ops.mean(ops.cast(same, "float32"), axis=-1)

    return agreement
