"""One trial: an ordinary training with the choices of the search, measured on the select split."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...runtime.errors import UsageError
from ..architectures import build
from ..fitting.feature_cache import FeatureCache
from ..fitting.interrupt import Stop
from ..fitting.stages import Aids, Labelled, train_network
from ..options import TrainOptions
from ..quiet import import_keras
from .budget import Budget, Refused
from .space import Space, active, options_of

OBJECTIVE = "roc_auc"
"""On the select split, of the epoch that was kept."""
EPOCHS = "tuner/epochs"
"""What Hyperband calls the epochs that it grants a trial."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """What all trials have in common; the holdout is not among it."""

    asked: TrainOptions
    """What the search does not choose."""
    space: Space
    train: Labelled
    select: Labelled
    labels: tuple[str, ...]
    """In output order."""
    positive: str
    budget: Budget
    stop: Stop
    cache: FeatureCache | None = None

    def __call__(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Train once.

        Args:
            values: by parameter of the space.

        Returns:
            roc_auc, parameters, multiply_adds, latency_ms if it is limited, epochs, seconds.

        Raises:
            Refused: it costs too much, contradicts itself, or does not fit into the memory.
            UsageError: the weights cannot be had or do not fit.
            KeyboardInterrupt: it was stopped; nothing was learned about the choice.
        """
        keras = import_keras()
        began = time.monotonic()
        try:
            options = options_of(
                active(values, self.space), self.asked, values.get(EPOCHS)
            ).resolved()
        except UsageError as exc:
            raise Refused(str(exc)) from exc
        keras.utils.clear_session()
        keras.utils.set_random_seed(options.seed)
        network = build(
            options.model, options.recipe(1 if len(self.labels) == 2 else len(self.labels))
        )
        found = self.budget.check(network.model)
        training = train_network(
            keras,
            network,
            self.train,
            self.select,
            self.labels.index(self.positive),
            options,
            self.stop,
            Aids(self.cache),
        )
        if self.stop.asked:
            raise KeyboardInterrupt
        return {
            OBJECTIVE: max(row.select_auc for row in training.history),
            **found,
            "epochs": len(training.history),
            "seconds": round(time.monotonic() - began, 3),
        }
