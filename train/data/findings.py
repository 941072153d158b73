"""What checks of labelled pictures found; nothing of it changes the pictures.

- *alike*: copies and near-duplicates; across splits that were given they are *leaks*, under two
  labels they are *conflicts*.
- *divided*: groups of the manifest that stand in two given splits: leaks too.
- counts by split and label, and sizes, with a warning for what is out of proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .sizes import Sizes

IMBALANCE = 4.0
"""A class that has so many times the pictures of another in the same split is warned of."""
LISTED = 200
"""Entries of a list in the JSON; its whole length stands beside it."""
Kind = Literal["copy", "near-duplicate", "mirrored"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that was left out."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Two files that show the same photograph."""

    paths: tuple[Path, Path]
    splits: tuple[str, str]
    """As given: train, val, test; or all, where there are no split folders."""
    labels: tuple[str, str]
    sha256: tuple[str, str]
    kind: Kind
    residual: float
    """0 for copies; see `same_picture.residual`."""

    @property
    def leaks(self) -> bool:
        """Whether one lies in another given split than the other."""
        return self.splits[0] != self.splits[1]

    @property
    def conflicts(self) -> bool:
        """Whether they have different labels."""
        return self.labels[0] != self.labels[1]

    def as_json(self) -> dict[str, Any]:
        """For reports."""
        return {
            "paths": [str(path) for path in self.paths],
            "splits": list(self.splits),
            "labels": list(self.labels),
            "kind": self.kind,
            "residual": self.residual,
        }


@dataclass(frozen=True, slots=True)
class Divided:
    """A group that stands in several given splits."""

    group: str
    splits: tuple[str, ...]
    pictures: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found; nothing of it changes the pictures."""

    counts: Mapping[str, Mapping[str, int]]
    """Readable pictures by split as given and label."""
    unreadable: tuple[Skipped, ...]
    unsure: tuple[Skipped, ...]
    """Annotated pictures whose boxes leave the label open."""
    alike: tuple[Alike, ...]
    divided: tuple[Divided, ...]
    groups: int
    """That manifest or annotations name."""
    sizes: Sizes

    @property
    def leaks(self) -> tuple[Alike, ...]:
        """Those alike across given splits."""
        return tuple(one for one in self.alike if one.leaks)

    @property
    def conflicts(self) -> tuple[Alike, ...]:
        """Those alike under two labels."""
        return tuple(one for one in self.alike if one.conflicts)

    @property
    def near(self) -> tuple[tuple[str, str], ...]:
        """SHA-256 of the near-duplicates, pair by pair."""
        return tuple(one.sha256 for one in self.alike if one.kind != "copy")

    @property
    def imbalance(self) -> dict[str, float]:
        """How many times the pictures of the rarest label the commonest has, by split."""
        return {
            split: round(max(row.values()) / min(row.values()), 2)
            for split, row in self.counts.items()
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on proportions and sizes."""
        uneven = [
            f"{split}: the commonest class has {times:g} times the pictures of the rarest"
            for split, times in self.imbalance.items()
            if times >= IMBALANCE
        ]
        return (*uneven, *self.sizes.warnings)

    def as_json(self) -> dict[str, Any]:
        """The `data` section of report.json, and `trucksight inspect data --json`."""
        return {
            "counts": {split: dict(row) for split, row in self.counts.items()},
            "imbalance": self.imbalance,
            "groups": self.groups,
            **_listed("unreadable", [_skipped(one) for one in self.unreadable]),
            **_listed("unsure", [_skipped(one) for one in self.unsure]),
            **_listed("leaks", [one.as_json() for one in self.leaks]),
            **_listed("conflicts", [one.as_json() for one in self.conflicts]),
            **_listed("alike", [one.as_json() for one in self.alike]),
            **_listed(
                "divided_groups",
                [
                    {"group": one.group, "splits": list(one.splits), "pictures": one.pictures}
                    for one in self.divided
                ],
            ),
            "sizes": self.sizes.as_json(),
            "warnings": list(self.warnings),
        }


def _skipped(one: Skipped) -> dict[str, str]:
    return {"path": str(one.path), "reason": one.reason}


def _listed(name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: entries[:LISTED], f"{name}_count": len(entries)}
