"""Averages of the weights over the steps of a stage (Polyak and Juditsky 1992), recent ones first.

An optimiser of Keras averages on request (`use_ema`), but with one momentum from the first step on,
so that what a short training ends with is made of random weights; without the mean and variance
that batch normalisations keep; and it puts the average into the model at the end of its own loop
only, while here every epoch is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(slots=True)
class Average:
    """Follows a model's weights; the statistics of its normalisations are averaged likewise."""

    momentum: float
    """Share of the average that a step leaves, in (0, 1)."""
    weights: list[npt.NDArray[Any]]
    """In the order of the model's `get_weights`."""
    steps: int = 0
    """That it followed."""

    @classmethod
    def of(cls, model: Any, momentum: float) -> Average:
        """One that begins with the weights as they are."""
        return cls(momentum, [np.array(weight) for weight in model.get_weights()])

    def follow(self, model: Any) -> None:
        """After a step of the model.

        At first the momentum is (1 + steps) / (10 + steps), as in TensorFlow's
        `ExponentialMovingAverage`: of the weights that it began with next to nothing is left after
        some dozens of steps.
        """
        momentum = min(self.momentum, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for mean, now in zip(self.weights, model.get_weights(), strict=True):
            if np.issubdtype(mean.dtype, np.floating):
                mean += np.asarray(1 - momentum, mean.dtype) * (now - mean)
            else:
                mean[...] = now
