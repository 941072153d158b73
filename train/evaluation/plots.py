"""The pictures of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from ..scores.metrics import wilson
from .assessment import Assessment
from .sample import Sample
from .slices import Slice

if TYPE_CHECKING:
    from ..run_writer import Finished

BLUE, ORANGE, GREY = "#2a6f97", "#d9772b", "#8a8f94"
BINS = 20
RELIABILITY_BINS = 8


def draw_plots(folder: Path, done: Finished, sample: Sample, assessment: Assessment) -> None:
    """Write learning.png, and of the holdout what `draw_sample` writes."""
    draw_sample(folder, sample, assessment, "holdout")
    figure = _figure((9.0, 4.0))
    _learning(figure, done)
    if assessment.learning:
        stage, verdict = assessment.learning.stage, assessment.learning.verdict
        figure.suptitle(f"{stage}: {verdict}", fontsize=11)
    _save(figure, folder / "learning.png")


def draw_sample(folder: Path, sample: Sample, assessment: Assessment, of: str) -> None:
    """Write confusion.png, roc.png, precision-recall.png, scores.png, and slices.png if there are.

    No figure manager and no window is involved, so it draws anywhere and changes no global state.

    Args:
        folder: where to write.
        sample: the pictures.
        assessment: of them.
        of: what they are, in a word.
    """
    for name, draw, size in (
        ("confusion", _confusion, (4.6, 4.2)),
        ("roc", _roc, (4.8, 4.4)),
        ("precision-recall", _precision_recall, (4.8, 4.4)),
        ("scores", _scores, (9.0, 3.8)),
    ):
        figure = _figure(size)
        draw(figure, sample, assessment, of)
        _save(figure, folder / f"{name}.png")
    if assessment.slices:
        figure = _figure((9.0, 1.2 + 0.34 * len(assessment.slices)))
        _slices(figure, assessment)
        _save(figure, folder / "slices.png")


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(figsize=size, layout="constrained", dpi=120)


def _save(figure: Figure, file: Path) -> None:
    """As `savefig` writes it, which lays it out and draws it twice."""
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})


def _confusion(figure: Figure, sample: Sample, assessment: Assessment, of: str) -> None:
    matrix = confusion_matrix(sample.truth, sample.answers, labels=range(len(sample.labels)))
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
    ticks = range(len(sample.labels))
    axes.set_xticks(ticks, sample.labels)
    axes.set_yticks(ticks, sample.labels, rotation=90, va="center")
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    accuracy = assessment.figures["accuracy"].value or 0.0
    axes.set_title(f"{of.capitalize()}: {accuracy:.1%} of {len(sample)} right", fontsize=11)


def _roc(figure: Figure, sample: Sample, assessment: Assessment, of: str) -> None:
    axes, area = figure.subplots(), assessment.figures["roc_auc"]
    positive = sample.labels[sample.index]
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    if area.value is not None:
        false_rate, true_rate, _ = roc_curve(sample.positive, sample.scores)
        axes.plot(false_rate, true_rate, color=BLUE, linewidth=2)
        axes.plot(
            sample.called[~sample.positive].mean(),
            sample.called[sample.positive].mean(),
            "o",
            color=ORANGE,
            markersize=8,
            label=f"threshold {sample.threshold:.2f}",
        )
        axes.legend(loc="lower right", frameon=False)
    axes.set_xlabel(f"share of the others called {positive}")
    axes.set_ylabel(f"share of {positive} found")
    axes.set_aspect("equal")
    axes.set_title(f"{of.capitalize()} ROC: area {area}", fontsize=11)
    _plain(axes)


def _precision_recall(figure: Figure, sample: Sample, assessment: Assessment, of: str) -> None:
    axes, area = figure.subplots(), assessment.figures["pr_auc"]
    positive = sample.labels[sample.index]
    axes.axhline(sample.positive.mean(), color=GREY, linewidth=1, linestyle=":", label="chance")
    if area.value is not None:
        precision, recall, _ = precision_recall_curve(sample.positive, sample.scores)
        axes.step(recall, precision, where="post", color=BLUE, linewidth=2)
    found, right = assessment.figures["recall"].value, assessment.figures["precision"].value
    if found is not None and right is not None:
        label = f"threshold {sample.threshold:.2f}"
        axes.plot(found, right, "o", color=ORANGE, markersize=8, label=label)
    axes.set_xlabel(f"recall: share of {positive} found")
    axes.set_ylabel(f"precision: share of the called that are {positive}")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.legend(loc="lower left", frameon=False)
    axes.set_title(f"{of.capitalize()}: average precision {area}", fontsize=11)
    _plain(axes)


def _slices(figure: Figure, assessment: Assessment) -> None:
    """Intervals one below the other, worse ones in orange; the line is the whole sample."""
    parts = assessment.slices
    panels = figure.subplots(1, 3, sharey=True)
    for axes, name in zip(panels, ("accuracy", "recall", "specificity"), strict=True):
        whole = assessment.figures[name].value
        if whole is not None:
            axes.axvline(whole, color=GREY, linewidth=1, linestyle=":")
        for row, one in enumerate(parts):
            _interval(axes, row, one, name)
        axes.set_title(name, fontsize=10)
        axes.set_xlim(-0.02, 1.02)
        _plain(axes)
    heads = [f"{one.key}: {one.name} ({one.n})" for one in parts]
    panels[0].set_yticks(range(len(parts)), heads, fontsize=8)
    panels[0].set_ylim(len(parts) - 0.5, -0.5)


def _interval(axes: Any, row: int, one: Slice, name: str) -> None:
    figure = one.values[name]
    if figure.value is None:
        return
    judged = one.compared_by == name
    color = ORANGE if judged and one.verdict == "worse" else BLUE
    if figure.low is not None and figure.high is not None:
        axes.plot([figure.low, figure.high], [row, row], color=color, linewidth=2)
    axes.plot(figure.value, row, "o", color=color, markersize=5)


def _learning(figure: Figure, done: Finished) -> None:
    history = done.training.history
    steps = range(1, len(history) + 1)
    losses, areas = figure.subplots(1, 2)
    marker = "o" if len(history) < 3 else None
    of_train = [e.cross_entropy for e in history]
    losses.plot(steps, of_train, color=GREY, marker=marker, label="train, as it was learned")
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
    losses.plot([], [], color=ORANGE, linewidth=1.2, label="kept epoch")
    areas.plot([], [], color=ORANGE, linewidth=1.2, label="kept epoch")
    for axes in (losses, areas):
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=8, frameon=False)
        _plain(axes)


def _scores(figure: Figure, sample: Sample, assessment: Assessment, of: str) -> None:
    truth, scores, positive = sample.positive, sample.scores, sample.labels[sample.index]
    histogram, reliability = figure.subplots(1, 2)
    edges = np.linspace(0, 1, BINS + 1)
    for kind, color, label in ((~truth, GREY, "others"), (truth, BLUE, positive)):
        histogram.hist(scores[kind], edges, color=color, alpha=0.65, label=label)
    histogram.axvline(sample.threshold, color=ORANGE, linewidth=1.5, label="threshold")
    histogram.set_xlabel(f"score of {positive}")
    histogram.set_ylabel(f"{of} pictures")
    histogram.legend(frameon=False)
    bins = np.clip((scores * RELIABILITY_BINS).astype(int), 0, RELIABILITY_BINS - 1)
    filled = [number for number in range(RELIABILITY_BINS) if (bins == number).any()]
    reliability.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    shares = np.array([truth[bins == number].mean() for number in filled])
    counts = [int((bins == number).sum()) for number in filled]
    ends = np.array([wilson(round(p * n), n) for p, n in zip(shares, counts, strict=True)]).T
    reliability.errorbar(
        [scores[bins == number].mean() for number in filled],
        shares,
        np.maximum([shares - ends[0], ends[1] - shares], 0),
        fmt="o-",
        color=BLUE,
        elinewidth=0.8,
    )
    reliability.set_xlabel("mean score")
    reliability.set_ylabel(f"share that is {positive}")
    brier = assessment.figures["brier"]
    reliability.set_title(f"Reliability: Brier score {brier}", fontsize=11)
    for axes in (histogram, reliability):
        _plain(axes)


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
