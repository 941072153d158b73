"""The trials as a picture: each parameter against the objective, and the best so far."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...runtime.files import write_atomically
from .space import Choice, Parameter, Space
from .trials import Tried, best_of

BLUE, ORANGE, GREY = "#2a6f97", "#d9772b", "#8a8f94"
COLUMNS = 4
PANEL_IN = (3.0, 2.4)
"""Width and height of a panel, inches."""


def draw_trials(file: Path, trials: Sequence[Tried], space: Space) -> None:
    """Write a PNG: best so far, cost, and a panel for each parameter that was tried.

    Args:
        file: to write.
        trials: at least one of them trained.
        space: of the search.
    """
    trained = [one for one in trials if one.status == "trained" and one.roc_auc is not None]
    names = [name for name in space if any(name in one.values for one in trained)]
    rows = -(-(len(names) + 2) // COLUMNS)
    size = (PANEL_IN[0] * COLUMNS, PANEL_IN[1] * rows)
    figure = Figure(figsize=size, layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, COLUMNS, squeeze=False, sharey=True).flat)
    best = best_of(trained)
    _progress(panels[0], trained)
    _cost(panels[1], trained, best)
    for axes, name in zip(panels[2:], names, strict=False):
        _parameter(axes, name, space[name], trained, best)
    for number, axes in enumerate(panels):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_visible(number < len(names) + 2)
        if number % COLUMNS == 0:
            axes.set_ylabel("ROC AUC on select")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    write_atomically(file, drawn.getvalue())


def _progress(axes: Any, trained: Sequence[Tried]) -> None:
    numbers = [one.number for one in trained]
    areas = [one.roc_auc or 0.0 for one in trained]
    highest = [max(areas[: index + 1]) for index in range(len(areas))]
    axes.step(numbers, highest, where="post", color=ORANGE, label="best so far")
    axes.plot(numbers, areas, "o", color=BLUE, markersize=4, label="trial")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("trial")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)


def _cost(axes: Any, trained: Sequence[Tried], best: Tried | None) -> None:
    costs = [(one.multiply_adds or 0) / 1e6 for one in trained]
    _dots(axes, costs, trained, best)
    if max(costs) > 100 * min(costs) > 0:  # under two decades matplotlib's labels overlap
        axes.set_xscale("log")
    axes.set_xlabel("million multiply-adds")


def _parameter(
    axes: Any, name: str, one: Parameter, trained: Sequence[Tried], best: Tried | None
) -> None:
    shown = [trial for trial in trained if name in trial.values]
    if isinstance(one, Choice):
        places = {value: place for place, value in enumerate(one.values)}
        _dots(axes, [places[trial.values[name]] for trial in shown], shown, best)
        long = any(len(str(value)) > 4 for value in places)
        axes.set_xticks(
            list(places.values()),
            [str(value) for value in places],
            rotation=30 if long else 0,
            fontsize=8,
        )
        axes.set_xlim(-0.5, len(places) - 0.5)
    else:
        _dots(axes, [trial.values[name] for trial in shown], shown, best)
        axes.set_xscale("log" if one.sampling == "log" else "linear")
        axes.set_xlim(one.low, one.high)
    axes.set_xlabel(name.replace("_", " "))


def _dots(axes: Any, x: Sequence[float], shown: Sequence[Tried], best: Tried | None) -> None:
    for place, trial in zip(x, shown, strict=True):
        color = ORANGE if trial is best else BLUE
        axes.plot([place], [trial.roc_auc], "o", color=color, markersize=5, clip_on=False)
