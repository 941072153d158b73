"""What a base that stands still makes of pictures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..architectures import Network
from ..scores.scoring import predict
from .feature_cache import FeatureCache

if TYPE_CHECKING:
    from .stages import Labelled


def features(
    network: Network, labelled: Labelled, cache: FeatureCache | None = None
) -> npt.NDArray[np.float32]:
    """The frozen base's (n, features) for every picture, computed once."""

    def compute() -> npt.NDArray[np.float32]:
        print(f"computing the features of {len(labelled.truth)} pictures", file=sys.stderr)
        return predict(network.features, labelled.pixels)

    if cache is None or not labelled.sha256:
        return compute()
    return cache.get(network.features, labelled.sha256, compute)
