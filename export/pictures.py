"""The pictures that an export needs, each set disjoint from the others by content hash.

ranges       set the integer ranges: drawn from the training split, or a folder that was named
calibration  the run's select split: fits probabilities and chooses thresholds
gate         judges: the run's held-out pictures, and labelled folders that were named
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..runtime.errors import DataError, PictureError
from ..runtime.files import sha256_bytes
from ..runtime.picture import SUFFIXES, read_bytes
from ..train.data.dataset import read_all
from ..train.data.folders import find_pictures
from ..train.run_folder import Example, Run
from ..train.scores.metrics import truth_of
from ..train.scores.scoring import load_pixels

HELD_OUT = "held out by training"
"""The gate's part that the run itself held out."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Where some of a set's pictures are from."""

    name: str
    n: int
    sha256: str
    """See `set_hash`."""


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures brought to the model's input."""

    pixels: npt.NDArray[np.uint8]
    """(n, height, width, 3), RGB, 0..255."""
    truth: npt.NDArray[np.int64]
    """(n,): index of each picture's label in the run's labels."""
    sha256: str
    """Over the sorted hashes of the pictures' files: says which set it was."""
    parts: tuple[Part, ...]
    """In the order of the pictures."""

    def __len__(self) -> int:
        return len(self.pixels)


def calibration_set(run: Run) -> PictureSet:
    """The run's select split.

    Raises:
        DataError: a picture is gone, unreadable or changed since the run was made.
    """
    return _labelled(run, [("select", run.examples("select"))])


def gate_set(run: Run, folders: Sequence[Path], ranges: Sequence[Example], say: Say) -> PictureSet:
    """The run's held-out pictures, then those of labelled folders.

    A picture of the folders that the run or the integer ranges have seen, or that came before, is
    left out and counted.

    Args:
        folders: class folders as training takes them, with or without split folders above.
        ranges: the pictures that set the integer ranges.
        say: told what was left out.

    Raises:
        DataError: other classes than the run's, no picture left in a folder, or held-out pictures
            that training or the integer ranges have seen.
    """
    seen = {one.sha256 for one in (*run.examples("train"), *run.examples("select"), *ranges)}
    held_out = run.examples("holdout")
    leaked = sum(one.sha256 in seen for one in held_out)
    if leaked:
        raise DataError(
            f"{leaked} of {len(held_out)} held-out pictures were seen in training or calibration;"
            " the gate needs pictures that nothing was learnt from; train again"
        )
    seen |= {one.sha256 for one in held_out}
    parts = [(HELD_OUT, held_out)]
    for folder in folders:
        fresh = _unseen(run, folder, seen, say)
        seen |= {one.sha256 for one in fresh}
        parts.append((folder.resolve().name, fresh))
    return _labelled(run, parts)


def range_examples(run: Run, folder: Path | None, count: int, seed: int) -> list[Example]:
    """A seeded draw of pictures for the integer ranges.

    Args:
        folder: pictures at any depth, labels are not needed; None: the training split, with every
            class in equal share as far as it goes.
        count: at most so many.
        seed: of the draw.

    Raises:
        DataError: the folder holds no picture, or one that cannot be read.
    """
    rng = np.random.default_rng(seed)
    if folder is not None:
        found = _pictures_below(folder)
        return [found[index] for index in sorted(rng.permutation(len(found))[:count])]
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


def set_hash(examples: Sequence[Example]) -> str:
    """SHA-256 over the sorted content hashes of a set of pictures."""
    return sha256_bytes("\n".join(sorted(example.sha256 for example in examples)).encode())


def _labelled(run: Run, parts: Sequence[tuple[str, list[Example]]]) -> PictureSet:
    examples = [one for _, part in parts for one in part]
    if not examples:
        raise DataError(f"{run.path} names no pictures for this; train with more pictures")
    return PictureSet(
        pixels=load_pixels(examples, run.contract),
        truth=truth_of([one.label for one in examples], run.labels),
        sha256=set_hash(examples),
        parts=tuple(Part(name, len(part), set_hash(part)) for name, part in parts),
    )


def _unseen(run: Run, folder: Path, seen: set[str], say: Say) -> list[Example]:
    found = find_pictures([folder])
    labels = {one.label for one in found}
    if labels != set(run.labels):
        raise DataError(
            f"the classes differ: the run knows {', '.join(sorted(run.labels))};"
            f" {folder} has {', '.join(sorted(labels))}"
        )
    readable, skipped = read_all(found)
    fresh = {one.sha256: one for one in readable if one.sha256 not in seen}
    if skipped:
        say(f"gate: {len(skipped)} pictures of {folder} cannot be read")
    if len(fresh) < len(readable):
        left_out = len(readable) - len(fresh)
        say(f"gate: {left_out} pictures of {folder} left out: seen in training, or copies")
    if not fresh:
        raise DataError(f"every picture of {folder} was seen in training; the gate needs others")
    return [Example(one.path, one.label, "holdout", one.sha256, "") for one in fresh.values()]


def _pictures_below(folder: Path) -> list[Example]:
    if not folder.is_dir():
        raise DataError(f"no folder with calibration pictures at {folder}")
    paths = sorted(
        Path(top, name)
        for top, _, files in os.walk(folder)
        for name in files
        if Path(name).suffix.lower() in SUFFIXES
    )
    if not paths:
        raise DataError(f"{folder} holds no pictures ({', '.join(sorted(SUFFIXES))})")
    try:
        return [Example(path, "", "train", sha256_bytes(read_bytes(path)), "") for path in paths]
    except PictureError as exc:
        raise DataError(f"{exc}; remove it from the calibration pictures") from None
