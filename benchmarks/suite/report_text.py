"""A measurement for a terminal, or for a file without a single special character."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ...runtime.extras import require
from .columns import ALL, BY_WORTH, MEANING, NONE, Column
from .results import Results
from .summary import Row, fastest
from .words import details, faults, gaps, headline, machine, moment, subject

LEAST_COLUMNS = 40


def report_text(
    results: Results, ranked: Sequence[Row], width: int = 80, styled: bool = False
) -> str:
    """The report as lines; no line of the table is wider than `width`.

    Args:
        results: what was measured.
        ranked: `summary.rows` of it.
        width: characters; columns that have no room are left out and named.
        styled: bold and colours for a terminal; else plain text.

    Raises:
        MissingExtra: rich is not installed.
    """
    require(["rich"], "bench", "a table in the terminal")
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, LEAST_COLUMNS),
        force_terminal=styled,
        no_color=not styled,
        color_system="standard" if styled else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )

    def say(text: str, style: str = "", indent: int = 0) -> None:
        console.print(Padding(Text(printable(text), style), (0, 0, 0, indent)))

    def part(head: str, lines: Sequence[tuple[str, str]]) -> None:
        if lines:
            say("")
            say(head, "bold")
        for first, command in lines:
            say(first, indent=2)
            if command:  # in one piece, to be copied
                console.print(Text(f"      {printable(command)}", "cyan"), soft_wrap=True)

    say(f"{results.bundle}, {moment(results.created)}", "bold")
    say(headline(ranked), "bold green" if fastest(ranked) else "bold red")
    for sentence in details(ranked, results.rate_hz):
        say(sentence)
    say("")
    kept = chosen(ranked, console.width)
    console.print(_table(ranked, kept, styled))
    left_out = ", ".join(column.head for column in BY_WORTH if column not in kept)
    say(f"{MEANING}{f'; no room for: {left_out}' if left_out else ''}", "dim")
    part("With care", [(f"{cell}: {why}", "") for cell, why in faults(ranked)])
    part(
        "Absent",
        [
            (f"{gap.what}: {gap.why}", gap.cure)
            if gap.is_command
            else (f"{gap.what}: {gap.why} ({gap.cure})", "")
            for gap in gaps(results, ranked)
        ],
    )
    part("Machine", [(line, "") for line in machine(results)])
    part("Pictures", [(subject(results), "")])
    part("Notes", [(note, "") for note in results.notes])
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def chosen(ranked: Sequence[Row], width: int) -> list[Column]:
    """The columns of most worth that have room besides the cell."""
    room = width - sum(_cell_widths(ranked))
    kept = []
    for column in BY_WORTH:
        needed = 2 + max([len(_head(column)), *(len(column.value(row)) for row in ranked)])
        if needed <= room:
            room -= needed
            kept.append(column)
    return [column for column in ALL if column in kept]


def printable(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours."""
    return "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))


def _table(ranked: Sequence[Row], kept: Sequence[Column], styled: bool) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        collapse_padding=True,
        header_style="bold" if styled else "",
    )
    names = _cells(ranked)
    for head, align, width in zip(
        ("variant", "engine", "threads"),
        ("left", "left", "right"),
        _cell_widths(ranked),
        strict=True,
    ):
        table.add_column(head[: width - 2], justify=align, no_wrap=True)  # type: ignore[arg-type]
    for column in kept:
        table.add_column(
            Text(_head(column)), justify="left" if column.is_text else "right", no_wrap=True
        )
    for row, cell in zip(ranked, names, strict=True):
        values = [*cell, *(column.value(row) for column in kept)]
        table.add_row(
            *(Text(printable(value) or NONE) for value in values),
            style="dim" if row.invalid else "",
        )
    return table


def _head(column: Column) -> str:
    return f"{column.head} {column.unit}".strip()


def _cells(ranked: Sequence[Row]) -> list[tuple[str, str, str]]:
    return [
        (printable(row.cell.variant), row.cell.backend, str(row.cell.threads)) for row in ranked
    ]


def _cell_widths(ranked: Sequence[Row]) -> list[int]:
    """Of the three columns that name a cell, with the space after them."""
    heads = ("variant", "engine", "thr")
    return [
        2 + max(len(one) for one in column) for column in zip(heads, *_cells(ranked), strict=True)
    ]
