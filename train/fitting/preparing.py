"""A model made ready to learn: its loss, its optimiser, and how often it was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..options import TrainOptions
from .devices import scope
from .losses import make_loss
from .optimizers import make_optimizer


def prepare(
    keras: Any,
    model: Any,
    options: TrainOptions,
    rate: float,
    scales: Sequence[float] | None = None,
) -> None:
    """Compile a model; a step of it tells `loss` and `accuracy`.

    Args:
        keras: the module.
        model: what `spread` gave.
        options: of loss and optimiser.
        rate: learning rate, above 0.
        scales: see `make_optimizer`.
    """
    binary = model.output_shape[-1] == 1
    metrics = keras.metrics
    with scope(model):
        accuracy = metrics.CategoricalAccuracy(name="accuracy")
        if binary:
            accuracy = metrics.MeanMetricWrapper(_agreement(keras), name="accuracy")
        model.compile(
            optimizer=make_optimizer(keras, options, rate, scales),
            loss=make_loss(keras, options, binary),
            metrics=[accuracy],
            jit_compile=False,  # on a CPU, XLA takes twice as long a step as oneDNN
        )
        model.optimizer.build(model.trainable_variables)


def _agreement(keras: Any) -> Callable[[Any, Any], Any]:
    """Whether target and probability are on one side of 0.5.

    Keras' own asks whether the target is 0 or 1, which one that a teacher has a share in never is.
    """

    def agreement(targets: Any, probabilities: Any) -> Any:
        same = keras.ops.equal(targets > 0.5, probabilities > 0.5)
        return keras.ops.mean(keras.ops.cast(same, "float32"), axis=-1)

    return agreement
