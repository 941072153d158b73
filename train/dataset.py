"""From folders to examples: every picture decoded once, hashed, and given its role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runtime.errors import DataError, PictureError
from ..runtime.files import sha256_bytes
from ..runtime.picture import decode_named, read_bytes
from .folders import Found, find_pictures
from .run_folder import Example
from .splits import Candidate, assign_splits
from .threads import parallel

NAMED = 5
"""So many skipped pictures are named on stderr; skipped.csv has them all."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that was left out."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """What one training uses."""

    roots: tuple[Path, ...]
    """Absolute, in the order given."""
    labels: tuple[str, ...]
    """Sorted class names."""
    examples: tuple[Example, ...]
    """Sorted by path."""
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    """Sentences for the person who trains: how it was split, what was left out."""

    def of(self, split: str) -> list[Example]:
        """The examples of one split."""
        return [example for example in self.examples if example.split == split]

    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures by split and label."""
        return {
            split: dict(sorted(Counter(example.label for example in self.of(split)).items()))
            for split in ("train", "select", "holdout")
        }


def load_dataset(roots: Sequence[Path], seed: int) -> Dataset:
    """Find, read and split the pictures of one or more data folders.

    Raises:
        DataError: nothing that can be trained on; see `find_pictures` and `assign_splits`.
    """
    found = find_pictures([Path(root) for root in roots])
    readable, skipped = read_all(found)
    readable, contradictory = _drop_contradictions(readable)
    skipped += contradictory
    labels = tuple(sorted({one.label for one in found}))
    examples, dropped, notes = assign_splits(readable, labels, seed)
    if skipped:
        named = ", ".join(str(one.path) for one in skipped[:NAMED])
        more = ", ..." if len(skipped) > NAMED else ""
        notes = [f"{len(skipped)} pictures skipped: {named}{more}", *notes]
    return Dataset(
        roots=tuple(Path(root).resolve() for root in roots),
        labels=labels,
        examples=tuple(examples),
        skipped=(*skipped, *(Skipped(path, reason) for path, reason in dropped)),
        notes=tuple(notes),
    )


def read_all(found: Sequence[Found]) -> tuple[list[Candidate], list[Skipped]]:
    """Decode every picture once, in parallel; list those that do not decode.

    Raises:
        DataError: a class has no readable picture.
    """

    def read(one: Found) -> Candidate | Skipped:
        path = one.root.resolve() / one.path
        try:
            data = read_bytes(path)
            decode_named(path, data)
        except PictureError as exc:
            return Skipped(path, str(exc).removeprefix(f"{path}: "))
        return Candidate(path, one.label, one.given, sha256_bytes(data), _group(one))

    readable: list[Candidate] = []
    skipped: list[Skipped] = []
    for result in parallel(read, found):
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            readable.append(result)
    for label in sorted({one.label for one in found} - {one.label for one in readable}):
        example = next(one.path for one in skipped)
        raise DataError(f"class {label} has no readable picture; {example} is one that is not")
    return readable, skipped


def _group(one: Found) -> str | None:
    """A group that names its source is the same in every data folder; a bare number is not."""
    if one.group is None or not one.group.startswith(":"):
        return one.group
    return f"{one.root.name}{one.group}"


def _drop_contradictions(readable: list[Candidate]) -> tuple[list[Candidate], list[Skipped]]:
    """The same picture under two labels teaches nothing; all its copies go."""
    labels: dict[str, set[str]] = {}
    for one in readable:
        labels.setdefault(one.sha256, set()).add(one.label)
    return (
        [one for one in readable if len(labels[one.sha256]) == 1],
        [
            Skipped(one.path, f"the same picture is labelled {' and '.join(sorted(names))}")
            for one in readable
            if len(names := labels[one.sha256]) > 1
        ],
    )
