"""Kinds of value that only a training has; see `runtime.settings.kinds`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Side = int | tuple[int, int]
"""Height and width of a square, or (width, height); pixels."""


@dataclass(frozen=True, slots=True)
class PictureSize:
    """One side of a square, or width and height."""

    most: int
    """Pixels."""
    metavar: str | None = "SIDE|WIDTHxHEIGHT"
    repeated = False

    def of_texts(self, texts: list[str]) -> Side:
        """See `Kind`."""
        return self.of_toml(int(texts[0]) if texts[0].isdecimal() else texts[0])

    def of_toml(self, found: object) -> Side:
        """See `Kind`."""
        size = found
        if isinstance(found, str) and (match := re.fullmatch(r"(\d{1,5})x(\d{1,5})", found)):
            size = (int(match[1]), int(match[2]))
        sides = size if isinstance(size, (tuple, list)) else (size,)
        if len(sides) > 2 or not all(type(one) is int and 1 <= one <= self.most for one in sides):
            raise ValueError(f"expected 1 to {self.most} pixels, as 224 or 320x180, not {found!r}")
        return (sides[0], sides[1]) if len(sides) == 2 else sides[0]

    def as_toml(self, value: Side) -> str:
        """See `Kind`."""
        return str(value) if isinstance(value, int) else f'"{value[0]}x{value[1]}"'


@dataclass(frozen=True, slots=True)
class Counts:
    """Whole numbers, in order; none at all is said by `none`."""

    metavar: str | None = "N,N,..."
    repeated = False

    def of_texts(self, texts: list[str]) -> tuple[int, ...]:
        """See `Kind`."""
        words = [] if texts[0] == "none" else texts[0].split(",")
        if not all(word.isdecimal() for word in words):
            raise ValueError(f"expected whole numbers as 64,32 or none, not {texts[0]!r}")
        return self.of_toml([int(word) for word in words])

    def of_toml(self, found: object) -> tuple[int, ...]:
        """See `Kind`."""
        if not isinstance(found, Sequence) or not all(
            type(one) is int and 1 <= one <= 65_536 for one in found
        ):
            raise ValueError(f"expected a list of whole numbers of 1 or more, not {found!r}")
        return tuple(found)

    def as_toml(self, value: tuple[int, ...]) -> str:
        """See `Kind`."""
        return f"[{', '.join(map(str, value))}]"
