"""The learning rate at every step of a stage, as a function of what has been, and of nothing else.

So a training that is continued has the same rates as one that never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..options.schedule import ScheduleName

BETTER = 1e-4
"""A loss must be lower by this to count as lower."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the rate of one stage goes."""

    rate: float
    """The highest."""
    shape: ScheduleName = "constant"
    """`cosine` falls to 0 along a half cosine (Loshchilov & Hutter, arXiv:1608.03983), `plateau`
    by a factor when the loss on the select split no longer falls."""
    warmup_epochs: float = 0.0
    """Rises linearly for so long (Goyal et al. 2017, arXiv:1706.02677)."""
    plateau_patience: int = 4
    """Epochs without a lower loss."""
    plateau_factor: float = 0.3

    def at(self, step: int, steps: int, epochs: int, losses: Sequence[float]) -> float:
        """The rate of a step.

        Args:
            step: of the stage, from 0.
            steps: of an epoch.
            epochs: of the stage.
            losses: on the select split, of the epochs that ended.
        """
        warm = round(self.warmup_epochs * steps)
        if step < warm:
            return self.rate * (step + 1) / warm
        if self.shape == "cosine":
            whole = epochs * steps - warm
            return self.rate * 0.5 * (1 + math.cos(math.pi * min(1, (step - warm) / whole)))
        if self.shape == "plateau":
            return self.rate * self.plateau_factor ** self._plateaus(losses)
        return self.rate

    def _plateaus(self, losses: Sequence[float]) -> int:
        found, waited, lowest = 0, 0, math.inf
        for loss in losses:
            waited += 1
            if loss < lowest - BETTER:
                lowest, waited = loss, 0
            elif waited >= self.plateau_patience:
                found, waited = found + 1, 0
        return found
