"""Groups of pictures that belong together, from a `manifest.csv` beside the folders."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...runtime.errors import DataError


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group a picture belongs to."""

    by_key: Mapping[str, str]
    """Key: as much of split/label/file as the manifest tells."""

    def of(self, path: Path, label: str) -> str | None:
        """The group of a picture, or None where the manifest says nothing.

        Args:
            path: below the data folder.
            label: its class.
        """
        for key in (path.as_posix(), f"{label}/{path.name}", path.name):
            if key in self.by_key:
                return self.by_key[key]
        return None


def read_groups(manifest: Path) -> Groups:
    """Read the columns file and group, and split, label and source where they exist.

    Group numbers count within a source, so a group is (source, group). A manifest without those
    two columns, or none at all, gives no groups.

    Raises:
        DataError: the file is there and cannot be read as CSV.
    """
    if not manifest.is_file():
        return Groups({})
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise DataError(f"{manifest} cannot be read as CSV: {exc}") from exc
    by_key = {}
    for row in rows:
        if row.get("file") and row.get("group"):
            by_key[_key(row)] = f"{row.get('source') or ''}:{row['group']}"
    return Groups(by_key)


def _key(row: Mapping[str, str]) -> str:
    """split/label/file, whether or not the file is told with the folders it lies in."""
    key = row["file"]
    for column in ("label", "split"):
        above = row.get(column)
        if above and not key.startswith(f"{above}/"):
            key = f"{above}/{key}"
    return key
