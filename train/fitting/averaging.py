"""Averages of the weights over the steps of a stage (Polyak and Juditsky 1992), recent ones first.

An optimiser of Keras averages on request (`use_ema`), but with one momentum from the first step on,
so that what a short training ends with is made of random weights; without the mean and variance
that batch normalisations keep; and it puts the average into the model at the end of its own loop
only, while here every epoch is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


class Average:
    """Follows a model's weights; the statistics of its normalisations are averaged likewise.

    It stands beside the weights, on their device, and moves in one call: to copy all of them out at
    every step took a fifteenth of a small MobileNetV2's step at 96 pixels, and this a seventieth.
    """

    def __init__(self, model: Any, momentum: float) -> None:
        """Begin with the weights as they are.

        Args:
            model: Keras, whose weights are followed.
            momentum: share of the average that a step leaves, in (0, 1).
        """
        import tensorflow as tf

        self.steps = 0
        """That it followed."""
        self._momentum = momentum
        self._means = [tf.Variable(weight.numpy(), trainable=False) for weight in model.weights]
        pairs = list(zip(self._means, model.weights, strict=True))

        @tf.function  # type: ignore[untyped-decorator, unused-ignore]
        def move(share: Any) -> None:
            for mean, weight in pairs:
                if mean.dtype.is_floating:
                    mean.assign_add(tf.cast(share, mean.dtype) * (weight.value - mean))
                else:
                    mean.assign(weight.value)

        self._move = move

    @property
    def weights(self) -> list[npt.NDArray[Any]]:
        """In the order of the model's `get_weights`."""
        return [mean.numpy() for mean in self._means]

    def go_on(self, weights: Sequence[npt.NDArray[Any]], steps: int) -> None:
        """Take up an average that followed so many steps."""
        self.steps = steps
        for mean, weight in zip(self._means, weights, strict=True):
            mean.assign(weight)

    def follow(self) -> None:
        """After a step of the model.

        At first the momentum is (1 + steps) / (10 + steps), as in TensorFlow's
        `ExponentialMovingAverage`: of the weights that it began with next to nothing is left after
        some dozens of steps.
        """
        momentum = min(self._momentum, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        self._move(np.array(1 - momentum))  # a number would be traced anew each time
