"""Where the time goes: distributions, stages, cold starts, warm-up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .columns import figure as written
from .plots import (
    CARD,
    DIM,
    HUES,
    INK,
    LANE_IN,
    LINE,
    OFF,
    Plot,
    finish,
    hues,
    lanes,
    name_of,
    scale,
    sheet,
)
from .results import PARTS, STAGES
from .summary import Row, pooled_ms

DOTS, MOST_DOTS = 2400, 200
"""On the whole plot and for one cell; every cell has the same number."""
SLOWEST = 12
"""Dots that are single pictures and always shown."""
MOST_PANELS = 12
PANELS_ACROSS = 3
_MARKS: tuple[dict[str, Any], ...] = (
    {"marker": "|", "color": INK, "ms": 17, "mew": 2.2},
    {"marker": "o", "color": INK, "ms": 5.5, "mec": CARD, "mew": 1},
    {"marker": "D", "color": INK, "ms": 5.5, "mec": CARD, "mew": 1},
)
"""Of p50, p95 and p99."""


def distributions(ranked: Sequence[Row]) -> Plot | None:
    """A strip of dots for every cell, with p50, p95 and p99."""
    shown = [(n, row) for n, row in enumerate(ranked, 1) if row.pictures]
    if not shown:
        return None
    colors = hues(ranked)
    with sheet(LANE_IN * len(shown) + 1.0) as figure:
        told = [f"{' / '.join(_tail(row).values())} ms" for _, row in shown]
        axes = lanes(figure, [name_of(n, row) for n, row in shown], told)
        low, high = math.inf, 0.0
        for place, (_, row) in enumerate(shown):
            ordered = np.sort(pooled_ms(row.measured, "back-to-back"))
            low, high = min(low, ordered[0]), max(high, ordered[-1])
            color = OFF if row.invalid else colors[row.cell.backend]
            _strip(axes, place, ordered, color, min(MOST_DOTS, DOTS // len(shown)))
            for interval, mark in zip((row.p50, row.p95, row.p99), _MARKS, strict=True):
                if interval:
                    ends = [interval.low, interval.high]
                    axes.plot(ends, [place] * 2, color=INK, lw=1.2, solid_capstyle="butt")
                    axes.plot(interval.value, place, **mark)
        scale(axes, "x", low, high)
        axes.set_xlabel("milliseconds, end to end, back to back")
        for name, mark in zip(("p50", "p95", "p99"), _MARKS, strict=True):
            axes.plot([], [], **(mark | {"ms": min(mark["ms"], 10), "ls": "", "label": name}))
        figure.legend(loc="outside upper right", ncols=3, handletextpad=0.2, columnspacing=1.2)
        alt = "Latency by cell: " + "; ".join(
            f"{row.cell}{' (invalid)' if row.invalid else ''}: "
            + ", ".join(f"{name} {value} ms" for name, value in _tail(row).items())
            for _, row in shown
        )
        svg = finish(figure, "distributions", alt)
    return Plot(
        "How long a picture takes",
        svg,
        f"Dots are evenly drawn from the pictures in order, the {SLOWEST} slowest all; height means"
        " nothing. A line through a mark is its 95 % interval.",
    )


def stages(ranked: Sequence[Row]) -> Plot | None:
    """Median of each stage, stacked."""
    shown = [(n, row) for n, row in enumerate(ranked, 1) if row.pictures]
    if not shown:
        return None
    plot = _stacked(
        "Where the time goes",
        [(name_of(n, row), row.stages_ms) for n, row in shown],
        {stage: HUES[place] for place, stage in enumerate(STAGES)},
        [f"infer {written(row.stages_ms['infer'])} ms" for _, row in shown],
        "milliseconds, median of each stage",
        [row.p50.value if row.p50 else None for _, row in shown],
        [bool(row.invalid) for _, row in shown],
    )
    caption = (
        "The mark is the median end to end: each stage has a median of its own, so they need not"
        " add up to it."
    )
    return Plot(plot.title, plot.svg, caption)


def cold_starts(ranked: Sequence[Row]) -> Plot | None:
    """From the start of a process to its first decision, by part."""
    shown = [(n, row) for n, row in enumerate(ranked, 1) if row.measured.processes]
    if not shown:
        return None
    parts = []
    for n, row in shown:
        seconds = {str(part): row.cold_ms[part] / 1e3 for part in PARTS}
        rest = max(0.0, row.first_decision_ms / 1e3 - sum(seconds.values()))
        parts.append((name_of(n, row), seconds | {"rest": rest}))
    return _stacked(
        "The first decision of a fresh process",
        parts,
        {part: HUES[place] for place, part in enumerate(PARTS)} | {"rest": OFF},
        [f"{written(row.first_decision_ms / 1e3)} s" for _, row in shown],
        "seconds, median over the processes",
        [None] * len(shown),
        [bool(row.invalid) for _, row in shown],
    )


def warm_up(ranked: Sequence[Row]) -> Plot | None:
    """The pictures before those that count, a panel for each cell."""
    shown = [
        (n, row)
        for n, row in enumerate(ranked, 1)
        if any(process.warm_up_ns for process in row.measured.processes)
    ][:MOST_PANELS]
    if not shown:
        return None
    colors = hues(ranked)
    down = math.ceil(len(shown) / PANELS_ACROSS)
    with sheet(1.15 * down + 0.35) as figure:
        panels = list(figure.subplots(down, PANELS_ACROSS, squeeze=False, sharey=True).flat)
        lowest, highest = math.inf, 0.0
        for axes, (n, row) in zip(panels, shown, strict=False):
            for process in row.measured.processes:
                durations = [ns / 1e6 for ns in process.warm_up_ns if ns > 0]
                if durations:
                    color = OFF if row.invalid else colors[row.cell.backend]
                    axes.plot(range(1, len(durations) + 1), durations, color=color, lw=0.9)
                    lowest, highest = min(lowest, *durations), max(highest, *durations)
            if row.p50:
                axes.axhline(row.p50.value, color=INK, lw=0.9, ls=(0, (4, 3)))
                lowest = min(lowest, row.p50.value)
            name = f"{n}  {row.cell.variant}, {row.cell.threads}"
            axes.set_title(name if len(name) < 22 else f"{name[:20]}…", fontsize=8.5, loc="left")
            axes.xaxis.get_major_locator().set_params(integer=True, nbins=4)
            axes.grid(axis="y")
        if lowest <= highest:
            scale(panels[0], "y", lowest, highest)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        figure.supxlabel("picture of the warm-up", fontsize=9, color=DIM)
        figure.supylabel("milliseconds", fontsize=9, color=DIM)
        alt = f"Warm-up of {len(shown)} cells: duration by picture, a line for each process"
        svg = finish(figure, "warm-up", alt)
    most = sum(any(p.warm_up_ns for p in row.measured.processes) for row in ranked)
    left_out = f" The first {len(shown)} of {most} cells." if most > len(shown) else ""
    return Plot(
        "Warming up",
        svg,
        "A panel a cell with its threads, a line a process; none of these pictures counts"
        f" elsewhere. Dashed: the median after it.{left_out}",
    )


def _tail(row: Row) -> dict[str, str]:
    known = {"p50": row.p50, "p95": row.p95, "p99": row.p99}
    return {name: written(one.value if one else None) for name, one in known.items()}


def _strip(axes: Any, place: int, ordered: npt.NDArray[np.float64], color: str, count: int) -> None:
    """Dots at `count` evenly spaced places in order, and the slowest."""
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int)
    places = np.union1d(places, np.arange(len(ordered))[-SLOWEST:])
    # Multiples of the golden ratio fill the height evenly, and alike every time.
    heights = place + 0.4 * ((np.arange(len(places)) * 0.618034) % 1 - 0.5)
    axes.plot(ordered[places], heights, "o", color=color, ms=2.6, alpha=0.55, mew=0)


def _stacked(
    title: str,
    bars: Sequence[tuple[str, Mapping[Any, float]]],
    colors: Mapping[Any, str],
    told: Sequence[str],
    across: str,
    marks: Sequence[float | None],
    faint: Sequence[bool],
) -> Plot:
    with sheet(LANE_IN * len(bars) + 1.0) as figure:
        axes = lanes(figure, [name for name, _ in bars], told)
        left = np.zeros(len(bars))
        for part, color in colors.items():
            widths = np.nan_to_num([one[part] for _, one in bars])
            drawn = axes.barh(
                range(len(bars)), widths, 0.4, left, color=color, edgecolor=CARD, lw=0.5
            )
            for bar, is_faint in zip(drawn, faint, strict=True):
                bar.set_alpha(0.35 if is_faint else 1)
            axes.bar(0, 0, color=color, label=part)
            left += widths
        for place, mark in enumerate(marks):
            if mark is not None:
                axes.plot(mark, place, "|", color=INK, ms=17, mew=1.8)
        axes.set_xlim(0, 1.03 * max([*left, *(mark or 0 for mark in marks)]) or 1)
        axes.set_xlabel(across)
        axes.spines["left"].set(visible=True, color=LINE)
        figure.legend(
            loc="outside upper right", ncols=5, handlelength=1, handletextpad=0.4, columnspacing=1
        )
        alt = f"{title}: " + "; ".join(
            f"{name}: {', '.join(f'{part} {written(value)}' for part, value in one.items())}"
            for name, one in bars
        )
        svg = finish(figure, title, alt)
    return Plot(title, svg, "")
