"""The outcome of a plan as a page of Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..paired import Ratio
from .outcome import Line, Outcome

HEADER = (
    *("#", "model", "pixels", "begins with", "strategy", "ROC AUC (95 %)", "accuracy (95 %)"),
    *("parameters", "million multiply-adds", "epochs", "training, s", "processor, s"),
    *("memory, MiB", "latency, ms", "times the baseline's (95 %)"),
)
WIDTH = 100
"""Characters of a line of prose."""
_BUSY = 1.0
"""Load average from which on somebody else used the machine."""


def as_markdown(outcome: Outcome, plot: str, document: str) -> str:
    """The page.

    Args:
        outcome: of a plan.
        plot: file name of the picture beside it.
        document: file name of the JSON beside it.
    """
    parts = [
        "# Architectures and strategies",
        _wrapped(_what(outcome)),
        f"    {outcome.command}",
        f"![ROC AUC with its interval against multiply-adds, by strategy]({plot})",
        _table(outcome),
        *([_unfinished(outcome)] if any(line.why for line in outcome.lines) else []),
        f"## How to read it\n\n{_bullets(_reading(outcome))}",
        f"## Where it was measured\n\n{_bullets(_where(outcome))}",
        _wrapped(
            f"Every number, option and version is in [{document}]({document}). A row that was"
            " trained is not trained again by the same command, as long as its options, the"
            " photographs and the versions stay; `--again` does."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(_wrapped(f"- {line}") for line in lines)


def _wrapped(text: str) -> str:
    indent = "  " if text.startswith("- ") else ""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _what(outcome: Outcome) -> str:
    counts = {split: sum(labels.values()) for split, labels in outcome.counts.items()}
    return (
        f"Each row is one training on the same {counts['train']} photographs; {counts['select']}"
        f" others chose epoch and threshold, and the {counts['holdout']} of the row's figures took"
        f" no part in either. Made on {outcome.created[:10]} from `{outcome.plan}` by"
    )


def _table(outcome: Outcome) -> str:
    rows = [HEADER, tuple("---" for _ in HEADER)]
    rows += [_cells(number, line) for number, line in enumerate(outcome.lines, 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _cells(number: int, line: Line) -> tuple[str, ...]:
    learnt, took, cost, latency = line.learnt, line.took, line.cost, line.latency
    width, height = line.size_wh
    mark = "" if line.status == "trained" else f"**{line.status}**"
    return (
        str(number),
        line.model,
        str(width) if width == height else f"{width}x{height}",
        "ImageNet" if line.pretrained else "random",
        line.strategy,
        " ".join(part for part in (str(learnt.roc_auc) if learnt else "", mark) if part),
        str(learnt.accuracy) if learnt else "-",
        f"{cost.parameters:,}" if cost else "-",
        _figure(cost.multiply_adds / 1e6) if cost else "-",
        str(learnt.epochs) if learnt else "-",
        f"{took.wall_s:.0f}" if took else "-",
        f"{took.cpu_s:.0f}" if took else "-",
        f"{took.peak_mib:.0f}" if took else "-",
        _figure(latency.median_ms) if latency else "-",
        _times(latency.times_baseline) if latency else "-",
    )


def _unfinished(outcome: Outcome) -> str:
    lines = (
        f"{number}, {line.name}: {line.status}: {line.why}"
        for number, line in enumerate(outcome.lines, 1)
        if line.why
    )
    return f"Not all rows are whole:\n\n{_bullets(lines)}"


def _reading(outcome: Outcome) -> list[str]:
    learnt = next(line.learnt for line in outcome.lines if line.learnt)
    base = next(number for number, line in enumerate(outcome.lines, 1) if _is_base(outcome, line))
    return [
        "ROC AUC: how likely a photograph with a truck scores above one without. Accuracy: at the"
        " threshold of the select photographs. The interval is where the figure would lie with"
        f" other photographs of the same kind ({learnt.n} in {learnt.groups} groups, bootstrap over"
        " groups); another seed of the training moves it as well, and is not in it.",
        "Rows whose intervals overlap far are not told apart by these photographs. The best of many"
        " rows looks better here than it is: choose by this table, then measure on others.",
        "Rows that begin with random weights at a small size and for a few epochs say what the"
        " family comes to for that little time, not what it can come to.",
        "Training: the whole command in a process of its own, imports, checks, report and plots"
        " included; features of a frozen base are computed in every row, none came from a cache."
        " Processor seconds are those of all threads: less moved by what else the machine did.",
        "Latency: median of a picture through the float32 TFLite file, LiteRT, one thread. The"
        f" ratio was taken in turn with row {base}, so it holds still where milliseconds do not;"
        f" row {base} against itself shows how still.",
        "A multiply-add is one product that is added to a sum, in convolutions and dense layers.",
    ]


def _is_base(outcome: Outcome, line: Line) -> bool:
    return line.name == outcome.baseline


def _where(outcome: Outcome) -> list[str]:
    board = outcome.board
    loads = [line.took.load_before for line in outcome.lines if line.took]
    parts = (board.board, board.processor or board.architecture, f"{board.cpus} processors")
    versions = {**outcome.versions, **board.versions}
    told = [
        ", ".join(part for part in parts if part),
        ", ".join(f"{name} {found}" for name, found in sorted(versions.items())),
        f"load average before a training: {min(loads):.1f} to {max(loads):.1f}; before the"
        f" latencies: {outcome.load_timing:.1f}",
    ]
    if outcome.load_timing > _BUSY:
        told.append(
            "others used the machine, or the last training still showed in its load: believe the"
            " ratios before the milliseconds"
        )
    return told


def _figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _times(times: Ratio) -> str:
    return f"{_figure(times.median)} ({_figure(times.low)} to {_figure(times.high)})"
