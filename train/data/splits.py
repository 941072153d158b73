"""Who learns, who chooses, who judges: the role of every picture.

`train` fits the weights, `select` chooses the epoch and the threshold, `holdout` is for the report
alone. Folders that are given keep their meaning: val selects and test judges; without test, val
judges and a part of train selects. Pictures of one group never stand in two roles that are drawn
here, nor do copies and near-duplicates.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...runtime.errors import DataError
from ..run_folder import Example, Split
from .folders import Given
from .folds import drawn_folds
from .near_duplicates import Fingerprint

FOLDS = 7
"""One of seven folds is 14.3 %, near the 15 % that a drawn select or holdout split should have."""
SHUFFLES = 8
"""Seeded shuffles whose folds are compared; the one nearest to every class's share is drawn."""
_STRICTNESS: dict[Split, int] = {"holdout": 0, "select": 1, "train": 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A readable picture without a role yet."""

    path: Path
    label: str
    given: Given | None
    sha256: str
    group: str | None
    size_wh: tuple[int, int]
    """Pixels, after the orientation that the camera noted."""
    fingerprint: Fingerprint = field(repr=False)


def assign_splits(
    candidates: Sequence[Candidate],
    labels: Sequence[str],
    seed: int,
    alike: Sequence[tuple[str, str]] = (),
) -> tuple[list[Example], list[tuple[Path, str]], list[str]]:
    """Give every picture its role.

    Args:
        candidates: at least one of every label.
        labels: all class names.
        seed: of the draw; the same pictures and seed give the same roles.
        alike: SHA-256 of two pictures that are near-duplicates, and so one group.

    Returns:
        the examples sorted by path, the copies that were removed with the reason, and sentences
        on how it was split.

    Raises:
        DataError: a role would lack a class.
    """
    groups = _joined_groups(candidates, alike)
    pool = [
        Example(one.path, one.label, _role(one.given), one.sha256, group, one.group or "")
        for one, group in zip(candidates, groups, strict=True)
    ]
    given = {one.given for one in candidates} - {None}
    if given and "train" not in given and None not in {one.given for one in candidates}:
        raise DataError(f"there is a {' and a '.join(sorted(map(str, given)))} folder but no train")
    notes = []
    if "test" not in given:
        if "val" in given:
            pool = [_moved(one, "select", "holdout") for one in pool]
            notes.append("val is held out for the report")
        else:
            pool = _draw(pool, "holdout", seed, FOLDS)
            notes.append(f"1 in {FOLDS} of the pictures was drawn and held out for the report")
    if "val" not in given or "test" not in given:
        folds = FOLDS if "val" in given else FOLDS - 1  # of what the holdout left: as many again
        pool = _draw(pool, "select", seed, folds)
        notes.append(f"1 in {folds} of the rest was drawn to choose epoch and threshold")
    pool, removed = _without_copies(pool)
    if removed:
        notes.append(f"{len(removed)} copies of held-out or select pictures were removed")
    _check_complete(pool, labels)
    return sorted(pool, key=lambda one: one.path), removed, notes


def _role(given: Given | None) -> Split:
    if given == "val":
        return "select"
    return "holdout" if given == "test" else "train"


def _moved(example: Example, source: Split, target: Split) -> Example:
    return replace(example, split=target) if example.split == source else example


def _joined_groups(candidates: Sequence[Candidate], alike: Sequence[tuple[str, str]]) -> list[str]:
    """One name a group; copies and near-duplicates tie the groups they stand in together."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    keys = []
    for one in candidates:
        content = _content(one.sha256)
        key = one.group or content
        keys.append(key)
        parent[root(content)] = root(key)
    for one_sha256, other_sha256 in alike:
        parent[root(_content(one_sha256))] = root(_content(other_sha256))
    return [root(key) for key in keys]


def _content(sha256: str) -> str:
    return f"sha256:{sha256[:16]}"


def _draw(pool: list[Example], role: Split, seed: int, folds: int) -> list[Example]:
    """Move one stratified, grouped fold of the training pictures to `role`."""
    train = [index for index, one in enumerate(pool) if one.split == "train"]
    labels = np.array([pool[index].label for index in train])
    groups = np.array([pool[index].group for index in train])
    present = sorted(set(labels))
    fewest = min(len(set(groups[labels == label])) for label in present)
    if fewest < 2:
        raise DataError(
            "a class has fewer than 2 independent pictures left to draw a split from; add pictures"
            " or give train/, val/ and test/ folders"
        )
    folds = min(folds, fewest)
    drawn: list[npt.NDArray[np.int64]] = []
    for turn in range(SHUFFLES):  # before scikit-learn 1.8 a shuffled fold may be ill balanced
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            drawn += drawn_folds(folds, labels, groups, seed + turn)

    def fitness(fold: npt.NDArray[np.int64]) -> tuple[bool, float]:
        rest = np.setdiff1d(np.arange(len(labels)), fold)
        whole = set(labels[fold]) == set(labels[rest]) == set(present)
        shares = [np.mean(np.isin(np.flatnonzero(labels == label), fold)) for label in present]
        return (not whole, float(max(abs(share - 1 / folds) for share in shares)))

    chosen = {train[index] for index in min(drawn, key=fitness)}
    return [replace(one, split=role) if i in chosen else one for i, one in enumerate(pool)]


def _without_copies(pool: list[Example]) -> tuple[list[Example], list[tuple[Path, str]]]:
    """Keep a picture's copies only in the strictest of the roles they stand in."""
    strictest: dict[str, Split] = {}
    for one in pool:
        held = strictest.setdefault(one.sha256, one.split)
        if _STRICTNESS[one.split] < _STRICTNESS[held]:
            strictest[one.sha256] = one.split
    kept = [one for one in pool if one.split == strictest[one.sha256]]
    removed = [
        (one.path, f"removed from {one.split}: the same picture is in {strictest[one.sha256]}")
        for one in pool
        if one.split != strictest[one.sha256]
    ]
    return kept, removed


def _check_complete(pool: list[Example], labels: Sequence[str]) -> None:
    for role in _STRICTNESS:
        missing = set(labels) - {one.label for one in pool if one.split == role}
        if missing:
            raise DataError(
                f"no picture of {', '.join(sorted(missing))} for the {role} split; more pictures"
                " (or more groups) of it are needed"
            )
