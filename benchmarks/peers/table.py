"""A contest as tables, once as data, shown on a terminal or written as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..paired import Ratio
from .outcome import COLUMNS, LEAST_FOR_P99, P99, WARM_UP, Column, Contestant, Outcome

_BUSY = 1.0
"""Load average before a contest from which on its durations are not to be reported."""
_BUSY_NOTE = "others used the machine: repeat it on a quiet one before any duration is told"
_WIDTH = 200
"""Columns of characters where the output is no terminal."""

Lead = Literal["ours", "theirs", "level"]
"""Level: the interval of the ratio holds 1."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One table."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    firsts: frozenset[tuple[int, int]] = frozenset()
    """Row and column of cells to stress."""


def grids(outcome: Outcome) -> list[Grid]:
    """What was measured, who is first, how far each peer is from ours, who did not take part."""
    made = [values(outcome), leads(outcome), ratios(outcome), scores(outcome)]
    if outcome.absent:
        rows = tuple((one.what, one.why, one.cure or "-") for one in outcome.absent)
        made.append(Grid("Did not take part", ("contestant", "why", "what brings it"), rows))
    return made


def values(outcome: Outcome) -> Grid:
    """One line a contestant; the best of each column is stressed."""
    rows, firsts = [], set()
    for contestant in outcome.contestants:
        cells = (_number(outcome.value(contestant.name, column), column) for column in COLUMNS)
        rows.append((contestant.name, contestant.file, *cells))
    for place, column in enumerate(COLUMNS):
        first = _first(outcome, column)
        firsts |= {
            (row, place + 2) for row, one in enumerate(outcome.contestants) if one.name == first
        }
    titles = tuple(column.title for column in COLUMNS)
    return Grid(
        "Medians over rounds", ("contestant", "file", *titles), tuple(rows), frozenset(firsts)
    )


def leads(outcome: Outcome) -> Grid:
    """For each column our best and the best peer, and how many times better ours is."""
    rows = []
    for column in COLUMNS:
        ours, theirs = outcome.best(column, True), outcome.best(column, False)
        if ours is None or theirs is None:
            continue
        times = outcome.times_better(ours, theirs, column)
        how = _times(times) if times else f"{_plain(outcome, ours, theirs, column):.2f}"
        rows.append((column.title, ours, theirs, how, lead(outcome, column)))
    header = ("column", "our best", "best peer", "times better (95 %)", "first")
    return Grid("Who is first", header, tuple(rows))


def lead(outcome: Outcome, column: Column) -> Lead:
    """Whose best is better; both sides must have a value."""
    ours, theirs = outcome.best(column, True), outcome.best(column, False)
    assert ours is not None and theirs is not None
    times = outcome.times_better(ours, theirs, column)
    if times:
        return "ours" if times.low > 1 else "theirs" if times.high < 1 else "level"
    plain = _plain(outcome, ours, theirs, column)
    return "ours" if plain > 1 else "theirs" if plain < 1 else "level"


def ratios(outcome: Outcome) -> Grid:
    """How many times better each of ours is than each peer with the same file.

    A peer whose file none of ours reads is compared with our first.
    """
    columns = [column for column in COLUMNS if column.of_trial]
    rows = []
    for peer in (one for one in outcome.contestants if not one.ours):
        for own in _rivals(outcome, peer):
            cells = (outcome.times_better(own.name, peer.name, column) for column in columns)
            rows.append((own.name, peer.name, *(_times(one) if one else "-" for one in cells)))
    titles = tuple(column.title for column in columns)
    return Grid("Times better, round by round (95 %)", ("ours", "than", *titles), tuple(rows))


def scores(outcome: Outcome) -> Grid:
    """How far the probabilities of those with the same file are from ours."""
    rows = tuple(
        (one.name, one.file, _difference(one.difference), _difference(one.difference_resized))
        for one in outcome.contestants
    )
    header = ("contestant", "file", "nothing to resize", "pictures of the contest")
    return Grid("Largest difference of a probability from ours by the same file", header, rows)


def remarks(outcome: Outcome) -> list[str]:
    """What one has to know to read the tables."""
    rounds = max((trial.round + 1 for trial in outcome.trials), default=0)
    return [
        f"{outcome.machine}; {outcome.threads} threads; load before {outcome.load_1min:.1f};"
        f" {outcome.created}",
        f"{outcome.pictures}; {rounds} rounds, each contestant a fresh process in each; latencies"
        f" without the first {WARM_UP} of a process, p99 from {LEAST_FOR_P99} on",
        "cold start: start of the process to its first decision; install: the packages that the"
        " contestant needs and the model file, without Python itself and compiled Python",
        "trucksight run decides on several pictures at the same time, each by one thread: more"
        " frames a second, each later",
        "no interval for p99 and install: they have no value a round",
        *([_BUSY_NOTE] if outcome.load_1min > _BUSY else []),
        *outcome.notes,
    ]


def as_markdown(outcome: Outcome) -> str:
    """All tables, and what one has to know."""
    parts = ["\n".join(f"- {line}" for line in remarks(outcome))]
    for grid in grids(outcome):
        lines = [grid.header, tuple("---" for _ in grid.header)]
        for row, cells in enumerate(grid.rows):
            marked = (
                f"**{cell}**" if (row, place) in grid.firsts else cell
                for place, cell in enumerate(cells)
            )
            lines.append(tuple(marked))
        body = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        parts.append(f"### {grid.title}\n\n{body}")
    return "\n\n".join(parts) + "\n"


def show(outcome: Outcome) -> None:
    """Print all tables."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for grid in grids(outcome):
        table = Table(title=grid.title, title_justify="left")
        for place, title in enumerate(grid.header):
            table.add_column(title, justify="left" if place < 2 else "right")
        for row, cells in enumerate(grid.rows):
            table.add_row(
                *(
                    Text(cell, style="bold green" if (row, place) in grid.firsts else "")
                    for place, cell in enumerate(cells)
                )
            )
        console.print(table)
    for line in remarks(outcome):
        console.print(Text(f"- {line}"))


def _first(outcome: Outcome, column: Column) -> str | None:
    found = [outcome.best(column, ours) for ours in (True, False)]
    measured = {
        name: value for name in found if name and (value := outcome.value(name, column)) is not None
    }
    if not measured:
        return None
    return (max if column.more_is_better else min)(measured, key=measured.__getitem__)


def _rivals(outcome: Outcome, peer: Contestant) -> list[Contestant]:
    ours = [one for one in outcome.contestants if one.ours]
    return [one for one in ours if one.file == peer.file] or ours[:1]


def _plain(outcome: Outcome, ours: str, theirs: str, column: Column) -> float:
    """The ratio of two values of a column that has none a round; costs all of them."""
    mine, other = outcome.value(ours, column), outcome.value(theirs, column)
    assert mine is not None and other is not None
    return other / mine


def _number(value: float | None, column: Column) -> str:
    if value is None:
        return "too few" if column is P99 else "-"
    return f"{value:.{column.digits}f}"


def _times(times: Ratio) -> str:
    return f"{times.median:.2f} ({times.low:.2f} to {times.high:.2f})"


def _difference(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
