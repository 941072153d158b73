"""What a trained network says of pictures, without running again what did not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..architectures import Network
from ..scores.scoring import label_columns, pixel_scores
from .feature_cache import FeatureCache
from .frozen import features
from .stages import Labelled, Training

Scores = npt.NDArray[np.float32]
"""(n, labels), in output order."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of a network that was trained.

    Where its base stood still to the end, they are the head's of the base's features, which are
    known or kept in the cache.
    """

    model: Any
    """What is deployed."""
    network: Network
    training: Training
    cache: FeatureCache | None

    def of_select(self, select: Labelled) -> Scores:
        """Of the pictures that chose the epoch."""
        known = self.training.select_features
        return self.of(select) if known is None else self._of_features(known)

    def of(self, labelled: Labelled) -> Scores:
        """Of any pictures."""
        if self.training.select_features is None:
            return pixel_scores(self.model, labelled.pixels)
        return self._of_features(features(self.network, labelled, self.cache))

    def _of_features(self, given: npt.NDArray[np.float32]) -> Scores:
        outputs = self.network.head.predict_on_batch(given)
        return label_columns(np.asarray(outputs, np.float32))
