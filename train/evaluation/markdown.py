"""The parts of a report for people that are made from `Assessment.as_json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
LISTED = 12
"""Mistakes that the report names; report.json has more."""


def conclusion_lines(document: Document) -> list[str]:
    """A line for each conclusion, warnings first, as text."""
    return [
        ("WARNING: " if one["kind"] == "warning" else "")
        + one["text"]
        + (f". Advice: {one['advice']}." if one["advice"] else ".")
        for one in document.get("conclusions", ())
    ]


def assessment_sections(document: Document, mistakes: str | None) -> list[str]:
    """Markdown lines: conclusions, figures, labels, slices, mistakes.

    Args:
        document: what `Assessment.as_json` gave.
        mistakes: where the sheet of mistakes lies, below the report; None: there is none.
    """
    found = document["figures"]
    positive = "the positive class" if len(document["per_class"]) == 2 else "it against the rest"
    return [
        "## What it comes to",
        "",
        *(_bulleted(line) for line in conclusion_lines(document)),
        "",
        "## Figures",
        "",
        f"{found['n']} pictures, {found['n_positive']} of them of the positive class,"
        f" {found['groups']} independent groups. Intervals: {found['confidence']:.0%},"
        f" {found['replicates']} replicates; {found['resampling']}. Precision, recall,"
        f" specificity, F1 and the areas are of {positive}.",
        "",
        *_table(["figure", "value", "interval"], _figures(found["values"])),
        "",
        "### By label",
        "",
        *_table(
            ["label", "pictures", "precision", "recall", "F1"],
            [
                [one["label"], str(one["n"]), *(_figure(one[name]) for name in _OF_LABEL)]
                for one in document["per_class"]
            ],
        ),
        "",
        *_slices(document["slices"]),
        *_mistakes(document["mistakes"], mistakes),
    ]


_OF_LABEL = ("precision", "recall", "f1")
_OF_SLICE = ("accuracy", "recall", "specificity", "roc_auc")


def _figures(values: Document) -> list[list[str]]:
    return [
        [
            name,
            _number(one["value"]),
            "-" if one["low"] is None else f"{one['low']:.4f} to {one['high']:.4f}",
        ]
        for name, one in values.items()
    ]


def _slices(parts: Sequence[Document]) -> list[str]:
    if not parts:
        return []
    rows = [
        [
            one["key"],
            one["name"],
            f"{one['n']} ({one['n_positive']})",
            *(_figure(one[name]) for name in _OF_SLICE),
            one["verdict"],
        ]
        for one in parts
    ]
    return [
        "### By source, light and size of the truck",
        "",
        *_table(["", "", "pictures (positive)", *_OF_SLICE, "than the rest"], rows),
        "",
        "Light is the mean luminance of the picture. Worse and better are said only where the"
        " difference to the rest, corrected for the number of slices, leaves chance out.",
        "",
    ]


def _mistakes(mistakes: Sequence[Document], sheet: str | None) -> list[str]:
    if not mistakes:
        return []
    rows = [
        [one["truth"], one["answer"], f"{one['score']:.4f}", "/".join(Path(one["path"]).parts[-3:])]
        for one in mistakes[:LISTED]
    ]
    return [
        "### The surest mistakes",
        "",
        *_table(["label", "answer", "score", "file"], rows),
        "",
        *([f"![The surest mistakes]({sheet})", ""] if sheet else []),
    ]


def _bulleted(line: str) -> str:
    return "- " + line.replace("WARNING: ", "**Warning:** ", 1)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]


def _figure(one: Document) -> str:
    if one["value"] is None:
        return "-"
    if one["low"] is None:
        return f"{one['value']:.3f}"
    return f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
