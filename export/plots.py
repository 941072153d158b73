"""The plots of a model card, drawn from `bundle.json` alone: a panel for each variant."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..train.evaluation.plots import BLUE, GREY, ORANGE
from ..train.scores.metrics import wilson
from .card_tables import SOURCE, WILSON, Document, percent

Draw = Callable[[Any, Document, Document], None]
"""Draws one variant, given the document and its entry there, into axes."""

MOST_COLUMNS = 4
WIDTH_IN, PANEL_IN = 7.6, 4.6
"""Of a plot, which at `DPI` is the width of a README, and of a panel, at most."""
DPI = 110
COLORS = 64
"""Of a file, in a palette: a bundle travels with its plots, and full colour is three times as
much."""
CORNER = 0.5
"""Side of the upper left corner of the ROC plot, drawn alone where it holds every threshold."""
BROAD = {"color": GREY, "alpha": 0.7, "linewidth": 3.5, "label": SOURCE}
"""The source lies behind the variant: what stands out from it is what the conversion changed."""


def draw_plots(document: Document) -> dict[str, bytes]:
    """PNG files by their path in the bundle; the same document gives the same bytes.

    No figure manager and no window is involved, so it draws anywhere and changes no global state.

    Args:
        document: what is written as `bundle.json`.
    """
    positive = document["positive"]
    return {
        "plots/roc.png": _png(
            document, _roc, f"share of the others called {positive}", f"share of {positive} found"
        ),
        "plots/reliability.png": _png(
            document,
            _reliability,
            "calibrated probability, mean of a bin",
            f"share of {positive} in the bin",
        ),
    }


def _png(document: Document, draw: Draw, across: str, up: str) -> bytes:
    variants = document["variants"]
    rows = math.ceil(len(variants) / MOST_COLUMNS)
    columns = math.ceil(len(variants) / rows)
    side = min(PANEL_IN, WIDTH_IN / columns)
    figure = Figure(figsize=(side * columns, side * rows + 0.6), layout="constrained", dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    legend: dict[str, Any] = {}
    for axes, (name, entry) in zip(panels, variants.items(), strict=False):
        draw(axes, document, entry)
        axes.set_title(name, fontsize=9)
        axes.set_aspect("equal")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        handles, names = axes.get_legend_handles_labels()
        legend |= dict(zip(names, handles, strict=True))
    for axes in panels[len(variants) - columns : len(variants)]:
        axes.tick_params(labelbottom=True)
    for axes in panels[len(variants) :]:
        axes.set_axis_off()
    figure.legend(
        legend.values(),
        legend,
        loc="outside upper center",
        ncols=2 if columns == 1 else len(legend),
        frameon=False,
        fontsize=8,
    )
    n = next(iter(variants.values()))["certificate"]["measured"]["n"]
    # The label's name is the user's: a dollar sign in it starts no formula.
    figure.supxlabel(f"{across}; {n} held-out pictures", fontsize=9, parse_math=False)
    figure.supylabel(up, fontsize=9, parse_math=False)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _roc(axes: Any, document: Document, entry: Document) -> None:
    one = entry["certificate"]
    source, variant = one["source_curves"]["roc"], one["curves"]["roc"]
    axes.plot(source["fpr"], source["tpr"], **BROAD)
    axes.plot(variant["fpr"], variant["tpr"], color=BLUE, linewidth=1.4, label="variant")
    source_point, point = (_at_threshold(one[of]) for of in ("source_measured", "measured"))
    axes.plot(*source_point, "o", color=GREY, markersize=9, label="source at its threshold")
    axes.plot(*point, "o", color=ORANGE, markersize=5, label="variant at its threshold")
    area = one["measured"]["roc_auc"]
    words = "no curve: pictures of one kind" if area is None else f"area {area:.3f}"
    axes.text(0.98, 0.04, words, transform=axes.transAxes, ha="right", fontsize=8)
    side = CORNER if _all_in_corner(document) else 1.0
    if side > CORNER:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", zorder=0)
    axes.set_xlim(-0.02 * side, 1.02 * side)
    axes.set_ylim(1 - 1.02 * side, 1 + 0.02 * side)


def _reliability(axes: Any, _: Document, entry: Document) -> None:
    one, band = entry["certificate"], entry["abstain"]
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    source, variant = (
        np.array([(a["mean"], a["share"], a["n"]) for a in one[of]["reliability"]]).T
        for of in ("source_curves", "curves")
    )
    axes.plot(source[0], source[1], **BROAD)
    ends = np.array([wilson(round(share * n), int(n)) for _, share, n in variant.T]).T
    axes.errorbar(
        variant[0],
        variant[1],
        np.maximum([variant[1] - ends[0], ends[1] - variant[1]], 0),
        color=BLUE,
        linewidth=1.4,
        elinewidth=0.8,
        marker="o",
        markersize=3.5,
        label=f"variant, {percent(WILSON)} interval",
    )
    axes.axvline(entry["threshold"], color=ORANGE, linewidth=1.3, label="threshold")
    if band:
        axes.axvspan(
            band["low"], band["high"], color=ORANGE, alpha=0.2, linewidth=0, label="no answer"
        )
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)


def _all_in_corner(document: Document) -> bool:
    points = [
        _at_threshold(entry["certificate"][of])
        for entry in document["variants"].values()
        for of in ("measured", "source_measured")
    ]
    return all(false < CORNER and found > 1 - CORNER for false, found in points)


def _at_threshold(measured: Document) -> tuple[float, float]:
    """Share of the others called positive and share of the positive found, in [0, 1]."""
    index, matrix = measured["labels"].index(measured["positive"]), measured["confusion"]
    others = [row for place, row in enumerate(matrix) if place != index]
    false = sum(row[index] for row in others) / max(1, sum(map(sum, others)))
    found = matrix[index][index] / max(1, sum(matrix[index]))
    return false, found
