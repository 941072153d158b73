"""A measurement, and a comparison of two, as GitHub Markdown for a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .columns import ALL, MEANING, NONE, figure
from .results import Results
from .summary import Interval, Row, fastest
from .words import details, faults, gaps, headline, machine, moment, subject

Word = Literal["faster", "slower", "level", "undecided"]
_WORST_FIRST: tuple[Word, ...] = ("slower", "undecided", "faster", "level")
_MARKS = {"slower": "🔴 slower", "faster": "🟢 faster", "level": "level", "undecided": "undecided"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of one cell in two measurements."""

    what: str
    """The cell, and which figure where several are compared."""
    ratio: Interval | None
    """B over A, so that more than 1 is slower; None where one of both is absent."""
    word: Word
    because: str = ""
    """For those that are undecided."""


def report_markdown(results: Results, ranked: Sequence[Row]) -> str:
    """The report of one measurement.

    Args:
        results: what was measured.
        ranked: `summary.rows` of it.
    """
    shown = [column for column in ALL if any(column.value(row) != NONE for row in ranked)]
    heads = ["cell", *(f"{column.head} {column.unit}".strip() for column in shown)]
    best = fastest(ranked)
    body = []
    for row in ranked:
        values = [code(str(row.cell)), *(prose(column.value(row)) for column in shown)]
        body.append([f"**{value}**" for value in values] if row is best else values)
    parts = [
        f"### {code(results.bundle)}, {moment(results.created)}",
        f"**{prose(headline(ranked))}**",
        " ".join(prose(sentence) for sentence in details(ranked, results.rate_hz)),
        _table(heads, ["---", *("---" if c.is_text else "---:" for c in shown)], body),
        f"<sub>{prose(MEANING)}</sub>",
        _list("With care", (f"{code(cell)}: {prose(why)}" for cell, why in faults(ranked))),
        _list(
            "Absent",
            (
                f"{prose(gap.what)}: {prose(gap.why)};"
                f" {code(gap.cure) if gap.is_command else prose(gap.cure)}"
                for gap in gaps(results, ranked)
            ),
        ),
        _list("Machine", map(prose, machine(results))),
        _list("Pictures", [prose(subject(results))]),
        _list("Notes", map(prose, results.notes)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def comparison_markdown(
    a: str, b: str, compared: Sequence[Compared], confidence: float = 0.95
) -> str:
    """The comparison of two measurements, what got slower first.

    Args:
        a: the name of the first; ratios are relative to it.
        b: of the second.
        compared: in any order.
        confidence: of the intervals, in (0, 1).
    """
    counts = {word: sum(one.word == word for one in compared) for word in _WORST_FIRST}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    ordered = sorted(compared, key=lambda one: _WORST_FIRST.index(one.word))
    body = [
        [
            code(one.what),
            f"{one.ratio.value:.3f}" if one.ratio else NONE,
            f"{one.ratio.low:.3f} to {one.ratio.high:.3f}" if one.ratio else NONE,
            f"{_MARKS[one.word]}{f' ({prose(one.because)})' if one.because else ''}",
        ]
        for one in ordered
    ]
    heads = ["", "ratio", f"{figure(100 * confidence)} % interval", ""]
    table = _table(heads, ["---", "---:", "---:", "---"], body)
    return (
        f"### {code(b)} against {code(a)}\n\n"
        f"**{told or 'Nothing to compare'}**; ratios are the second over the first\n\n"
        f"{table if body else ''}".rstrip()
        + "\n"
    )


def code(text: str) -> str:
    """Text of others as it is: no link, no mention, no end of the table's cell."""
    inner = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", inner)), default=0))
    pad = " " if inner.startswith("`") or inner.endswith("`") or not inner else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def prose(text: str) -> str:
    """A sentence in which only its words mean something."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~!])", r"\\\1", " ".join(text.split()))
    return escaped.replace("@", "@<!-- -->").replace("://", ":<!-- -->//")


def _table(heads: Sequence[str], rule: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rule, *body))


def _list(head: str, items: Iterable[str]) -> str:
    lines = "\n".join(f"- {item}" for item in items)
    return f"**{head}**\n\n{lines}" if lines else ""
