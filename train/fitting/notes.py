"""Sentences in a run's report about how it was trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..architectures import Network
from ..options import TrainOptions


def training_notes(options: TrainOptions, network: Network, deployed: Any) -> Iterator[str]:
    """What the options alone do not tell.

    Args:
        options: resolved.
        network: after training.
        deployed: what it is deployed as.
    """
    if network.fold is not None:
        yield (
            f"re-parameterised: {network.model.count_params():,} parameters with normalisations"
            f" and averages of {options.pool_dense} x {options.pool_dense} pixels learned, folded"
            f" into the {deployed.count_params():,} of the plain {options.model}, whose figures"
            " these are"
        )
