"""What all plots of a page share: one look, colours that follow the page's, SVG without a file.

Texts stay texts, in the page's fonts; colours are stand-ins that become CSS variables, so the same
drawing is right on light and on dark ground.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .summary import Row

INK, DIM, LINE, CARD, OFF = "#010101", "#010102", "#010103", "#010104", "#010105"
HUES = ("#010201", "#010202", "#010203", "#010204", "#010205")
_CSS = {INK: "ink", DIM: "dim", LINE: "line", CARD: "card", OFF: "off"} | {
    hue: f"hue-{number}" for number, hue in enumerate(HUES)
}

WIDTH_IN = 4.6
"""Of every plot: at this width its letters are readable on a phone."""
LANE_IN = 0.46
LANES_FROM_TOP = 12
"""More lanes than this have the axis' figures above as well."""
LONGEST_NAME = 40
LOG_FROM = 4.0
"""Largest over smallest from which on an axis is logarithmic."""

_LOOK = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": DIM,
    "axes.labelsize": 9,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": DIM,
    "xtick.color": LINE,
    "xtick.labelcolor": DIM,
    "xtick.labelsize": 8.5,
    "ytick.color": LINE,
    "ytick.labelcolor": DIM,
    "ytick.labelsize": 8.5,
}


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture of a page."""

    title: str
    svg: str
    caption: str


@contextmanager
def sheet(height_in: float) -> Iterator[Figure]:
    """An empty figure of the page's look; matplotlib's settings are put back at the end."""
    with matplotlib.rc_context(_LOOK):
        yield Figure(figsize=(WIDTH_IN, height_in), layout="constrained")


def finish(figure: Figure, name: str, alt: str) -> str:
    """An `svg` element that fits its place, to be drawn inside `sheet`.

    Args:
        figure: as drawn.
        name: differs from plot to plot, so that no two ids of a page are the same.
        alt: what it shows, for those who do not see it.
    """
    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata=nothing)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    for stand_in, variable in _CSS.items():
        text = text.replace(stand_in, f"var(--{variable})")
    box = re.search(r'viewBox="[^"]*"', text)
    assert box
    head = f'<svg role="img" aria-label="{escape(alt)}" {box[0]} xmlns:xlink="{_XLINK}">'
    return head + text[text.index(">") + 1 :].strip()


_XLINK = "http://www.w3.org/1999/xlink"


def hues(ranked: Sequence[Row]) -> dict[str, str]:
    """A colour for each backend, in the order of their names."""
    names = sorted({row.cell.backend for row in ranked})
    return {name: HUES[place % len(HUES)] for place, name in enumerate(names)}


def lanes(figure: Figure, names: Sequence[str], told: Sequence[str]) -> Any:
    """Axes with a lane each: its name above on the left, a figure above on the right.

    The middle of lane n is at n, what is drawn there is at most 0.22 high to either side.
    """
    axes = figure.subplots()
    axes.set_ylim(len(names) - 0.6, -0.75)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.tick_params(labeltop=len(names) > LANES_FROM_TOP)
    for place, (name, right) in enumerate(zip(names, told, strict=True)):
        at: dict[str, Any] = {
            "transform": axes.get_yaxis_transform(),
            "va": "bottom",
            "fontsize": 8.5,
        }
        axes.text(0, place - 0.26, name, ha="left", **at)
        axes.text(1, place - 0.26, right, ha="right", color=DIM, **at)
    return axes


def name_of(number: int, row: Row) -> str:
    """A cell's number in the table and its name, shortened where the variant's is long."""
    after = f" on {row.cell.backend}, {row.cell.threads} thr{', INVALID' if row.invalid else ''}"
    variant, room = row.cell.variant, max(8, LONGEST_NAME - len(after))
    return f"{number}  {variant if len(variant) <= room else f'{variant[: room - 1]}…'}{after}"


def scale(axes: Any, of: Literal["x", "y"], low: float, high: float) -> None:
    """From `low` to `high`, logarithmic where that is far; figures without exponents."""
    axis = {"x": axes.xaxis, "y": axes.yaxis}[of]
    if low > 0 and high / low > LOG_FROM:
        axes.set(**{f"{of}scale": "log", f"{of}lim": (low * 0.93, high * 1.08)})
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
        axis.set_minor_locator(NullLocator())
    else:
        room = (high - low or high or 1) * 0.05
        axes.set(**{f"{of}lim": (max(0.0, low - room), high + room)})
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))


def put_numbers(axes: Any, points: Sequence[tuple[float, float, str, str]]) -> None:
    """Write a short text beside each point where it hides least; call it when all is drawn.

    Args:
        axes: with their final limits.
        points: x, y, text, colour.
    """
    axes.figure.draw_without_rendering()
    at = [axes.transData.transform((x, y)) for x, y, _, _ in points]
    step = axes.figure.dpi / 72
    taken = [(x, y) for x, y in at]
    ways = [(dx, dy) for r in (9, 15, 21) for dx, dy in product((r, 0, -r), repeat=2) if dx or dy]
    frame = axes.get_window_extent()
    for (x, y, text, color), (px, py) in zip(points, at, strict=True):

        def crowd(way: tuple[float, float], px: float = px, py: float = py) -> float:
            cx, cy = px + way[0] * step, py + way[1] * step
            outside = not (frame.x0 < cx < frame.x1 and frame.y0 < cy < frame.y1)
            near = sum(max(abs(cx - tx) / 13, abs(cy - ty) / 10) < step for tx, ty in taken)
            straight = not (way[0] and way[1])  # where the lines through a point mostly go
            return float(near + 5 * outside + 0.5 * straight + 0.01 * (abs(way[0]) + abs(way[1])))

        way = min(ways, key=crowd)
        taken.append((px + way[0] * step, py + way[1] * step))
        axes.annotate(
            text,
            (x, y),
            xytext=way,
            textcoords="offset points",
            ha="center",
            va="center",
            color=color,
            fontsize=8.5,
            fontweight="bold",
            path_effects=[withStroke(linewidth=2.5, foreground=CARD)],
        )
