"""Every variant scored on the same pictures as its Keras source, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..runtime.errors import UsageError
from ..runtime.files import sha256_bytes
from ..train.metrics import truth_of
from ..train.run_folder import Example, Run
from ..train.scoring import load_pixels


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures of one split, brought to the model's input."""

    pixels: npt.NDArray[np.uint8]
    """(n, height, width, 3), RGB, 0..255."""
    truth: npt.NDArray[np.int64]
    """(n,): index of each picture's label in the run's labels."""
    sha256: str
    """Over the sorted hashes of the pictures' files: says which set it was."""

    def __len__(self) -> int:
        return len(self.truth)


def picture_set(run: Run, examples: Sequence[Example]) -> PictureSet:
    """Read examples of a run.

    Raises:
        UsageError: there are none.
        DataError: a picture is gone, unreadable or changed since the run was made.
    """
    if not examples:
        raise UsageError(f"{run.path} names no pictures for this; train with more pictures")
    return PictureSet(
        pixels=load_pixels(examples, run.contract),
        truth=truth_of([example.label for example in examples], run.labels),
        sha256=set_hash(examples),
    )


def set_hash(examples: Sequence[Example]) -> str:
    """SHA-256 over the sorted content hashes of a set of pictures."""
    return sha256_bytes("\n".join(sorted(example.sha256 for example in examples)).encode())


def calibration_examples(run: Run, count: int, seed: int) -> list[Example]:
    """A seeded draw from the training split with every class in equal share, as far as it goes."""
    rng = np.random.default_rng(seed)
    by_label: dict[str, list[Example]] = {label: [] for label in run.labels}
    for example in run.examples("train"):
        by_label[example.label].append(example)
    piles = [
        [pile[index] for index in rng.permutation(len(pile))] for pile in by_label.values() if pile
    ]
    drawn: list[Example] = []
    for turn in range(max(map(len, piles), default=0)):
        drawn += [pile[turn] for pile in piles if turn < len(pile)]
    return drawn[:count]
