"""The plots of a model card, drawn from `bundle.json` alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SOURCE = "Keras source"
INK, FAINT = "#333a40", "#b6bcc2"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d")
"""Told apart with any kind of colour vision (after Okabe and Ito), in the order of variants."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
"""Curves of variants often lie on each other; a dashed one lets the other be seen."""


def draw_plots(document: Mapping[str, Any]) -> dict[str, bytes]:
    """PNG files by their path in the bundle; the same document gives the same bytes.

    No figure manager and no window is involved, so it draws anywhere and changes no global state.

    Args:
        document: what is written as `bundle.json`.
    """
    return {
        "plots/roc.png": _png(_roc, document),
        "plots/reliability.png": _png(_reliability, document),
    }


def _png(draw: Callable[[Any, Mapping[str, Any]], None], document: Mapping[str, Any]) -> bytes:
    figure = Figure(figsize=(6.4, 4.6), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=FAINT, linewidth=0.4, alpha=0.6)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    draw(axes, document)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _roc(axes: Any, document: Mapping[str, Any]) -> None:
    positive = document["positive"]
    for name, (curves, measured, style) in _models(document).items():
        area = "" if measured["roc_auc"] is None else f"  {measured['roc_auc']:.3f}"
        axes.plot(curves["roc"]["fpr"], curves["roc"]["tpr"], label=name + area, **style)
        if name != SOURCE:
            axes.plot(*_operating_point(measured), "o", color=style["color"], markersize=6)
    axes.set_xlabel(f"share of the others called {positive}")
    axes.set_ylabel(f"share of {positive} found")
    axes.set_title(
        f"ROC on {_n(document)} held-out pictures; dots: the thresholds", fontsize=10, color=INK
    )
    axes.legend(loc="lower right", frameon=False, fontsize=8, title="area", title_fontsize=8)


def _reliability(axes: Any, document: Mapping[str, Any]) -> None:
    for name, (curves, _, style) in _models(document).items():
        points = curves["reliability"]
        axes.plot(
            [point["mean"] for point in points],
            [point["share"] for point in points],
            marker="o",
            markersize=4,
            label=name,
            **style,
        )
    axes.set_xlabel("mean calibrated probability of the pictures in a bin")
    axes.set_ylabel(f"share of them that is {document['positive']}")
    axes.set_title(
        f"Reliability on {_n(document)} held-out pictures; dotted: perfect", fontsize=10, color=INK
    )
    axes.legend(loc="upper left", frameon=False, fontsize=8)


def _models(
    document: Mapping[str, Any],
) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any], dict[str, Any]]]:
    """Curves, metrics and line style of the source and of every variant."""
    certificates = {name: one["certificate"] for name, one in document["variants"].items()}
    first = next(iter(certificates.values()))
    models: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], dict[str, Any]]] = {
        SOURCE: (
            first["source_curves"],
            first["source_measured"],
            {"color": FAINT, "linewidth": 4.0},
        )
    }
    for number, (name, one) in enumerate(certificates.items()):
        style = {
            "color": COLORS[number % len(COLORS)],
            "linestyle": DASHES[number % len(DASHES)],
            "linewidth": 1.5,
        }
        models[name] = (one["curves"], one["measured"], style)
    return models


def _operating_point(measured: Mapping[str, Any]) -> tuple[float, float]:
    """False and true positive rate at the threshold, from the confusion matrix."""
    index = measured["labels"].index(measured["positive"])
    matrix = measured["confusion"]
    found = matrix[index][index] / max(1, sum(matrix[index]))
    others = [row for place, row in enumerate(matrix) if place != index]
    false = sum(row[index] for row in others) / max(1, sum(map(sum, others)))
    return false, found


def _n(document: Mapping[str, Any]) -> int:
    first = next(iter(document["variants"].values()))
    n: int = first["certificate"]["measured"]["n"]
    return n
