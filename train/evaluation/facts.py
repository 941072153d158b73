"""What is known of a picture besides its label: where it is from, its light, the truck's size."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from ...runtime.errors import PictureError
from ...runtime.picture import read_picture
from ..data.manifest import SHARE, SOURCE, Manifests
from ..threads import parallel

LIGHT = {"dark": 60.0, "dim": 100.0, "bright": math.inf}
"""Name and upper end of the mean luminance (ITU-R BT.601), 0 to 255."""
SIZES = {"under 5 %": 0.05, "5 to 20 %": 0.2, "over 20 %": math.inf}
"""Name and upper end of the largest truck's share of the picture."""
MOST_PREFIXES = 12
_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9]{0,11})[_-]")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one picture; None where nothing is known."""

    source: str | None
    light: str | None
    """A key of `LIGHT`."""
    size: str | None
    """A key of `SIZES`; of pictures with a truck alone."""

    def get(self, key: str) -> str | None:
        """The fact of a name."""
        value: str | None = getattr(self, key)
        return value


def picture_facts(
    paths: Sequence[Path], labels: Sequence[str], roots: Sequence[Path]
) -> list[Facts]:
    """Look up or measure the facts of pictures; each is decoded once for its light.

    Source and size are the manifest's. Where it names no source, the beginning of the file's name
    up to `_` or `-` is taken for one, if the names begin in 2 to `MOST_PREFIXES` ways.

    Args:
        paths: (n,) of the files.
        labels: (n,) of each picture.
        roots: the data folders, in which a manifest.csv may lie.

    Raises:
        DataError: a manifest that cannot be read.
    """
    known = [Manifests(root) for root in sorted(roots, key=_depth)]
    rows = [_row(path, label, known) for path, label in zip(paths, labels, strict=True)]
    prefixes = _prefixes(paths)
    lights = parallel(_light, paths)
    return [
        Facts(source or prefix, light, _named(_number(share), SIZES))
        for (source, share), prefix, light in zip(rows, prefixes, lights, strict=True)
    ]


def _depth(root: Path) -> int:
    """The longest first: one data folder may lie in another."""
    return -len(root.parts)


def _row(path: Path, label: str, known: Sequence[Manifests]) -> tuple[str | None, str | None]:
    """Source and share."""
    for manifests in known:
        if path.is_relative_to(manifests.root):
            told = manifests.of(path, label)
            return told.get(SOURCE), told.get(SHARE)
    return None, None


def _prefixes(paths: Sequence[Path]) -> list[str | None]:
    found = [match[1] if (match := _PREFIX.match(path.name)) else None for path in paths]
    if not 2 <= len(Counter(found)) <= MOST_PREFIXES:
        return [None] * len(found)
    return found


def _light(path: Path) -> str | None:
    try:
        frame = read_picture(path)
    except PictureError:
        return None
    small = cv2.resize(frame, (64, 64), interpolation=cv2.INTER_AREA)
    return _named(float(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).mean()), LIGHT)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value <= 1 else None


def _named(value: float | None, bins: Mapping[str, float]) -> str | None:
    if value is None:
        return None
    return next(name for name, upper in bins.items() if value < upper)
