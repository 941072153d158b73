"""One training from data folders to a run folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.contract import InputContract
from ..runtime.files import check_writable_target, folder_atomically
from .architectures import Recipe, build
from .collapse import collapsed
from .dataset import Dataset, load_dataset
from .interrupt import Stop, stop_on_interrupt
from .labels import choose_positive, output_order
from .metrics import measure, truth_of
from .options import TrainOptions
from .quiet import import_keras
from .run_writer import Finished, write_run
from .scoring import load_pixels, pixel_scores
from .stages import Labelled, Training, train_network
from .threshold import choose_threshold


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to."""

    path: Path
    report: dict[str, Any]
    """The whole of report.json."""
    collapsed: str | None
    """A sentence with advice when the model says one thing whatever it sees."""
    interrupted: bool


def train(
    roots: Sequence[Path], out: Path, options: TrainOptions, overwrite: bool = False
) -> Outcome:
    """Train a model and write its run.

    The same pictures, options, versions and processor give the same weights up to the order in
    which threads add up floating-point numbers.

    Args:
        roots: data folders, see `find_labelled`.
        out: the run folder to make.
        options: what is asked for.
        overwrite: replace a run that is there.

    Raises:
        OutputError: `out` exists or cannot be written; nothing was trained.
        DataError: the pictures cannot be trained on.
        UsageError: the weights cannot be had or do not fit.
        KeyboardInterrupt: Ctrl-C before the first epoch ended, or a second one; nothing is left.
    """
    options = options.resolved()
    with folder_atomically(out, overwrite) as staging:
        began, started = time.monotonic(), datetime.now(timezone.utc)
        data = load_dataset(roots, options.seed, options.box_rule, options.allow_leaks)
        # From here on, not from the first step: importing TensorFlow can swallow a Ctrl-C.
        with stop_on_interrupt() as stop:
            positive, why = choose_positive(data.labels, options.positive)
            for note in (*data.notes, f"positive class: {positive} ({why})"):
                _say(note)
            finished = _fit(data, positive, options, stop, started, began)
        report = write_run(staging, out, finished)
        check_writable_target(out, overwrite)
    return Outcome(out, report, finished.collapsed, finished.interrupted)


def _fit(
    data: Dataset,
    positive: str,
    options: TrainOptions,
    stop: Stop,
    started: datetime,
    began: float,
) -> Finished:
    labels = output_order(data.labels, positive)
    index = labels.index(positive)
    contract = InputContract(width=options.size, height=options.size)
    keras = import_keras()
    keras.utils.set_random_seed(options.seed)
    if options.weights == "none":
        _say("--weights none: the base is trained too, since frozen random layers know nothing")
    network = build(
        options.model,
        Recipe(
            size=options.size,
            outputs=1 if len(labels) == 2 else len(labels),
            width=options.width,
            weights=options.weights,
        ),
    )
    splits = {split: _load(data, split, labels, contract) for split in ("train", "select")}
    training = train_network(
        keras, network, splits["train"], splits["select"], index, options, stop
    )
    if not training.history:
        raise KeyboardInterrupt
    trained_s = time.monotonic() - began
    select_scores = pixel_scores(network.model, splits["select"].pixels)
    select_truth = splits["select"].truth
    threshold = choose_threshold(select_truth == index, select_scores[:, index], options.seed)
    del splits
    holdout = _load(data, "holdout", labels, contract)
    holdout_scores = pixel_scores(network.model, holdout.pixels)
    return Finished(
        model=network.model,
        data=data,
        options=options,
        contract=contract,
        labels=labels,
        positive=positive,
        training=training,
        select=measure(select_truth, select_scores, labels, positive, threshold),
        holdout=measure(holdout.truth, holdout_scores, labels, positive, threshold),
        holdout_at_half=measure(holdout.truth, holdout_scores, labels, positive, 0.5),
        holdout_truth=holdout.truth,
        holdout_scores=holdout_scores,
        collapsed=collapsed(
            select_scores, labels, positive, threshold, _last_rate(options, training)
        ),
        interrupted=stop.asked,
        started=started,
        trained_s=round(trained_s, 3),
    )


def _load(data: Dataset, split: str, labels: tuple[str, ...], contract: InputContract) -> Labelled:
    examples = data.of(split)
    truth: npt.NDArray[np.int64] = truth_of([one.label for one in examples], labels)
    return Labelled(load_pixels(examples, contract), truth)


def _last_rate(options: TrainOptions, training: Training) -> float:
    tuned = training.best.get("fine-tune", 0) > 0
    return options.fine_tune_rate if tuned else options.learning_rate or 0.0


def _say(text: str) -> None:
    print(text, file=sys.stderr)
