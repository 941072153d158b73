"""Finding labelled pictures: class folders, with or without train/, val/ and test/ above them.

In place of class folders there may be a COCO folder, whose boxes tell the label: see `boxes`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...runtime.errors import DataError
from ...runtime.picture import SUFFIXES
from .boxes import BoxRule, is_coco, read_annotations
from .manifest import Manifests

Given = Literal["train", "val", "test"]
"""The split a folder says a picture belongs to."""

SPLIT_FOLDERS: dict[str, Given] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
LAYOUT = (
    "truck/ and no_truck/ (any class names) or annotations.json and images/ (COCO), or train/,"
    " val/, test/ with such in them"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One file that is named like a picture, not opened yet."""

    root: Path
    """The data folder as it was given."""
    path: Path
    """Below `root`."""
    label: str
    given: Given | None
    """None where there are no split folders."""
    group: str | None
    """From manifest.csv or the annotations; None where they say nothing."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """An annotated picture whose boxes leave its label open."""

    path: Path
    """With the data folder."""
    reason: str


def find_pictures(roots: Sequence[Path]) -> list[Found]:
    """`find_labelled` by the usual rule, without what it leaves out."""
    return find_labelled(roots, BoxRule())[0]


def find_labelled(roots: Sequence[Path], rule: BoxRule) -> tuple[list[Found], list[Unsure]]:
    """List the pictures of one or more data folders, sorted by path in each.

    Args:
        roots: data folders.
        rule: for those that have boxes instead of class folders.

    Raises:
        DataError: a folder is missing, is a file, holds no class folders, has an empty class or
            fewer than two; or splits or folders disagree about the classes.
    """
    found: list[Found] = []
    unsure: list[Unsure] = []
    for index, root in enumerate(roots):
        if any(root.resolve() == other.resolve() for other in roots[:index]):
            raise DataError(f"{root} was given twice")
        found += _find_in(root, rule, unsure)
    _check_same_labels(found, roots)
    return found, unsure


def _find_in(root: Path, rule: BoxRule, unsure: list[Unsure]) -> list[Found]:
    if not root.exists():
        raise DataError(f"no data folder at {root}")
    if not root.is_dir():
        raise DataError(f"{root} is a file; expected a folder with {LAYOUT}")
    try:
        folders = _folders(root)
        splits = [] if is_coco(root) else [folder for folder in folders if _is_split(folder)]
        found: list[Found] = []
        manifests = Manifests(root)
        if splits:
            for folder in splits:
                given = SPLIT_FOLDERS[folder.name.lower()]
                found += _labelled(manifests, folder, given, rule, unsure)
            stray = [f.name for f in folders if f not in splits and next(_pictures(f), None)]
            if stray:
                raise DataError(f"{root}: {', '.join(stray)} lies beside train/val/test, not in it")
        else:
            found = _labelled(manifests, root, None, rule, unsure)
        manifests.check_groups()
    except OSError as exc:
        raise DataError(f"{exc.filename or root}: {exc.strerror or exc}") from exc
    if not found:
        raise DataError(f"{root} holds no class folders; expected {LAYOUT}")
    return found


def _labelled(
    manifests: Manifests, folder: Path, given: Given | None, rule: BoxRule, unsure: list[Unsure]
) -> list[Found]:
    """The pictures of one split; those whose boxes leave the label open go to `unsure`."""
    if not is_coco(folder):
        return _classes(manifests, _folders(folder), given)
    found = []
    annotated = read_annotations(folder, rule.positive)
    for picture in sorted(annotated, key=lambda picture: picture.path):
        label, reason = rule.label_of(picture)
        if label is None:
            unsure.append(Unsure(picture.path, reason))
            continue
        group = None if picture.group is None else f"{picture.source}:{picture.group}"
        below = picture.path.relative_to(manifests.root)
        found.append(Found(manifests.root, below, label, given, group))
    if not found:
        raise DataError(f"{folder}: no picture gets a label from its boxes")
    return found


def _classes(manifests: Manifests, folders: list[Path], given: Given | None) -> list[Found]:
    root, found = manifests.root, []
    for folder in folders:
        paths = sorted(_pictures(folder))
        if not paths:
            raise DataError(f"{folder} holds no pictures; fill the class or remove its folder")
        for path in paths:
            group = manifests.group_of(path, folder.name)
            found.append(Found(root, path.relative_to(root), folder.name, given, group))
    return found


def _check_same_labels(found: list[Found], roots: Sequence[Path]) -> None:
    """Every split of every folder must have the same two or more classes."""
    places: dict[tuple[Path, Given | None], set[str]] = {}
    for one in found:
        places.setdefault((one.root, one.given), set()).add(one.label)
    (first, labels), *others = places.items()
    for place, came in others:
        if came != labels:
            raise DataError(
                f"the classes differ: {_place(first)} has {', '.join(sorted(labels))};"
                f" {_place(place)} has {', '.join(sorted(came))}"
            )
    if len(labels) < 2:
        raise DataError(
            f"only one class ({', '.join(labels)}) in {', '.join(map(str, roots))};"
            " at least two are needed"
        )


def _place(place: tuple[Path, Given | None]) -> str:
    root, given = place
    return f"{root}/{given}" if given else str(root)


def _is_split(folder: Path) -> bool:
    """A split folder has class folders in it and no pictures of its own."""
    if folder.name.lower() not in SPLIT_FOLDERS:
        return False
    return bool(_folders(folder)) and not any(
        entry.suffix.lower() in SUFFIXES for entry in folder.iterdir() if entry.is_file()
    )


def _folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and _is_seen(entry.name))


def _is_seen(name: str) -> bool:
    return not name.startswith((".", "__"))


def _pictures(folder: Path) -> Iterator[Path]:
    """Picture files at any depth; a link that leads back is walked once."""
    seen = set()
    for top, names, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen:
            names.clear()
            continue
        seen.add(real)
        names[:] = sorted(name for name in names if _is_seen(name))
        for name in sorted(files):
            path = Path(top, name)
            if path.suffix.lower() in SUFFIXES and _is_seen(name):
                yield path
