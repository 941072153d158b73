"""A run over a clip as one picture: probability over time, events, and the truth where known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .decision import Decision, Verdict
from .events import Event
from .files import write_atomically
from .passages import Span

INK, GRID = "#22303c", "#d5dde3"
TRUTH, FOUND, UNKNOWN = "#9cc9a3", "#d1495b", "#8d99a6"


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a timeline shows."""

    decisions: Sequence[Decision]
    events: Sequence[Event]
    threshold: float
    """Calibrated probability from which on the verdict is TRUCK."""
    passages: Sequence[Span] | None
    """What is known to have happened; None where nothing is."""
    title: str


def draw_timeline(timeline: Timeline, path: Path) -> None:
    """Draw to a PNG file; needs matplotlib (the caller checks that it is there).

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.2), dpi=110, layout="constrained")
    chart, strips = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [4, 1.1], "hspace": 0.02}
    )
    times = [decision.media_s for decision in timeline.decisions]
    chart.plot(times, [one.probability for one in timeline.decisions], color=INK, lw=1.3)
    chart.axhline(timeline.threshold, color=FOUND, lw=1, ls=(0, (4, 3)))
    chart.annotate(
        f"threshold {timeline.threshold:.2f}",
        (1, timeline.threshold),
        xycoords=("axes fraction", "data"),
        xytext=(-4, 3),
        textcoords="offset points",
        ha="right",
        color=FOUND,
        fontsize=9,
    )
    blind = [one.media_s for one in timeline.decisions if one.verdict is Verdict.UNKNOWN]
    if blind:
        chart.plot(blind, [0.02] * len(blind), "|", color=UNKNOWN, ms=9, label="unknown")
        chart.legend(loc="upper left", frameon=False)
    chart.set(ylim=(-0.03, 1.03), ylabel="probability of a truck")
    chart.set_title(timeline.title, loc="left", color=INK, fontsize=12, fontweight="bold")
    chart.grid(axis="y", color=GRID, lw=0.6)

    rows: list[tuple[str, Sequence[Span], str]] = [("events", timeline.events, FOUND)]
    if timeline.passages is not None:
        rows.append(("truth", timeline.passages, TRUTH))
        for passage in timeline.passages:
            chart.axvspan(passage.start_s, passage.end_s, color=TRUTH, alpha=0.35, lw=0)
    shortest_s = (times[-1] - times[0]) / 400 if times else 0.0
    for row, (_, spans, colour) in enumerate(rows):
        bars = [(span.start_s, max(span.end_s - span.start_s, shortest_s)) for span in spans]
        strips.broken_barh(bars, (row - 0.32, 0.64), color=colour)
    strips.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    strips.set(ylim=(-0.6, len(rows) - 0.4), xlabel="seconds into the clip")
    for axes in (chart, strips):
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.005)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    write_atomically(path, picture.getvalue())
