"""Earlier runs beside each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..runtime.errors import RunError, TrucksightError
from .run_folder import load_run

MOST = 10_000
"""Folders looked at."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in a line; None is what an older run does not say."""

    path: Path
    model: str
    strategy: str | None
    roc_auc: float | None
    """On the holdout."""
    accuracy: float
    """On the holdout, at the run's threshold."""
    n: int
    """Pictures of the holdout."""
    holdout: str
    """SHA-256 of its pictures and labels; only runs that share it can be compared."""
    parameters: int
    size_bytes: int
    """Of the model's file."""
    started: str
    """UTC, ISO 8601."""
    trained_s: float
    collapsed: bool

    def as_json(self) -> dict[str, Any]:
        """For a JSON document."""
        return {**asdict(self), "path": str(self.path)}


def summary(path: Path) -> Summary:
    """Read a run's index and report.

    Raises:
        RunError: it is no run, or damaged.
    """
    info = load_run(path).info
    try:
        held = json.loads((path / "report.json").read_bytes())["holdout"]
        width = info["architecture"].get("width")
        return Summary(
            path=path,
            model=info["architecture"]["name"] + (f" {width:g}" if width else ""),
            strategy=info["options"].get("strategy"),
            roc_auc=held["roc_auc"],
            accuracy=float(held["accuracy"]),
            n=int(held["n"]),
            holdout=str(info["data"]["sha256"]["holdout"]),
            parameters=int(info["parameters"]),
            size_bytes=int(info["model"]["size_bytes"]),
            started=str(info["times"]["started"]),
            trained_s=float(info["times"]["trained_s"]),
            collapsed=bool(info["collapsed"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RunError(f"{path} is damaged: {exc!r}") from None


def find_runs(folder: Path) -> tuple[list[Summary], list[str]]:
    """The runs directly in a folder, the best first, and why others are left out.

    Best is the highest ROC AUC on the holdout, then the highest accuracy.

    Raises:
        RunError: there is no such folder.
    """
    if not folder.is_dir():
        raise RunError(f"no folder at {folder}; name the one that holds your runs")
    found, left_out = [], []
    for path in sorted(folder.iterdir())[:MOST]:
        if path.name.startswith(".") or not (path / "run.json").is_file():
            continue
        try:
            found.append(summary(path))
        except TrucksightError as exc:
            left_out.append(str(exc))
    return sorted(found, key=_rank), left_out


def _rank(one: Summary) -> tuple[float, float, str]:
    return (-(one.roc_auc if one.roc_auc is not None else -1.0), -one.accuracy, str(one.path))


def as_table(runs: Sequence[Summary]) -> list[str]:
    """A line a run; `*` marks the best of those with the most common holdout."""
    rows = [("", "run", "model", "strategy", "ROC AUC", "accuracy", "n", "MB", "started", "took")]
    best = _best(runs)
    for one in runs:
        rows.append(
            (
                "*" if one is best else "",
                one.path.name,
                one.model,
                "collapsed" if one.collapsed else one.strategy or "-",
                "-" if one.roc_auc is None else f"{one.roc_auc:.4f}",
                f"{one.accuracy:.4f}",
                str(one.n),
                f"{one.size_bytes / 1e6:.1f}",
                one.started[:16].replace("T", " "),
                f"{one.trained_s:.0f} s",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _best(runs: Sequence[Summary]) -> Summary | None:
    """Of the runs that share the holdout that most of them have; of equals the first's."""
    holdouts = [one.holdout for one in runs]
    common = max(holdouts, key=holdouts.count, default=None)
    return next((one for one in runs if one.holdout == common and not one.collapsed), None)


def compared(path: Path) -> str | None:
    """How a run does beside those in the same folder that were held against the same pictures.

    Returns:
        a sentence; None where there is no other.
    """
    mine = summary(path)
    runs, _ = find_runs(path.absolute().parent)
    others = [
        one
        for one in runs
        if one.holdout == mine.holdout and one.path.name != path.name and one.roc_auc is not None
    ]
    if not others or mine.roc_auc is None:
        return None
    place = 1 + sum(one.roc_auc is not None and one.roc_auc > mine.roc_auc for one in others)
    best = others[0]
    assert best.roc_auc is not None
    return (
        f"{place}. of {len(others) + 1} runs with this holdout by ROC AUC; the best other is"
        f" {best.path.name} ({best.model}, {best.strategy or '-'}): {best.roc_auc:.4f}"
        f" ({mine.roc_auc - best.roc_auc:+.4f}), accuracy {best.accuracy:.4f}"
        f" ({mine.accuracy - best.accuracy:+.4f})"
    )
