"""Sentences in a run's report about how it was trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..architectures import Network
from ..data.dataset import Dataset
from ..options import TrainOptions
from ..run_folder import Example, Run
from .hints import NAME as HINTS


def training_notes(options: TrainOptions, network: Network, deployed: Any) -> Iterator[str]:
    """What the options alone do not tell.

    Args:
        options: resolved.
        network: after training.
        deployed: what it is deployed as.
    """
    if options.reparameterize:
        yield (
            f"re-parameterised: {_own(network.model):,} parameters with normalisations"
            f" and averages of {options.pool_dense} x {options.pool_dense} pixels learned, folded"
            f" into the {deployed.count_params():,} of the plain {options.model}, whose figures"
            " these are"
        )
    if options.hints:
        yield (
            f"hints: {network.model.get_layer(HINTS).told} of the teacher were predicted besides,"
            f" with a weight of {options.hints:g}; what predicts them is left behind"
        )
    if options.average_weights:
        yield (
            f"the weights are averages over steps (momentum {options.average_weights:g}), and so"
            " were those that chose the epoch"
        )
    if options.mix:
        learned = "the teacher's answer alone" if options.teacher else "a mixture of both labels"
        yield (
            f"{options.mix:.0%} of the varied pictures are mixed with another one; {learned} is"
            " learned of them"
        )


def _own(model: Any) -> int:
    """Parameters of the form that trains, without what predicts a teacher's maps."""
    return sum(one.count_params() for one in model.layers if one.name != HINTS)


def teacher_notes(teacher: Run, options: TrainOptions, data: Dataset) -> list[str]:
    """Who teaches, and whether the teacher knows pictures that it should not.

    Raises:
        RunError: the teacher's list of pictures is missing or damaged.
    """
    of = f"{options.versions} variations of each picture" if options.augment else "the pictures"
    notes = [
        f"teacher: {teacher.path} ({teacher.info['architecture']['name']}, model"
        f" {teacher.info['model']['sha256'][:12]}); {options.teacher_share:.0%} of each target is"
        f" its probability, of {of}"
    ]
    examples = teacher.examples()
    learned = {one.sha256 for one in examples if one.split != "holdout"}
    related = _related(examples, data.examples)
    for split, what in (("holdout", "the figures are"), ("select", "the choice of the epoch is")):
        held = data.of(split)
        seen = sum(one.sha256 in learned for one in held)
        more = sum(one.group in related for one in held) - seen
        kinder = f"{what} kinder than on pictures that neither has seen"
        told = []
        if seen:
            told.append(f"from {seen} of the {len(held)} pictures of {split}, or chose by them")
        if more:
            told.append(
                f"from pictures of the same groups or near-duplicates of {more}"
                f" {'more' if seen else f'of the {len(held)} pictures of {split}'}"
            )
        if told:
            notes.append(f"the teacher learned {', and '.join(told)}: {kinder}")
    if data.findings.groups and any(one.scene is None for one in examples):
        notes.append(
            "the teacher's run is of an earlier version and does not tell every group of its"
            " manifests: it may know groups of these pictures besides those that are told"
        )
    return notes


def _related(teacher: Sequence[Example], student: Sequence[Example]) -> set[str]:
    """The student's groups of which the teacher has learned a picture, or a group.

    A group has another name where other pictures tie it together; so what counts is any name that
    it has had, and any picture that both know.
    """
    groups = {one.group for one in teacher if one.split != "holdout"}
    of_groups = [one for one in teacher if one.group in groups]
    names = groups | {one.scene for one in of_groups if one.scene}
    pictures = {one.sha256 for one in of_groups}
    return {
        one.group
        for one in student
        if one.sha256 in pictures or one.group in names or one.scene in names
    }
