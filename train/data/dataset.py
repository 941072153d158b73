"""From folders to examples: every picture decoded once, hashed, and given its role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...runtime.contract import InputContract
from ...runtime.errors import DataError, PictureError
from ...runtime.files import sha256_bytes
from ...runtime.picture import decode_named, read_bytes
from ..run_folder import Example
from ..threads import parallel
from .boxes import BoxRule
from .checks import check
from .findings import Findings, Skipped
from .findings_text import leak_sentence, notes_of
from .folders import Found, find_labelled
from .kept_pixels import KeptPixels
from .near_duplicates import fingerprint
from .splits import Candidate, assign_splits


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
    findings: Findings
    """What the checks found, before anything was left out."""
    pixels: KeptPixels | None = None
    """Model inputs of all examples, if they were asked for and are not too many."""

    def of(self, split: str) -> list[Example]:
        """The examples of one split."""
        return [example for example in self.examples if example.split == split]

    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures by split and label."""
        return {
            split: dict(sorted(Counter(example.label for example in self.of(split)).items()))
            for split in ("train", "select", "holdout")
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """Pictures that were read and checked, before they get their roles."""

    candidates: tuple[Candidate, ...]
    labels: tuple[str, ...]
    """Sorted class names."""
    findings: Findings
    pixels: KeptPixels | None = None


def load_dataset(
    roots: Sequence[Path],
    seed: int,
    rule: BoxRule | None = None,
    allow_leaks: bool = False,
    keep: InputContract | None = None,
) -> Dataset:
    """Find, read, check and split the pictures of one or more data folders.

    Args:
        roots: data folders.
        seed: of the draw.
        rule: how boxes become labels, where a folder has boxes; None takes the defaults.
        allow_leaks: go on where given splits share pictures or groups. Exact copies are then
            removed from the laxer split; near-duplicates stay.
        keep: an input to bring every picture to while it is decoded; None keeps no pixels.

    Raises:
        DataError: nothing that can be trained on, see `find_labelled` and `assign_splits`; or given
            splits leak into each other.
    """
    examined = examine(roots, rule, keep)
    findings = examined.findings
    if (findings.leaks or findings.divided) and not allow_leaks:
        raise DataError(
            f"{leak_sentence(findings)}; trucksight inspect data shows them: take them out of one"
            " of the two, or add --allow-leaks"
        )
    readable, contradictory = _drop_contradictions(examined.candidates)
    examples, dropped, notes = assign_splits(readable, examined.labels, seed, findings.near)
    return Dataset(
        roots=tuple(Path(root).resolve() for root in roots),
        labels=examined.labels,
        examples=tuple(examples),
        skipped=(
            *findings.unreadable,
            *findings.unsure,
            *contradictory,
            *(Skipped(path, reason) for path, reason in dropped),
        ),
        notes=(*notes_of(findings, len(contradictory)), *notes),
        findings=findings,
        pixels=examined.pixels,
    )


def examine(
    roots: Sequence[Path], rule: BoxRule | None = None, keep: InputContract | None = None
) -> Examined:
    """Find, read and check pictures; see `load_dataset`.

    Raises:
        DataError: there are none of two classes, or a class has no readable one.
    """
    found, unsure = find_labelled([Path(root) for root in roots], rule or BoxRule())
    pixels = KeptPixels.of(found, keep) if keep else None
    readable, unreadable = read_all(found, pixels)
    return Examined(
        candidates=tuple(readable),
        labels=tuple(sorted({one.label for one in found})),
        findings=check(readable, unreadable, [Skipped(one.path, one.reason) for one in unsure]),
        pixels=pixels,
    )


def read_all(
    found: Sequence[Found], pixels: KeptPixels | None = None
) -> tuple[list[Candidate], list[Skipped]]:
    """Decode every picture once, in parallel; list those that do not decode.

    Args:
        found: the pictures.
        pixels: takes what the model will see of each, if that is wanted.

    Raises:
        DataError: a class has no readable picture.
    """

    def read(row: int) -> Candidate | Skipped:
        one = found[row]
        path = one.root.resolve() / one.path
        try:
            data = read_bytes(path)
            picture = decode_named(path, data)
        except PictureError as exc:
            return Skipped(path, str(exc).removeprefix(f"{path}: "))
        if pixels is not None:
            pixels.keep(row, path, picture)
        return Candidate(
            path=path,
            label=one.label,
            given=one.given,
            sha256=sha256_bytes(data),
            group=_group(one),
            size_wh=(picture.shape[1], picture.shape[0]),
            fingerprint=fingerprint(picture),
        )

    readable: list[Candidate] = []
    skipped: list[Skipped] = []
    unread: dict[str, Path] = {}
    for one, result in zip(found, parallel(read, range(len(found))), strict=True):
        if isinstance(result, Skipped):
            skipped.append(result)
            unread.setdefault(one.label, result.path)
        else:
            readable.append(result)
    for label in sorted(unread.keys() - {one.label for one in readable}):
        example = unread[label]
        raise DataError(f"class {label} has no readable picture; {example} is one that is not")
    return readable, skipped


def _group(one: Found) -> str | None:
    """A group that names its source is the same in every data folder; a bare number is not."""
    if one.group is None or not one.group.startswith(":"):
        return one.group
    return f"{one.root.name}{one.group}"


def _drop_contradictions(
    readable: Sequence[Candidate],
) -> tuple[list[Candidate], list[Skipped]]:
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
