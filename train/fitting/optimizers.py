"""Keras' optimisers, and one rate a layer where lower layers shall move less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..options.optimizer import MOMENTUM, WEIGHT_DECAY, OptimizerOptions

CLASSES = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adamax": "Adamax",
    "nadam": "Nadam",
}
"""Option: class of `keras.optimizers`."""
NOT_DECAYED = ("bias", "gamma", "beta")
"""Parts of names of weights that weight decay leaves alone."""


def make_optimizer(
    keras: Any, options: OptimizerOptions, rate: float, scales: Sequence[float] | None = None
) -> Any:
    """An optimiser that is not built yet.

    Args:
        keras: the module.
        options: which one.
        rate: learning rate, above 0.
        scales: of each trainable variable, in the model's order, the share of the rate at which it
            moves; None: all at the whole rate.
    """
    kind = getattr(keras.optimizers, CLASSES[options.optimizer])
    choices: dict[str, Any] = {"global_clipnorm": options.clip_norm}
    if options.optimizer in ("sgd", "rmsprop"):
        first = MOMENTUM if options.optimizer == "sgd" else 0.0
        choices["momentum"] = first if options.momentum is None else options.momentum
    if options.optimizer == "sgd":
        choices["nesterov"] = options.nesterov
    decay = options.weight_decay
    if options.optimizer == "adamw" and decay is None:
        decay = WEIGHT_DECAY
    if decay is not None:
        choices["weight_decay"] = decay
    if scales is not None:
        kind = _by_layer(keras, kind, tuple(scales))
    optimizer = kind(float(rate), **choices)
    if decay is not None:
        optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return optimizer


def _by_layer(keras: Any, kind: Any, scales: tuple[float, ...]) -> Any:
    """The optimiser with a rate of its own for each variable.

    Scaling gradients instead would do nothing under Adam and its kin, which divide a gradient by
    its own size. An update is proportional to the rate that `update_step` is given.
    """

    class ByLayer(kind):  # type: ignore[misc]
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            scale = scales[self._get_variable_index(variable)]
            super().update_step(gradient, variable, learning_rate * scale)

        def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
            """Keras would let every layer decay at the whole rate."""
            for variable in variables if self.weight_decay else ():
                if self._use_weight_decay(variable):
                    rate = self.learning_rate * scales[self._get_variable_index(variable)]
                    variable.assign_sub(variable * self.weight_decay * rate)

    ByLayer.__name__ = kind.__name__
    return ByLayer
