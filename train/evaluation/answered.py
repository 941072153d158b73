"""From found pictures and their answers to what is told of them."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

import numpy as np

from ...runtime.errors import DataError
from ...runtime.files import sha256_file
from ..data.folders import Found
from ..run_folder import Run
from ..scores.metrics import Metrics, measure_answers, truth_of
from ..threads import parallel
from .assessment import Assessment, assess
from .conclusion import Background
from .facts import picture_facts
from .sample import Sample, as_scores

Answer: TypeAlias = tuple[int, float] | str
"""Label index and score of the positive class; or the reason why there is no answer."""


def answered(
    found: list[Found],
    answers: list[Answer],
    labels: tuple[str, ...],
    positive: str,
    threshold: float,
) -> Sample:
    """The pictures that got an answer.

    Raises:
        DataError: there is none.
    """
    pairs = zip(found, answers, strict=True)
    rows = [(one, *answer) for one, answer in pairs if not isinstance(answer, str)]
    if not rows:
        raise DataError(f"not one of {len(found)} pictures got an answer: {unanswered(answers)}")
    return Sample(
        truth=truth_of([one.label for one, _, _ in rows], labels),
        answers=np.array([label for _, label, _ in rows], np.int64),
        scores=as_scores([score for _, _, score in rows]),
        labels=labels,
        index=labels.index(positive),
        threshold=threshold,
        groups=tuple(one.group or str(one.path) for one, _, _ in rows),
        paths=tuple(one.root / one.path for one, _, _ in rows),
    )


def measured(sample: Sample) -> Metrics:
    """The metrics as a bundle's certificate has them."""
    return measure_answers(
        sample.truth,
        sample.answers,
        sample.scores,
        sample.labels,
        sample.labels[sample.index],
        sample.threshold,
    )


def assessed(found: list[Found], sample: Sample, seed: int, background: Background) -> Assessment:
    """Everything else that is told; the facts of the pictures are looked up."""
    names = [sample.labels[label] for label in sample.truth]
    facts = picture_facts(sample.paths, names, sorted({one.root for one in found}))
    return assess(sample, facts, background, seed)


def seen_before(run: Run, sample: Sample) -> int:
    """Pictures that the run learned from or chose by."""
    known = {one.sha256 for one in run.examples() if one.split != "holdout"}
    return sum(sha256 in known for sha256 in parallel(sha256_file, sample.paths))


def unanswered(answers: list[Answer]) -> dict[str, int]:
    """Pictures without an answer, by reason."""
    return dict(Counter(answer for answer in answers if isinstance(answer, str)))
