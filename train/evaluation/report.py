"""The report of a run for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .markdown import assessment_sections

MISTAKES = "plots/mistakes.jpg"
ROWS = ("n", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "roc_auc", "threshold")


def report_markdown(info: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """report.md, from what run.json and report.json hold."""
    held, half, select = report["holdout"], report["holdout_at_half"], report["select"]
    table = [
        f"| {name} | {_number(held[name])} | {_number(half[name])} | {_number(select[name])} |"
        for name in ROWS
    ]
    warnings = [f"**{report['collapsed']}**\n"] if report["collapsed"] else []
    if report["interrupted"]:
        warnings.append("**Interrupted: these are the best weights up to then.**\n")
    architecture = info["architecture"]
    width = f", width {architecture['width']}" if architecture["width"] else ""
    return "\n".join(
        [
            f"# {info['name']}",
            "",
            f"{architecture['name']}{width}, {info['parameters']:,} parameters,"
            f" {info['input']['width']}x{info['input']['height']} pixels, seed {info['seed']};"
            f" {info['epochs']} epochs in {info['times']['trained_s']:.0f} s.",
            "",
            *warnings,
            f"Positive class: **{report['positive']}**. The holdout took no part in any choice;"
            " epoch and threshold were chosen on select, whose own numbers are therefore"
            " optimistic.",
            "",
            "| | holdout | holdout at 0.5 | select |",
            "|---|---|---|---|",
            *table,
            "",
            f"95 % interval of the holdout accuracy (Wilson, as if every picture were independent):"
            f" {held['accuracy_low']:.3f} to"
            f" {held['accuracy_high']:.3f}.",
            "",
            *assessment_sections(report, MISTAKES if report["mistakes"] else None),
            "## Pictures",
            "",
            *_counts(info["data"]["counts"], report["labels"]),
            "",
            *(f"- {note}" for note in report["notes"]),
            "",
            "## Plots",
            "",
            *(
                f"![{title}](plots/{file}.png)\n"
                for file, title in (
                    ("confusion", "Confusion matrix of the holdout"),
                    ("roc", "ROC curve of the holdout"),
                    ("precision-recall", "Precision and recall on the holdout"),
                    ("learning", "Learning curves"),
                    ("scores", "Scores and reliability on the holdout"),
                    *([("slices", "Slices of the holdout")] if report["slices"] else []),
                )
            ),
        ]
    )


def _counts(counts: Mapping[str, Mapping[str, int]], labels: list[str]) -> list[str]:
    return [
        f"| split | {' | '.join(labels)} |",
        f"|---|{'---|' * len(labels)}",
        *(
            f"| {split} | {' | '.join(str(row.get(label, 0)) for label in labels)} |"
            for split, row in counts.items()
        ),
    ]


def _number(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
