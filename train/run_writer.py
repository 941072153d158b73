"""Writing a run folder; `run_folder` reads it."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.contract import InputContract
from ..runtime.files import sha256_bytes, sha256_file, write_atomically
from .data.dataset import Dataset
from .data.findings_text import findings_text
from .evaluation.assessment import Assessment, assess
from .evaluation.conclusion import Background
from .evaluation.facts import picture_facts
from .evaluation.learning import judge_learning
from .evaluation.mistakes import write_sheet
from .evaluation.plots import draw_plots
from .evaluation.report import MISTAKES, report_markdown
from .evaluation.sample import Sample, as_scores
from .fitting.stages import Training
from .options import TrainOptions
from .provenance import package_versions
from .run_folder import MODEL_FILE, SCHEMA, SCHEMA_VERSION, SPLIT_COLUMNS, Example
from .scores.metrics import Metrics, decide


@dataclass(frozen=True, slots=True)
class Finished:
    """All that a training came to, before it is written."""

    model: Any
    data: Dataset
    options: TrainOptions
    contract: InputContract
    labels: tuple[str, ...]
    positive: str
    training: Training
    select: Metrics
    holdout: Metrics
    holdout_at_half: Metrics
    holdout_truth: npt.NDArray[np.int64]
    """(n,) label indices."""
    holdout_scores: npt.NDArray[np.float32]
    """(n, labels)."""
    collapsed: str | None
    interrupted: bool
    started: datetime
    trained_s: float


def write_run(folder: Path, name: Path, done: Finished) -> dict[str, Any]:
    """Fill an empty folder with a run.

    Args:
        folder: where to write.
        name: what the run will be called; its last part stands in run.json.
        done: what to write.

    Returns:
        what report.json holds.
    """
    done.model.save(folder / MODEL_FILE)
    _write_csv(folder / "splits.csv", SPLIT_COLUMNS, _split_rows(done.data))
    _write_csv(
        folder / "skipped.csv",
        ("path", "reason"),
        ({"path": one.path, "reason": one.reason} for one in done.data.skipped),
    )
    write_atomically(folder / "data.txt", findings_text(done.data.findings))
    history = [epoch.row() for epoch in done.training.history]
    _write_csv(folder / "history.csv", list(history[0]), history)
    sample = _sample(done)
    assessment = _assessment(done, sample)
    report = _report(done, assessment)
    _write_json(folder / "report.json", report)
    info = _info(folder, name, done)
    _write_json(folder / "run.json", info)
    (folder / "plots").mkdir()
    draw_plots(folder / "plots", done, sample, assessment)
    if assessment.mistakes:
        write_sheet(folder / MISTAKES, assessment.mistakes, done.positive)
    write_atomically(folder / "report.md", report_markdown(info, report))
    return report


def _sample(done: Finished) -> Sample:
    index, held = done.labels.index(done.positive), done.data.of("holdout")
    return Sample(
        truth=done.holdout_truth,
        answers=decide(done.holdout_scores, index, done.holdout.threshold),
        scores=as_scores(done.holdout_scores[:, index]),
        labels=done.labels,
        index=index,
        threshold=done.holdout.threshold,
        groups=tuple(one.group for one in held),
        paths=tuple(one.path for one in held),
    )


def _assessment(done: Finished, sample: Sample) -> Assessment:
    """Of the holdout, with how it was learned."""
    training, counts = done.training, done.data.counts()["train"]
    learning = judge_learning(
        training.history,
        training.best,
        training.planned,
        counts,
        done.collapsed,
        done.interrupted,
        averaged=bool(done.options.average_weights),
    )
    facts = picture_facts(
        sample.paths, [one.label for one in done.data.of("holdout")], done.data.roots
    )
    background = Background("held-out pictures", learning, done.select, counts)
    return assess(sample, facts, background, done.options.seed)


def _report(done: Finished, assessment: Assessment) -> dict[str, Any]:
    return {
        "labels": list(done.labels),
        "positive": done.positive,
        "threshold": done.holdout.threshold,
        "holdout": done.holdout.as_json(),
        "holdout_at_half": done.holdout_at_half.as_json(),
        "select": done.select.as_json(),
        "best_epochs": done.training.best,
        "collapsed": done.collapsed,
        "interrupted": done.interrupted,
        "notes": list(done.data.notes),
        "data": done.data.findings.as_json(),
        **assessment.as_json(),
    }


def _info(folder: Path, name: Path, done: Finished) -> dict[str, Any]:
    file = folder / MODEL_FILE
    weights = Path(done.options.weights or "none")
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "name": name.name,
        "architecture": {
            "name": done.options.model,
            "width": done.options.width,
            "weights": str(done.options.weights) if done.options.weights else None,
            "weights_sha256": sha256_file(weights) if weights.is_file() else None,
        },
        "options": done.options.as_json(),
        "seed": done.options.seed,
        "input": done.contract.as_json(),
        "labels": list(done.labels),
        "positive": done.positive,
        "threshold": done.holdout.threshold,
        "parameters": done.model.count_params(),
        "model": {
            "file": file.name,
            "sha256": sha256_file(file),
            "size_bytes": file.stat().st_size,
        },
        "data": {
            "roots": [str(root) for root in done.data.roots],
            "counts": done.data.counts(),
            "sha256": {
                split: _split_hash(done.data.of(split)) for split in ("train", "select", "holdout")
            },
            "skipped": len(done.data.skipped),
        },
        "epochs": len(done.training.history),
        "best_epochs": done.training.best,
        "collapsed": done.collapsed,
        "interrupted": done.interrupted,
        "times": {
            "started": done.started.isoformat(timespec="seconds"),
            "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "trained_s": done.trained_s,
        },
        "versions": package_versions(),
        "machine": {"processor": platform.machine(), "processors": os.cpu_count()},
    }


def _split_hash(examples: Sequence[Example]) -> str:
    """Of a split's labels and picture hashes, whatever the files are called."""
    lines = sorted(f"{one.sha256} {one.label}\n" for one in examples)
    return sha256_bytes("".join(lines).encode())


def _split_rows(data: Dataset) -> Iterable[dict[str, Any]]:
    # The longest root first: one data folder may lie in another.
    order = sorted(range(len(data.roots)), key=lambda index: -len(data.roots[index].parts))
    for one in data.examples:
        root = next(index for index in order if one.path.is_relative_to(data.roots[index]))
        yield {
            "root": root,
            "path": one.path.relative_to(data.roots[root]).as_posix(),
            "label": one.label,
            "split": one.split,
            "sha256": one.sha256,
            "group": one.group,
            "scene": one.scene,
        }


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
