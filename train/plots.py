"""The four pictures of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

if TYPE_CHECKING:
    from .run_writer import Finished

BLUE, ORANGE, GREY = "#2a6f97", "#d9772b", "#8a8f94"
BINS = 20
RELIABILITY_BINS = 8


def draw_plots(folder: Path, done: Finished) -> None:
    """Write confusion.png, roc.png, learning.png and scores.png.

    No figure manager and no window is involved, so it draws anywhere and changes no global state.
    """
    for name, draw, size in (
        ("confusion", _confusion, (4.6, 4.2)),
        ("roc", _roc, (4.8, 4.4)),
        ("learning", _learning, (9.0, 3.8)),
        ("scores", _scores, (9.0, 3.8)),
    ):
        figure = Figure(figsize=size, layout="constrained", dpi=120)
        FigureCanvasAgg(figure)
        draw(figure, done)
        figure.savefig(folder / f"{name}.png", metadata={"Software": None})


def _confusion(figure: Figure, done: Finished) -> None:
    matrix = np.array(done.holdout.confusion)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*matrix.shape):
        axes.text(
            column,
            row,
            f"{matrix[row, column]}\n{shares[row, column]:.0%}",
            ha="center",
            va="center",
            color="white" if shares[row, column] > 0.55 else "black",
        )
    ticks = range(len(done.labels))
    axes.set_xticks(ticks, done.labels)
    axes.set_yticks(ticks, done.labels, rotation=90, va="center")
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    accuracy = done.holdout.accuracy
    axes.set_title(f"Holdout: {accuracy:.1%} of {done.holdout.n} right", fontsize=11)


def _roc(figure: Figure, done: Finished) -> None:
    index = done.labels.index(done.positive)
    truth, scores = done.holdout_truth == index, done.holdout_scores[:, index]
    false_rate, true_rate, _ = roc_curve(truth, scores)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    axes.plot(false_rate, true_rate, color=BLUE, linewidth=2)
    called = scores >= done.holdout.threshold
    axes.plot(
        called[~truth].mean(),
        called[truth].mean(),
        "o",
        color=ORANGE,
        markersize=8,
        label=f"threshold {done.holdout.threshold:.2f}",
    )
    axes.set_xlabel(f"share of the others called {done.positive}")
    axes.set_ylabel(f"share of {done.positive} found")
    axes.set_aspect("equal")
    axes.legend(loc="lower right", frameon=False)
    area = done.holdout.roc_auc
    axes.set_title(f"Holdout ROC: area {area:.3f}" if area is not None else "Holdout ROC")
    _plain(axes)


def _learning(figure: Figure, done: Finished) -> None:
    history = done.training.history
    steps = range(1, len(history) + 1)
    losses, areas = figure.subplots(1, 2)
    marker = "o" if len(history) < 3 else None
    losses.plot(steps, [e.loss for e in history], color=GREY, marker=marker, label="train")
    losses.plot(steps, [e.select_loss for e in history], color=BLUE, marker=marker, label="select")
    losses.set_ylabel("cross-entropy")
    areas.plot(
        steps, [e.select_auc for e in history], color=BLUE, marker=marker, label="select ROC area"
    )
    areas.plot(
        steps,
        [e.select_accuracy for e in history],
        color=GREY,
        marker=marker,
        label="select accuracy",
    )
    began = 0
    for stage in dict.fromkeys(epoch.stage for epoch in history):
        length = sum(epoch.stage == stage for epoch in history)
        for axes in (losses, areas):
            if began:
                axes.axvline(began + 0.5, color=GREY, linewidth=1, linestyle=":")
            if done.training.best[stage]:
                axes.axvline(began + done.training.best[stage], color=ORANGE, linewidth=1.2)
        began += length
    areas.plot([], [], color=ORANGE, linewidth=1.2, label="kept epoch")
    for axes in (losses, areas):
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
        _plain(axes)


def _scores(figure: Figure, done: Finished) -> None:
    index = done.labels.index(done.positive)
    truth, scores = done.holdout_truth == index, done.holdout_scores[:, index]
    histogram, reliability = figure.subplots(1, 2)
    edges = np.linspace(0, 1, BINS + 1)
    for kind, color, label in ((~truth, GREY, "others"), (truth, BLUE, done.positive)):
        histogram.hist(scores[kind], edges, color=color, alpha=0.65, label=label)
    histogram.axvline(done.holdout.threshold, color=ORANGE, linewidth=1.5, label="threshold")
    histogram.set_xlabel(f"score of {done.positive}")
    histogram.set_ylabel("holdout pictures")
    histogram.legend(frameon=False)
    bins = np.clip((scores * RELIABILITY_BINS).astype(int), 0, RELIABILITY_BINS - 1)
    filled = [number for number in range(RELIABILITY_BINS) if (bins == number).any()]
    reliability.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    reliability.plot(
        [scores[bins == number].mean() for number in filled],
        [truth[bins == number].mean() for number in filled],
        "o-",
        color=BLUE,
    )
    reliability.set_xlabel("mean score")
    reliability.set_ylabel(f"share that is {done.positive}")
    reliability.set_title("Reliability", fontsize=11)
    for axes in (histogram, reliability):
        _plain(axes)


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
