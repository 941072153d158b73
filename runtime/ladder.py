"""What a detector gives up, step by step, when it gets too slow or too hot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .errors import UsageError

LEAST_RATE = 0.2
"""Decisions per second: one in five seconds still meets a truck that waits."""
_SIDE_PX = (32, 16384)
"""Of a picture: what the smallest and the largest side of a capture size may be."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a ladder's steps change; None leaves it as the source or the bundle has it."""

    rate: float | None = None
    """Decisions per second of the source's time; None decides on every frame."""
    size_wh: tuple[int, int] | None = None
    """Capture size, pixels; None is the source's own."""
    variant: str | None = None
    """Name of a variant; None is the bundle's first that runs."""

    def text(self, name: str) -> str:
        """One setting as a ladder spells it: `rate=5`, `size=640x360`, `variant=tflite-int8`.

        Args:
            name: rate, size or variant.
        """
        if name == "rate":
            return "rate=all" if self.rate is None else f"rate={self.rate:g}"
        if name == "size":
            width, height = self.size_wh or (0, 0)
            return f"size={width}x{height}" if self.size_wh else "size=the source's own"
        return f"variant={self.variant or 'the first that runs'}"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Level by level: 0 is the start, every further level is one step cheaper."""

    levels: tuple[Level, ...]
    """Of each level, all steps up to it applied; at least two."""
    names: tuple[str, ...]
    """What the step to level 1, 2 and so on changes: rate, size or variant."""

    @property
    def last(self) -> int:
        """The number of the cheapest level."""
        return len(self.names)

    def does(self, level_from: int, level_to: int) -> str:
        """What one step between neighbouring levels does, in the ladder's spelling."""
        return self.levels[level_to].text(self.names[max(level_from, level_to) - 1])

    @classmethod
    def parse(cls, steps: Sequence[str], start: Level | None = None) -> Ladder:
        """The ladder that texts as `rate=5`, `size=640x360`, `variant=tflite-int8` declare.

        Whether a variant exists, and whether the camera has a size, is for the caller to check; see
        `not_smaller`.

        Args:
            steps: in the order in which they are taken; one or more.
            start: what is in effect before the first step.

        Raises:
            UsageError: a step that is not understood, or does not go down from the one before it
                of the same name.
        """
        if not steps:
            raise UsageError("a ladder needs one step or more, as in rate=5")
        levels, names = [start or Level()], []
        for text in steps:
            name, _, value = text.partition("=")
            if name not in _STEPS:
                raise UsageError(f"ladder step {text!r}: expected {_SPELLINGS}")
            levels.append(_STEPS[name](text, value, levels))
            names.append(name)
        return cls(tuple(levels), tuple(names))


def not_smaller(steps: Sequence[str], own_wh: tuple[int, int]) -> list[str]:
    """Those of a ladder's steps that lead to no smaller picture than a source gives without them.

    Args:
        steps: as `Ladder.parse` takes them.
        own_wh: width and height of the source's pictures, pixels.
    """
    sizes = {text: _size_wh(text.partition("=")[2]) for text in steps if text.startswith("size=")}
    return [text for text, size_wh in sizes.items() if not _is_smaller(size_wh, own_wh)]


def _rate(text: str, value: str, levels: Sequence[Level]) -> Level:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not LEAST_RATE <= rate < float("inf"):
        raise UsageError(
            f"ladder step {text!r}: expected decisions per second, {LEAST_RATE:g} or more"
        )
    before = levels[-1].rate
    if before is not None and rate >= before:
        raise UsageError(f"ladder step {text!r}: expected less than {before:g} before it")
    return replace(levels[-1], rate=rate)


def _size(text: str, value: str, levels: Sequence[Level]) -> Level:
    size_wh = _size_wh(value)
    least, most = _SIDE_PX
    if not least <= min(size_wh) <= max(size_wh) <= most:
        raise UsageError(
            f"ladder step {text!r}: expected width and height of {least} to {most} pixels,"
            " as in size=640x360"
        )
    before = levels[-1].size_wh
    if before and not _is_smaller(size_wh, before):
        raise UsageError(
            f"ladder step {text!r}: expected a smaller picture than {before[0]}x{before[1]}"
            " before it"
        )
    return replace(levels[-1], size_wh=size_wh)


def _size_wh(value: str) -> tuple[int, int]:
    """Width and height; 0 and 0 where they are not understood."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value, re.ASCII)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _is_smaller(size_wh: tuple[int, int], than_wh: tuple[int, int]) -> bool:
    """Whether one side is shorter and the other no longer."""
    return size_wh != than_wh and size_wh[0] <= than_wh[0] and size_wh[1] <= than_wh[1]


def _variant(text: str, value: str, levels: Sequence[Level]) -> Level:
    if not value:
        raise UsageError(f"ladder step {text!r}: expected the name of a variant")
    if value in {level.variant for level in levels}:
        raise UsageError(f"ladder step {text!r}: {value} is in use before it already")
    return replace(levels[-1], variant=value)


_STEPS = {"rate": _rate, "size": _size, "variant": _variant}
_SPELLINGS = "rate=5, size=640x360 or variant=NAME"
