"""The machine before and after each cell, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from .columns import figure
from .results import Cell, Conditions, Measured
from .summary import Row

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Kept:
    """How steady the machine was during one cell: over all its processes, first to last."""

    number: int
    """Of its row, from 1."""
    cell: Cell
    clock: str
    governors: str
    hottest: str
    load: str
    steal: str
    """Share of the machine's processor time that the hypervisor gave to others meanwhile."""
    throttled: str


def kept(rows: Sequence[Row]) -> list[Kept]:
    """One for each row that has a process, in their order."""
    return [_kept(n, row.measured) for n, row in enumerate(rows, 1) if row.measured.processes]


def _kept(number: int, one: Measured) -> Kept:
    before = [process.before for process in one.processes]
    after = [process.after for process in one.processes]

    def change(of: Callable[[Conditions], float | None], unit: str) -> str:
        first, last = of(before[0]), of(after[-1])
        if first is None or last is None:
            return UNKNOWN
        return f"{figure(first)} → {figure(last)}{unit}"

    names = sorted({name for moment in (*before, *after) for name in moment.governors})
    told = [moment.throttled for moment in (*before, *after) if moment.throttled is not None]
    return Kept(
        number=number,
        cell=one.cell,
        clock=change(lambda c: max(c.megahertz, default=None), " MHz"),
        governors=", ".join(names) or UNKNOWN,
        hottest=change(lambda c: max(c.celsius.values(), default=None), " °C"),
        load=change(lambda c: c.load_1min, ""),
        steal=_steal(zip(before, after, strict=True)),
        throttled=hex(reduce(or_, told)) if told else UNKNOWN,
    )


def _steal(pairs: Iterable[tuple[Conditions, Conditions]]) -> str:
    stolen = whole = 0.0
    for before, after in pairs:
        spent = [
            None if a is None or b is None else b - a
            for a, b in (
                (before.steal_s, after.steal_s),
                (before.busy_s, after.busy_s),
                (before.idle_s, after.idle_s),
            )
        ]
        if any(one is None for one in spent):
            return UNKNOWN
        stolen += spent[0] or 0.0
        whole += sum(one or 0.0 for one in spent)
    return f"{100 * stolen / whole:.1f} %" if whole else UNKNOWN
