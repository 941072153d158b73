"""The rows of a plan as a picture: what they come to against what they cost."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ...runtime.files import write_atomically
from .outcome import Line, Outcome

LOOKS = {
    "scratch": ("#8a8f94", "o"),
    "extract": ("#2a6f97", "s"),
    "fine-tune": ("#d9772b", "^"),
    "two-stage": ("#5b8c5a", "D"),
    "gradual": ("#a23b72", "v"),
    "discriminative": ("#3d3d3d", "P"),
}
"""Colour and marker of a strategy."""
APART = 1.22
"""Between strategies of one model, which cost the same."""


def draw_outcome(outcome: Outcome, file: Path) -> None:
    """Write a PNG; the numbers in it are the rows of the table.

    Args:
        outcome: of a plan; at least one row trained.
        file: replaced where it exists.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 5.6), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    shown = [
        (number, line)
        for number, line in enumerate(outcome.lines, 1)
        if line.cost and line.learnt and line.learnt.roc_auc.value is not None
    ]
    axes.axhline(0.5, color="#8a8f94", linewidth=1, linestyle=":")
    named = set()
    for number, line in shown:
        label = None if line.strategy in named else line.strategy
        named.add(line.strategy)
        _point(axes, number, line, _place(line, outcome.lines), label)
    axes.set_xscale("log")
    axes.set_xlabel("million multiply-adds a picture; numbers are rows of the table")
    axes.set_ylabel("ROC AUC on held-out photographs, 95 % interval")
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    figure.legend(loc="outside right upper", frameon=False, title="strategy")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    write_atomically(file, drawn.getvalue())


def _place(line: Line, lines: tuple[Line, ...]) -> float:
    """Million multiply-adds, moved aside for others that cost the same."""
    assert line.cost
    same = [
        other.name
        for other in lines
        if other.cost and other.cost.multiply_adds == line.cost.multiply_adds
    ]
    aside = same.index(line.name) - (len(same) - 1) / 2
    return float(line.cost.multiply_adds / 1e6 * APART**aside)


def _point(axes: Any, number: int, line: Line, place: float, label: str | None) -> None:
    assert line.learnt
    color, marker = LOOKS.get(line.strategy, LOOKS["scratch"])
    area = line.learnt.roc_auc
    if area.low is not None and area.high is not None:
        axes.plot([place, place], [area.low, area.high], color=color, linewidth=1.2)
    axes.plot([place], [area.value], marker, color=color, markersize=6, label=label, linestyle="")
    axes.annotate(
        str(number),
        (place, area.value if area.high is None else area.high),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        fontsize=8,
        color=color,
    )
