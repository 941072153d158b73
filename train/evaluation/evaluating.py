"""Measuring a run or a bundle on labelled pictures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract, model_input
from ...runtime.decision import Frame
from ...runtime.detector import Detector, resolve_bundle
from ...runtime.errors import DataError, PictureError, RunError, UsageError
from ...runtime.picture import read_picture
from ..data.folders import Found, find_pictures
from ..run_folder import load_run
from ..scores.metrics import Metrics, decide
from ..threads import parallel
from .answered import Answer, answered, assessed, measured, seen_before, unanswered
from .assessment import Assessment
from .conclusion import Background
from .sample import Sample

Wanted = Literal["train", "val", "test", "all"]
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run or a bundle is worth on some pictures."""

    metrics: Metrics
    """Over the pictures that got an answer."""
    sample: Sample
    """These pictures."""
    assessment: Assessment
    """Of them."""
    unknown: dict[str, int]
    """Pictures without an answer, by reason."""
    split: Wanted
    """The folders that were used."""
    path: Path
    kind: Literal["run", "bundle"]
    variant: str | None
    """None for a run."""
    backend: str
    """The engine in effect."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`: the metrics and what they are of, in one flat document."""
        return {
            **self.metrics.as_json(),
            **self.assessment.as_json(),
            "unknown": self.unknown,
            "skipped": sum(self.unknown.values()),
            "split": self.split,
            "path": str(self.path),
            "kind": self.kind,
            "variant": self.variant,
            "backend": self.backend,
        }


def evaluate(
    target: Path | str,
    data: Path,
    split: Wanted | None = None,
    variant: str | None = None,
    backend: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Measure a run through Keras, or a bundle through what runs on the board.

    Args:
        target: a run's folder; or a bundle's folder, its zip, or `default`.
        data: class folders, with or without split folders above them.
        split: which of the split folders; None: test, else val, else train, where there are any.
        variant: of a bundle.
        backend: of a bundle.
        seed: of the bootstrap.

    Raises:
        DataError: no such split, other classes than the model's, or no picture got an answer.
        RunError: `target` is neither a run nor a bundle, or damaged.
        BundleError: a bundle that is damaged.
        UsageError: `variant` or `backend` was given for a run.
    """
    found, used = choose_split(find_pictures([data]), split, data)
    if (Path(target) / "run.json").is_file():
        if variant or backend:
            raise UsageError("--variant and --backend are for bundles; a run has one Keras model")
        return _evaluate_run(Path(target), found, used, seed)
    path = resolve_bundle(target)
    if path.is_dir() and not (path / "bundle.json").is_file():
        raise RunError(f"{path} is neither a run (run.json) nor a bundle (bundle.json)")
    if not path.exists():
        raise RunError(f"there is no run or bundle at {path}")
    return _evaluate_bundle(path, found, used, variant, backend, seed)


def choose_split(
    found: Sequence[Found], split: Wanted | None, data: Path
) -> tuple[list[Found], Wanted]:
    """The pictures of a split, and which one it is.

    Raises:
        DataError: there is no such split folder.
    """
    given = {one.given for one in found}
    order: tuple[Wanted, ...] = ("test", "val", "train")
    default: Wanted = next((name for name in order if name in given), "all")
    used = default if split is None else split
    if used == "all":
        return list(found), used
    if used not in given:
        there = ", ".join(sorted(str(name) for name in given if name)) or "no split folders"
        raise DataError(f"{data} has no {used} folder, only {there}; try --split all")
    return [one for one in found if one.given == used], used


def _evaluate_run(path: Path, found: list[Found], split: Wanted, seed: int) -> Evaluation:
    run = load_run(path)
    _check_labels(found, run.labels, path)
    from ..quiet import import_keras
    from ..scores.scoring import BATCH, pixel_scores

    model = run.model()
    answers: list[Answer] = []
    for start in range(0, len(found), BATCH):
        part = parallel(lambda one: _pixels(one, run.contract), found[start : start + BATCH])
        readable = [pixels for pixels in part if pixels is not None]
        scores = (
            pixel_scores(model, np.concatenate(readable))
            if readable
            else np.empty((0, len(run.labels)), np.float32)
        )
        labels = decide(scores, run.positive_index, run.threshold)
        given = iter(zip(labels, scores, strict=True))
        for pixels in part:
            if pixels is None:
                answers.append(UNREADABLE)
            else:
                label, row = next(given)
                answers.append((int(label), float(row[run.positive_index])))
    sample = answered(found, answers, run.labels, run.positive, run.threshold)
    assessment = assessed(found, sample, seed, Background(seen=seen_before(run, sample)))
    engine = f"keras {import_keras().__version__}"
    return Evaluation(
        measured(sample), sample, assessment, unanswered(answers), split, path, "run", None, engine
    )


def _evaluate_bundle(
    path: Path,
    found: list[Found],
    split: Wanted,
    variant: str | None,
    backend: str | None,
    seed: int,
) -> Evaluation:
    with Detector(path, variant=variant, backend=backend) as detector:
        bundle, chosen = detector.bundle, detector.variant
        _check_labels(found, bundle.labels, path)
        answers: list[Answer] = []
        for number, one in enumerate(found):
            decision = detector.decide_frame(_frame(one, number))
            if decision.label is None:
                answers.append(decision.reason.value if decision.reason else UNREADABLE)
            else:
                answers.append((bundle.labels.index(decision.label), decision.probability))
        sample = answered(found, answers, bundle.labels, bundle.positive, chosen.threshold)
        engine, unknown = detector.engine, unanswered(answers)
    assessment = assessed(found, sample, seed, Background(calibrated=True))
    return Evaluation(
        measured(sample), sample, assessment, unknown, split, path, "bundle", chosen.name, engine
    )


def _check_labels(found: Sequence[Found], labels: Sequence[str], path: Path) -> None:
    came = {one.label for one in found}
    if came != set(labels):
        raise DataError(
            f"the classes differ: {path} knows {', '.join(sorted(labels))};"
            f" the folders are {', '.join(sorted(came))}"
        )


def _pixels(one: Found, contract: InputContract) -> npt.NDArray[np.uint8] | None:
    try:
        return model_input(read_picture(one.root / one.path), contract)
    except PictureError:
        return None


def _frame(one: Found, number: int) -> Frame:
    path = one.root / one.path
    now = time.monotonic_ns()
    try:
        return Frame(read_picture(path), now, number, 0.0, name=str(path))
    except PictureError as exc:
        return Frame(None, now, number, 0.0, name=str(path), detail=str(exc))
