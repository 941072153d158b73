"""Sentences in a run's report about how it was trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..architectures import Network
from ..data.dataset import Dataset
from ..options import TrainOptions
from ..run_folder import Run


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
    if options.average_weights:
        yield (
            f"the weights are averages over steps (momentum {options.average_weights:g}), and so"
            " were those that chose the epoch"
        )


def teacher_notes(teacher: Run, options: TrainOptions, data: Dataset) -> list[str]:
    """Who teaches, and whether the teacher knows pictures that it should not.

    Raises:
        RunError: the teacher's list of pictures is missing or damaged.
    """
    known = {one.sha256 for one in teacher.examples() if one.split != "holdout"}
    of = f"{options.versions} variations of each picture" if options.augment else "the pictures"
    notes = [
        f"teacher: {teacher.path} ({teacher.info['architecture']['name']}, model"
        f" {teacher.info['model']['sha256'][:12]}); {options.teacher_share:.0%} of each target is"
        f" its probability, of {of}"
    ]
    for split, what in (("holdout", "the figures are"), ("select", "the choice of the epoch is")):
        held = data.of(split)
        seen = sum(one.sha256 in known for one in held)
        if seen:
            notes.append(
                f"the teacher learned from {seen} of the {len(held)} pictures of {split}, or chose"
                f" by them: {what} kinder than on pictures that neither has seen"
            )
    return notes
