"""Checking labelled pictures before anything is trained on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .findings import Alike, Divided, Findings, Kind, Skipped
from .near_duplicates import near_duplicates
from .sizes import measure_sizes
from .splits import Candidate

SPLITS = ("train", "val", "test")
UNDIVIDED = "all"
"""The split of every picture where no split folders were given."""


def check(
    candidates: Sequence[Candidate], unreadable: Sequence[Skipped], unsure: Sequence[Skipped]
) -> Findings:
    """Check readable pictures.

    Args:
        candidates: at least one.
        unreadable: handed on.
        unsure: handed on.
    """
    splits = _splits(candidates)
    counted: dict[str, Counter[str]] = {}
    for one, split in zip(candidates, splits, strict=True):
        counted.setdefault(split, Counter())[one.label] += 1
    order = [split for split in (*SPLITS, UNDIVIDED) if split in counted]
    return Findings(
        counts={split: dict(sorted(counted[split].items())) for split in order},
        unreadable=tuple(unreadable),
        unsure=tuple(unsure),
        alike=(*_copies(candidates, splits), *_near(candidates, splits)),
        divided=_divided(candidates, splits),
        groups=len({one.group for one in candidates} - {None}),
        sizes=measure_sizes(candidates),
    )


def _splits(candidates: Sequence[Candidate]) -> list[str]:
    """As given; beside split folders, pictures without one are for training."""
    without = "train" if any(one.given for one in candidates) else UNDIVIDED
    return [one.given or without for one in candidates]


def _copies(candidates: Sequence[Candidate], splits: Sequence[str]) -> list[Alike]:
    """The first of some equal files with each of the others."""
    first: dict[str, int] = {}
    found = []
    for index, one in enumerate(candidates):
        held = first.setdefault(one.sha256, index)
        if held != index:
            found.append(_alike(candidates, splits, (held, index), "copy", 0.0))
    return found


def _near(candidates: Sequence[Candidate], splits: Sequence[str]) -> list[Alike]:
    """Near-duplicates among different files; of equal ones in a split the first stands for all."""
    first: dict[tuple[str, str], int] = {}
    for index, (one, split) in enumerate(zip(candidates, splits, strict=True)):
        first.setdefault((one.sha256, split), index)
    kept = list(first.values())
    numbers = {split: number for number, split in enumerate(dict.fromkeys(splits))}
    found = []
    for pair in near_duplicates(
        [candidates[index].fingerprint for index in kept],
        [numbers[splits[index]] for index in kept],
    ):
        ends = kept[pair.one], kept[pair.other]
        if candidates[ends[0]].sha256 != candidates[ends[1]].sha256:
            kind: Kind = "mirrored" if pair.mirrored else "near-duplicate"
            found.append(_alike(candidates, splits, ends, kind, pair.residual))
    return found


def _alike(
    candidates: Sequence[Candidate],
    splits: Sequence[str],
    ends: tuple[int, int],
    kind: Kind,
    residual: float,
) -> Alike:
    one, other = candidates[ends[0]], candidates[ends[1]]
    return Alike(
        paths=(one.path, other.path),
        splits=(splits[ends[0]], splits[ends[1]]),
        labels=(one.label, other.label),
        sha256=(one.sha256, other.sha256),
        kind=kind,
        residual=residual,
    )


def _divided(candidates: Sequence[Candidate], splits: Sequence[str]) -> tuple[Divided, ...]:
    members: dict[str, list[str]] = {}
    for one, split in zip(candidates, splits, strict=True):
        if one.group is not None:
            members.setdefault(one.group, []).append(split)
    return tuple(
        Divided(group, tuple(sorted(set(parts), key=SPLITS.index)), len(parts))
        for group, parts in sorted(members.items())
        if len(set(parts)) > 1
    )
