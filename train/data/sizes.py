"""The sizes of pictures: too small, oddly shaped, or other for one class than for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.usable import SMALLEST_SIDE
from .splits import Candidate

SMALL_SIDE = 64
"""Pixels: a shorter side below that shows too little of a truck that covers 2 % of the picture:
9 x 9 pixels."""
ODD_ASPECT = 3.0
"""Longer side over shorter from which on stretching to a square makes another thing of a truck."""
MIXED = 2.0
"""Ratio, between two classes, of the median pixels or aspect from which on a network may learn the
size instead of the truck."""
LISTED = 20
"""Paths in the JSON."""

_Sides = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Width and height of the pictures, in pixels."""

    smallest_wh: _Sides
    """Of the picture with the fewest pixels."""
    median_wh: _Sides
    """Median width and median height."""
    largest_wh: _Sides
    distinct: int
    """How many different sizes there are."""
    unjudged: tuple[Path, ...]
    """Of which the runtime says `wrong_shape`."""
    too_small: tuple[Path, ...]
    odd: tuple[Path, ...]
    median_wh_by_label: dict[str, _Sides]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences."""
        found = []
        if self.unjudged:
            found.append(
                f"{len(self.unjudged)} with a side of less than {SMALLEST_SIDE} pixels, as"
                f" {self.unjudged[0]}: the runtime will not judge such pictures (wrong_shape);"
                " scale them up before training"
            )
        if self.too_small:
            found.append(
                f"{len(self.too_small)} with a side of less than {SMALL_SIDE} pixels, as"
                f" {self.too_small[0]}"
            )
        if self.odd:
            found.append(
                f"{len(self.odd)} with a side {ODD_ASPECT:g} times the other or more, as"
                f" {self.odd[0]}"
            )
        for name, of in (("pixels", _pixels), ("aspect", _aspect)):
            values = {label: of(side) for label, side in self.median_wh_by_label.items()}
            most, least = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
            if values[most] >= MIXED * values[least]:
                sides = self.median_wh_by_label
                found.append(
                    f"the classes differ in {name}: {most} has a median of"
                    f" {sides[most][0]} x {sides[most][1]}, {least} of"
                    f" {sides[least][0]} x {sides[least][1]}; a network can learn that instead"
                )
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        """For reports."""
        return {
            "smallest_wh": list(self.smallest_wh),
            "median_wh": list(self.median_wh),
            "largest_wh": list(self.largest_wh),
            "distinct": self.distinct,
            "median_wh_by_label": {k: list(v) for k, v in self.median_wh_by_label.items()},
            "unjudged": [str(path) for path in self.unjudged[:LISTED]],
            "unjudged_count": len(self.unjudged),
            "too_small": [str(path) for path in self.too_small[:LISTED]],
            "too_small_count": len(self.too_small),
            "odd": [str(path) for path in self.odd[:LISTED]],
            "odd_count": len(self.odd),
        }


def measure_sizes(candidates: Sequence[Candidate]) -> Sizes:
    """The sizes of at least one picture."""
    by_label: dict[str, list[_Sides]] = {}
    for one in candidates:
        by_label.setdefault(one.label, []).append(one.size_wh)
    every = [one.size_wh for one in candidates]
    return Sizes(
        smallest_wh=min(every, key=_pixels),
        median_wh=_median(every),
        largest_wh=max(every, key=_pixels),
        distinct=len(set(every)),
        unjudged=tuple(one.path for one in candidates if min(one.size_wh) < SMALLEST_SIDE),
        too_small=tuple(one.path for one in candidates if min(one.size_wh) < SMALL_SIDE),
        odd=tuple(
            one.path for one in candidates if max(one.size_wh) >= ODD_ASPECT * min(one.size_wh)
        ),
        median_wh_by_label={label: _median(sizes) for label, sizes in sorted(by_label.items())},
    )


def _median(sizes: Sequence[_Sides]) -> _Sides:
    width, height = np.median(np.array(sizes), axis=0)
    return int(width), int(height)


def _pixels(size_wh: _Sides) -> float:
    return size_wh[0] * size_wh[1]


def _aspect(size_wh: _Sides) -> float:
    return size_wh[0] / size_wh[1]
