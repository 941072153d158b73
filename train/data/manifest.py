"""What a `manifest.csv` tells of pictures: groups that belong together, sources, sizes.

It lies in a data folder or in one of its split folders, and has the column file; split and label
where a file's name alone does not tell the picture. Of two, the one nearer to the picture goes
first.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...runtime.errors import DataError

NAME = "manifest.csv"
GROUP, SOURCE, SHARE = "group", "source", "max_truck_area_frac"
"""Columns: of pictures that belong together, where they are from, the largest truck's share."""

Row = Mapping[str, str]


@dataclass(slots=True)
class Manifest:
    """One file."""

    file: Path
    by_key: Mapping[str, Row]
    """Key: as much of split/label/file as the manifest tells."""
    matched: bool = False
    """It told something of a picture that was asked about."""

    def of(self, below: PurePosixPath, label: str) -> Row:
        """What it tells of a picture, empty where that is nothing.

        Args:
            below: the picture, from the manifest's folder.
            label: its class.
        """
        for key in (str(below), f"{label}/{below.name}", below.name):
            if key in self.by_key:
                self.matched = True
                return self.by_key[key]
        return {}


@dataclass(slots=True)
class Manifests:
    """Those of one data folder."""

    root: Path
    _read: dict[Path, Manifest] = field(default_factory=dict)

    def of(self, path: Path, label: str) -> Row:
        """What is told of a picture.

        Raises:
            DataError: a manifest cannot be read as CSV.
        """
        below = path.relative_to(self.root)
        told: dict[str, str] = {}
        for folder in (self.root, self.root / below.parts[0]):
            if path.is_relative_to(folder) and folder != path:
                of = self._in(folder).of(PurePosixPath(path.relative_to(folder)), label)
                told |= {column: value for column, value in of.items() if value}
        return told

    def group_of(self, path: Path, label: str) -> str | None:
        """Group numbers count within a source, so a group is source:group."""
        told = self.of(path, label)
        return f"{told.get(SOURCE, '')}:{told[GROUP]}" if told.get(GROUP) else None

    def check_groups(self) -> None:
        """After all pictures were asked about.

        Raises:
            DataError: a manifest has groups, of none of them.
        """
        for one in self._read.values():
            if not one.matched and any(row.get(GROUP) for row in one.by_key.values()):
                raise DataError(
                    f"{one.file}: its groups are of none of the pictures below it; expected the"
                    " columns file and group, with files named as they are here"
                )

    def _in(self, folder: Path) -> Manifest:
        if folder not in self._read:
            self._read[folder] = _read_manifest(folder / NAME)
        return self._read[folder]


def _read_manifest(file: Path) -> Manifest:
    if not file.is_file():
        return Manifest(file, {})
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.DictReader(lines) if row.get("file")]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise DataError(f"{file} cannot be read as CSV: {exc}") from exc
    return Manifest(file, {_key(row): row for row in rows})


def _key(row: Row) -> str:
    """split/label/file, whether or not the file is told with the folders it lies in."""
    key = PurePosixPath(row["file"])
    if row.get("label") and row["label"] not in key.parts[:-1]:
        key = row["label"] / key
    if row.get("split") and key.parts[0] != row["split"]:
        key = row["split"] / key
    return str(key)
