"""Two stored results side by side: how far apart, without a verdict.

They were measured at two times, so what the machine did in between is part of every difference. A
verdict needs both measured in turn, see `compare`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from trucksight.runtime.errors import UsageError

from .board import clocked_alike, comparable
from .latency import Spread, latency_of
from .results import Cell, Measured, Results

ADVICE = (
    "measured at two times: for a verdict measure in turn, trucksight bench compare BUNDLE BUNDLE"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of both."""

    cell: Cell
    a_ms: float
    b_ms: float
    """Medians, end to end, back to back."""
    low: float
    high: float
    """Of B over A: the smallest and the largest ratio of the medians of two of their processes."""

    @property
    def ratio(self) -> float:
        """B over A."""
        return self.b_ms / self.a_ms


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What both measured, and what makes them differ."""

    pairs: list[Pair]
    notes: list[str]

    def as_text(self) -> str:
        """For a terminal."""
        width = max(len(str(one.cell)) for one in self.pairs)
        lines = [
            f"{one.cell!s:<{width}}  {one.a_ms:8.2f} ms  {one.b_ms:8.2f} ms  {one.ratio:.3f} times"
            f" (processes {one.low:.3f} to {one.high:.3f})"
            for one in self.pairs
        ]
        return "\n".join([*lines, *self.notes])


def side_by_side(a: Results, b: Results, other_machine: bool = False) -> SideBySide:
    """Put the valid cells that both measured beside each other.

    Args:
        a: the first.
        b: the second; ratios are of its times over those of the first.
        other_machine: whether two machines may differ.

    Raises:
        UsageError: they are of different machines, or of other pictures, or share no valid cell.
    """
    differences = comparable(a.board, b.board)
    refused = [*differences.refused, *_governors(a, b)]
    if refused and not other_machine:
        raise UsageError(
            f"these are of two machines ({'; '.join(refused)}); a difference would be theirs: add"
            " --other-machine to see it all the same"
        )
    if a.pictures.sha256 != b.pictures.sha256:
        raise UsageError(
            f"these are results of other pictures: {a.pictures.count} of {a.pictures.source}, seed"
            f" {a.pictures.seed}, and {b.pictures.count} of {b.pictures.source}, seed"
            f" {b.pictures.seed}; measure both with the same"
        )
    theirs = {one.cell: one for one in b.measured if not one.invalid}
    pairs = [
        _pair(one, theirs[one.cell])
        for one in a.measured
        if not one.invalid and one.cell in theirs and _has_times(one, theirs[one.cell])
    ]
    if not pairs:
        raise UsageError("these results share no cell that is valid in both")
    left_out = sorted(
        {str(one.cell) for one in (*a.measured, *b.measured)} - {str(one.cell) for one in pairs}
    )
    notes = [f"not in both, or invalid: {cell}" for cell in left_out]
    notes += [f"differs: {one}" for one in (*refused, *differences.noted)]
    return SideBySide(pairs, [*notes, ADVICE])


def _pair(a: Measured, b: Measured) -> Pair:
    of_a, of_b = _spread(a), _spread(b)
    assert of_a and of_b
    return Pair(
        cell=a.cell,
        a_ms=median(of_a.medians_ms),
        b_ms=median(of_b.medians_ms),
        low=min(of_b.medians_ms) / max(of_a.medians_ms),
        high=max(of_b.medians_ms) / min(of_a.medians_ms),
    )


def _has_times(*several: Measured) -> bool:
    return all(_spread(one) for one in several)


def _spread(measured: Measured) -> Spread | None:
    latency = latency_of(measured, "back-to-back")
    return latency.spread if latency else None


def _governors(a: Results, b: Results) -> list[str]:
    first, second = (next((p for m in one.measured for p in m.processes), None) for one in (a, b))
    return clocked_alike(first.before, second.before) if first and second else []
