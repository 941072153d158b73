"""A teacher's answers as a share of the targets.

Hinton, Vinyals and Dean 2015 (arXiv:1503.02531), at temperature 1: the student learns the teacher's
probability of the very picture that it sees, varied as it is, mixed with the label. The teacher is
asked once about every version of every picture, before the first epoch; each version's answers are
kept in the cache as soon as they are whole, for the next training and for one that is continued.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.contract import model_input
from ...runtime.errors import UsageError
from ..provenance import code_hash, compute_versions
from ..run_folder import Model, Run, load_run
from ..scores.scoring import pixel_scores
from ..threads import parallel
from .batches import Batches, varying_code
from .feature_cache import FeatureCache
from .interrupt import Stop
from .progress import Progress
from .targets import with_labels

AT_ONCE = 256
"""Pictures varied and answered before the next are: 39 MB at 224 pixels."""
UNVARIED = 0
"""The number of the picture itself among its versions, which count from 1."""

Answers = npt.NDArray[np.float32]


def open_teacher(path: str, labels: Sequence[str], positive: str) -> Run:
    """The run that teaches.

    Args:
        path: its folder.
        labels: of the student, in output order.
        positive: the one that is looked for.

    Raises:
        RunError: it is not a run.
        UsageError: it has other labels, or looks for another one.
    """
    run = load_run(path)
    if (run.labels, run.positive) != (tuple(labels), positive):
        raise UsageError(
            f"--teacher {path} tells {', '.join(run.labels)} apart and looks for {run.positive};"
            f" these pictures are {', '.join(labels)}, and {positive} is looked for: take a teacher"
            " of the same, or choose --positive"
        )
    return run


@dataclass(frozen=True, slots=True)
class Distillation:
    """What makes targets of labels and a teacher's answers."""

    teacher: Run
    share: float
    """Of the teacher, in [0, 1]."""
    cache: FeatureCache | None = None
    stop: Stop = field(default_factory=Stop)
    """Asked while the teacher answers."""

    def targets(self, batches: Batches, pictures: Sequence[str] = ()) -> Answers:
        """What the student learns.

        Args:
            batches: pictures, and labels as targets.
            pictures: the SHA-256 of each picture's file; empty: answers are not kept.

        Returns:
            (n, 2 x outputs), see `targets`; where the pictures are varied, (versions, n,
            2 x outputs). Of a picture that is mixed of two, what is learned is the teacher's answer
            alone.

        Raises:
            RunError: the teacher's model is missing, was changed or does not load.
            KeyboardInterrupt: it was asked to stop.
        """
        asked = range(1, batches.versions + 1) if batches.varied else (UNVARIED,)
        outputs, model = batches.targets.shape[1], None
        answers = []
        with Progress("teacher", len(asked)) as progress:
            for ordinal, number in enumerate(asked, start=1):

                def compute(ordinal: int = ordinal, number: int = number) -> Answers:
                    nonlocal model
                    model = model or load_teacher(self.teacher)
                    return self._ask(model, batches, number, _Told(progress, ordinal, len(asked)))

                answers.append(self._remembered(batches, pictures, number, compute))
        soft = np.stack(answers)[..., -outputs:]
        if not batches.varied:
            return with_labels(self._shared(soft[0], batches.targets), batches.targets)
        labels = np.stack([_labels(batches, number) for number in asked])
        targets = self._shared(soft, labels)
        mixed = np.array([_mixed(batches, number) for number in asked])
        targets[mixed] = soft[mixed]
        return with_labels(targets, labels)

    def _shared(self, soft: Answers, labels: Answers) -> Answers:
        return np.float32(self.share) * soft + np.float32(1 - self.share) * labels

    def _remembered(
        self,
        batches: Batches,
        pictures: Sequence[str],
        number: int,
        compute: Callable[[], Answers],
    ) -> Answers:
        if self.cache is None or not pictures:
            return compute()
        key = self._key(self.cache, batches, pictures, number)
        return self.cache.remembered(key, len(pictures), compute, "teacher's answers")

    def _ask(self, model: Model, batches: Batches, number: int, told: _Told) -> Answers:
        """(n, labels): the teacher's probabilities of one version of every picture."""

        def seen(index: int) -> npt.NDArray[np.uint8]:
            picture = batches.version(index, number) if number else batches.inputs[index]
            bgr = np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
            (fitted,) = model_input(bgr, self.teacher.contract)
            return np.asarray(fitted, np.uint8)

        count, parts = len(batches.inputs), []
        for start in range(0, count, AT_ONCE):
            if self.stop.asked:
                raise KeyboardInterrupt
            varied = parallel(seen, range(start, min(start + AT_ONCE, count)))
            parts.append(pixel_scores(model, np.stack(varied)))
            told.answered(min(start + AT_ONCE, count), count)
        return np.concatenate(parts)

    def _key(
        self, cache: FeatureCache, batches: Batches, pictures: Sequence[str], number: int
    ) -> str:
        """Of all that the answers come from."""
        about: dict[str, Any] = {
            "versions": compute_versions(),
            "code": code_hash(*(varying_code() if number != UNVARIED else ())),
            "teacher": self.teacher.info["model"]["sha256"],
            "inputs": [self.teacher.contract.as_json(), cache.contract.as_json()],
            "pictures": list(pictures),
        }
        if number != UNVARIED:
            about |= {
                "number": number,
                "seed": batches.seed,
                "effects": batches.augmentation.as_json(),
                "mix": batches.mix,
            }
        return sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _labels(batches: Batches, number: int) -> Answers:
    """(n, outputs): of one version of every picture."""
    return np.stack([batches.label(index, number) for index in range(len(batches.inputs))])


def _mixed(batches: Batches, number: int) -> list[bool]:
    """Of one version of every picture, whether another is mixed in."""
    return [batches.mixture(index, number) is not None for index in range(len(batches.inputs))]


@dataclass(slots=True)
class _Told:
    """How far one version is, for the person who waits."""

    progress: Progress
    ordinal: int
    versions: int
    began: float = field(default_factory=time.monotonic)

    def answered(self, done: int, count: int) -> None:
        """After `done` of the `count` pictures of this version."""
        self.progress.step(self.ordinal, done, count)
        if done == count:
            took = time.monotonic() - self.began
            left = took * (self.versions - self.ordinal)
            self.progress.epoch(
                self.ordinal, f"{count} answers  {took:.1f} s  at most {left:.0f} s left"
            )


def load_teacher(teacher: Run) -> Model:
    """The model; whether it was loaded or its answers were kept shall not matter to a seed.

    Raises:
        RunError: it is missing, was changed or does not load.
    """
    drawn = random.getstate()
    try:
        return teacher.model()
    finally:
        random.setstate(drawn)
