"""Findings of the data checks for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .findings import Alike, Findings, Skipped

NAMED = 5
"""So many pictures are named where a sentence has to do; skipped.csv has them all."""
SHOWN = 20
"""Entries of each list in the text; the JSON has more."""


def leak_sentence(findings: Findings) -> str:
    """What leaks between given splits, in one sentence without a full stop.

    Args:
        findings: with a leak or a divided group.
    """
    parts = []
    if findings.leaks:
        first = findings.leaks[0]
        pairs = sorted({" and ".join(sorted(one.splits)) for one in findings.leaks})
        parts.append(
            f"{_count(len(findings.leaks), 'pair')} of the same photograph in {', '.join(pairs)},"
            f" as {first.paths[0]} and {first.paths[1]} ({first.kind})"
        )
    if findings.divided:
        group = findings.divided[0]
        parts.append(
            f"{_count(len(findings.divided), 'group')} in several splits, as {group.group} in"
            f" {' and '.join(group.splits)}"
        )
    return "the splits leak: " + "; ".join(parts)


def notes_of(findings: Findings, contradictory: int) -> list[str]:
    """Sentences for the person who trains.

    Args:
        findings: of the checks.
        contradictory: pictures left out because a copy has another label.
    """
    notes = []
    skipped = findings.unreadable
    if skipped:
        notes.append(f"{_count(len(skipped), 'picture')} skipped: {_names(skipped)}")
    if findings.unsure:
        notes.append(
            f"{_count(len(findings.unsure), 'annotated picture')} left out, the boxes leave the"
            f" label open: {_names(findings.unsure)}"
        )
    if contradictory:
        notes.append(f"{_count(contradictory, 'copy', 'copies')} under two labels left out")
    if findings.leaks or findings.divided:
        notes.append(f"{leak_sentence(findings)}; training all the same, as asked")
    doubtful = [one for one in findings.conflicts if one.kind != "copy"]
    if doubtful:
        notes.append(
            f"{_count(len(doubtful), 'near-duplicate')} under two labels, kept:"
            f" {doubtful[0].paths[0]} and {doubtful[0].paths[1]}{_more(doubtful, 1)}"
        )
    if findings.near:
        notes.append(
            f"{_count(len(findings.near), 'pair')} of near-duplicates, kept together where splits"
            " are drawn"
        )
    return [*notes, *findings.warnings]


def findings_text(findings: Findings) -> str:
    """The findings as a page of plain text."""
    return "\n".join(_lines(findings)) + "\n"


def _lines(findings: Findings) -> Iterator[str]:
    yield from _table(findings)
    sizes = findings.sizes
    yield ""
    yield (
        f"sizes        {_wh(sizes.smallest_wh)} to {_wh(sizes.largest_wh)}, median"
        f" {_wh(sizes.median_wh)}, {sizes.distinct} different"
    )
    yield f"groups       {findings.groups} named"
    for name, count in (
        ("unreadable", len(findings.unreadable)),
        ("label open", len(findings.unsure)),
        ("copies", sum(one.kind == "copy" for one in findings.alike)),
        ("near-dupl.", len(findings.near)),
        ("conflicts", len(findings.conflicts)),
        ("leaks", len(findings.leaks)),
        ("split groups", len(findings.divided)),
    ):
        yield f"{name:12} {count}"
    for warning in findings.warnings:
        yield f"warning: {warning}"
    yield from _section(
        "leaks: the same photograph in two splits", [_pair(one) for one in findings.leaks]
    )
    yield from _section(
        "groups in several splits",
        [
            f"{one.group}: {one.pictures} pictures in {', '.join(one.splits)}"
            for one in findings.divided
        ],
    )
    yield from _section(
        "conflicts: the same photograph under two labels",
        [_pair(one) for one in findings.conflicts if not one.leaks],
    )
    yield from _section(
        "alike within a split",
        [_pair(one) for one in findings.alike if not one.leaks and not one.conflicts],
    )
    for title, skipped in (
        ("unreadable", findings.unreadable),
        ("label left open by the boxes", findings.unsure),
    ):
        yield from _section(title, [f"{one.path}: {one.reason}" for one in skipped])


def _table(findings: Findings) -> Iterator[str]:
    labels = sorted({label for row in findings.counts.values() for label in row})
    width = max(len(label) for label in labels) + 2
    yield f"{'pictures':12}" + "".join(f"{label:>{width}}" for label in labels)
    for split, row in findings.counts.items():
        yield f"{split:12}" + "".join(f"{row.get(label, 0):>{width}}" for label in labels)


def _section(title: str, entries: Sequence[str]) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield f"{title} ({len(entries)})"
    for entry in entries[:SHOWN]:
        yield f"  {entry}"
    if len(entries) > SHOWN:
        yield f"  ... and {len(entries) - SHOWN} more"


def _pair(one: Alike) -> str:
    ends = [
        f"{path} [{split}, {label}]"
        for path, split, label in zip(one.paths, one.splits, one.labels, strict=True)
    ]
    return f"{one.kind}: {ends[0]} = {ends[1]}"


def _names(skipped: Sequence[Skipped]) -> str:
    paths: list[Path] = [one.path for one in skipped[:NAMED]]
    return ", ".join(map(str, paths)) + _more(skipped, NAMED)


def _more(entries: Sequence[object], named: int) -> str:
    return ", ..." if len(entries) > named else ""


def _wh(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"
