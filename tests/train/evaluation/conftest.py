"""Samples whose worth is known because they were drawn from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.train.evaluation.sample import Sample


def _sample(
    positive: Any, scores: Any, threshold: float = 0.5, groups: Any = None, answers: Any = None
) -> Sample:
    truth = np.asarray(positive, np.int64)
    found = np.asarray(scores, np.float64)
    n = len(truth)
    return Sample(
        truth=truth,
        answers=np.asarray((found >= threshold) if answers is None else answers, np.int64),
        scores=found,
        labels=("no_truck", "truck"),
        index=1,
        threshold=threshold,
        groups=tuple(map(str, range(n) if groups is None else groups)),
        paths=tuple(Path(f"{number}.png") for number in range(n)),
    )


def _drawn(n: int, seed: int, apart: float = 2.0, share: float = 0.4) -> Sample:
    """Normal log-odds, `apart` between the classes' means; calibrated where `share` is a half."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < share
    odds = rng.normal(np.where(positive, apart / 2, -apart / 2), np.sqrt(apart))
    return _sample(positive, 1 / (1 + np.exp(-odds)))


@pytest.fixture(scope="session")
def make_sample() -> Callable[..., Sample]:
    return _sample


@pytest.fixture(scope="session")
def draw_sample() -> Callable[..., Sample]:
    return _drawn
