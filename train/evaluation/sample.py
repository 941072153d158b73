"""Labelled pictures with what a model said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

SMALLEST = 1e-7
"""Scores are kept this far inside 0 and 1, about what a float32 tells from 1, where a logarithm is
taken: one confident error shall weigh much, not infinitely."""


@dataclass(frozen=True, slots=True)
class Sample:
    """n pictures in one order; a part of them is a sample again."""

    truth: npt.NDArray[np.int64]
    """(n,) label indices."""
    answers: npt.NDArray[np.int64]
    """(n,) label indices."""
    scores: npt.NDArray[np.float64]
    """(n,) of the positive label, in [0, 1]."""
    labels: tuple[str, ...]
    index: int
    """Of the positive label."""
    threshold: float
    """Score of the positive label from which on it is the answer."""
    groups: tuple[str, ...]
    """(n,) pictures of one scene share one."""
    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        """(n,) whether the positive label is the truth."""
        return np.asarray(self.truth == self.index, np.bool_)

    @property
    def called(self) -> npt.NDArray[np.bool_]:
        """(n,) whether it is the answer."""
        return np.asarray(self.answers == self.index, np.bool_)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(n,) whether the answer is the truth, of all labels."""
        return np.asarray(self.answers == self.truth, np.bool_)

    @property
    def inside(self) -> npt.NDArray[np.float64]:
        """(n,) scores, kept `SMALLEST` inside 0 and 1."""
        return np.clip(self.scores, SMALLEST, 1 - SMALLEST)

    def part(self, mask: npt.NDArray[np.bool_]) -> Sample:
        """The pictures of a mask."""
        return Sample(
            self.truth[mask],
            self.answers[mask],
            self.scores[mask],
            self.labels,
            self.index,
            self.threshold,
            _chosen(self.groups, mask),
            _chosen(self.paths, mask),
        )


def as_scores(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(n,) scores; what is not a number, as a diverged model gives, says nothing: 0.5."""
    return np.nan_to_num(np.asarray(values, np.float64), nan=0.5, posinf=1.0, neginf=0.0)


def _chosen(items: Sequence, mask: npt.NDArray[np.bool_]) -> tuple:  # type: ignore[type-arg]
    return tuple(item for item, is_in in zip(items, mask, strict=True) if is_in)
