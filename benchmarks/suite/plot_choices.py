"""What one gets for what one pays: accuracy against latency, cost against frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .columns import figure as written
from .plots import INK, OFF, Plot, finish, hues, put_numbers, scale, sheet
from .summary import Row, front

HEIGHT_IN = 3.5
MOST_NUMBERS = 16
"""Of lines; more would hide each other."""
Point = tuple[float, float]


def accuracy_plot(ranked: Sequence[Row]) -> Plot | None:
    """Accuracy against the median, with the cells that no other beats in both."""
    shown = [(n, row) for n, row in enumerate(ranked, 1) if row.p50 and row.accuracy]
    if not shown:
        return None
    colors, best = hues(ranked), front(ranked)
    with sheet(HEIGHT_IN) as figure:
        axes = figure.subplots()
        points = []
        for n, row in shown:
            assert row.p50 and row.accuracy
            x, y = row.p50, row.accuracy
            color = OFF if row.invalid else colors[row.cell.backend]
            axes.plot([x.low, x.high], [100 * y.value] * 2, color=color, lw=1, alpha=0.6)
            axes.plot([x.value] * 2, [100 * y.low, 100 * y.high], color=color, lw=1, alpha=0.6)
            mark = "x" if row.invalid else "o"
            axes.plot(x.value, 100 * y.value, mark, color=color, ms=7, mew=2 * (mark == "x"))
            points.append((x.value, 100 * y.value, str(n), OFF if row.invalid else INK))
        _front_line(axes, best, max(x for x, *_ in points))
        medians = [row.p50 for _, row in shown if row.p50]
        scale(axes, "x", min(m.low for m in medians), max(m.high for m in medians))
        axes.margins(y=0.08)
        axes.set_xlabel("milliseconds, median end to end")
        axes.set_ylabel("% of verdicts right")
        axes.grid()
        for name, color in colors.items():
            axes.plot([], [], "o", color=color, ms=6, label=name)
        if any(row.invalid for _, row in shown):
            axes.plot([], [], "x", color=OFF, ms=6, mew=2, label="invalid")
        figure.legend(loc="outside upper right", ncols=5, handletextpad=0.2, columnspacing=1.2)
        put_numbers(axes, points)
        names = ", ".join(str(row.cell) for row in best) or "none"
        alt = f"Accuracy against median latency of {len(shown)} cells; not beaten in both: {names}"
        svg = finish(figure, "accuracy", alt)
    return Plot(
        "Accuracy against latency",
        svg,
        "The step joins the valid cells that no other beats in both. Numbers are those of the"
        " table, lines 95 % intervals.",
    )


def _front_line(axes: Any, best: Sequence[Row], right: float) -> None:
    corners = [
        (row.p50.value, 100 * row.accuracy.value) for row in best if row.p50 and row.accuracy
    ]
    if corners:
        x, y = zip(*corners, (right, corners[-1][1]), strict=True)
        axes.step(x, y, where="post", color=INK, lw=1.2, ls=(0, (4, 2)), zorder=1)


def processor_plot(ranked: Sequence[Row], rate_hz: float) -> Plot | None:
    """Processor time a second against pictures a second."""
    lines = [
        (n, row, _line(row, rate_hz, row.cpu_ms, row.paced_cpu_ms, 1e-3))
        for n, row in enumerate(ranked, 1)
        if not row.invalid
    ]
    return _lines(
        "What a frame rate costs",
        ranked,
        lines,
        rate_hz,
        "processors in use",
        True,
    )


def power_plot(ranked: Sequence[Row], rate_hz: float) -> Plot | None:
    """Watts against pictures a second, where they were measured."""
    lines = [
        (n, row, _line(row, rate_hz, row.energy_mj, row.paced_energy_mj, 1e-3))
        for n, row in enumerate(ranked, 1)
        if not row.invalid
    ]
    return _lines("Power", ranked, lines, rate_hz, "watts, whole board or package", False)


def _line(
    row: Row, rate_hz: float, burst: float | None, paced: float | None, unit: float
) -> list[Point]:
    """Measured points; a cell that cannot keep the camera's rate was not measured at it."""
    found = []
    if paced is not None and row.rate_hz and row.rate_hz > rate_hz:
        found.append((rate_hz, rate_hz * paced * unit))
    if burst is not None and row.rate_hz:
        found.append((row.rate_hz, row.rate_hz * burst * unit))
    return found


def _lines(
    title: str,
    ranked: Sequence[Row],
    lines: Sequence[tuple[int, Row, list[Point]]],
    rate_hz: float,
    up: str,
    from_nothing: bool,
) -> Plot | None:
    """Lines through measured points; from nothing where no picture costs nothing."""
    lines = [one for one in lines if one[2]]
    if not lines:
        return None
    colors = hues(ranked)
    with sheet(HEIGHT_IN) as figure:
        axes = figure.subplots()
        for _, row, points in lines:
            x, y = zip(*([(0.0, 0.0)] if from_nothing else []), *points, strict=True)
            color = colors[row.cell.backend]
            axes.plot(x, y, color=color, lw=1.3, alpha=0.8)
            x, y = zip(*points, strict=True)
            axes.plot(x, y, "o", color=color, ms=5)
        axes.axvline(rate_hz, color=INK, lw=1, ls=(0, (1, 2)))
        axes.set_xlim(0, 1.1 * max(rate_hz, *(points[-1][0] for *_, points in lines)))
        axes.set_ylim(0, 1.12 * max(y for *_, points in lines for _, y in points))
        axes.set_xlabel("pictures a second")
        axes.set_ylabel(up)
        axes.grid()
        for name, color in colors.items():
            axes.plot([], [], "o-", color=color, ms=5, label=name)
        axes.plot([], [], color=INK, lw=1, ls=(0, (1, 2)), label="camera")
        figure.legend(loc="outside upper right", ncols=5, handlelength=1.4, columnspacing=1.2)
        put_numbers(axes, [(*points[-1], str(n), INK) for n, _, points in lines[:MOST_NUMBERS]])
        alt = f"{title}: " + "; ".join(
            f"{row.cell}: " + ", ".join(f"{written(y)} at {written(x)} a second" for x, y in points)
            for _, row, points in lines
        )
        svg = finish(figure, title, alt)
    few = f" The {MOST_NUMBERS} fastest are numbered." if len(lines) > MOST_NUMBERS else ""
    return Plot(
        title,
        svg,
        "Dots are measured: at the camera's rate where the cell keeps it, and back to back. Between"
        f" them the line only joins.{few}",
    )
