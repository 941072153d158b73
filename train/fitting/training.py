"""One training from data folders to a run folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...runtime.contract import InputContract
from ...runtime.errors import OutputError, TrucksightError, UsageError
from ...runtime.files import check_writable_target, folder_atomically
from ..architectures import Network, build
from ..data.dataset import Dataset, load_dataset
from ..data.labels import choose_positive, output_order
from ..options import TrainOptions
from ..quiet import import_keras
from ..run_folder import load_run
from ..run_writer import Finished, write_run
from ..scores.collapse import collapsed
from ..scores.metrics import measure
from ..scores.threshold import choose_threshold
from .checkpoint import Checkpoints, check_room
from .distillation import Distillation, load_teacher, open_teacher
from .feature_cache import FeatureCache
from .hints import hinted
from .identity import identity_of
from .interrupt import Stop, stop_on_interrupt
from .loading import load_labelled
from .notes import teacher_notes, training_notes
from .scored import Scored
from .stages import Aids, Training, train_network
from .strategies import settled
from .tensorboard import Board


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to."""

    path: Path
    report: dict[str, Any]
    """The whole of report.json."""
    collapsed: str | None
    """A sentence with advice when the model says one thing whatever it sees."""
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Extras:
    """What stands beside a training and does not change what it comes to."""

    resume: bool = False
    """Continue what was cut short; begin where there is nothing to continue."""
    tensorboard: Path | None = None
    """Folder for curves."""
    features: Path | None = None
    """Folder in which features of frozen bases are kept."""
    features_bytes: int = 0
    """At most, of all of them."""


def train(
    roots: Sequence[Path],
    out: Path,
    options: TrainOptions,
    overwrite: bool = False,
    extras: Extras | None = None,
) -> Outcome:
    """Train a model and write its run.

    The same pictures, options, versions, processor and number of threads give the same weights to
    the bit; so does a training that was killed and continued.

    Args:
        roots: data folders, see `find_labelled`.
        out: the run folder to make.
        options: what is asked for.
        overwrite: replace a run that is there, and forget a training that was cut short.
        extras: resuming, curves, caches.

    Raises:
        OutputError: `out` exists or cannot be written, or the disk is too full; nothing was
            trained. Or a checkpoint or the run could not be written; the checkpoint before it is
            kept.
        DataError: the pictures cannot be trained on.
        UsageError: the weights cannot be had or do not fit; or the teacher has no hints for such
            a student; or what was cut short is of another training, or would be lost.
        KeyboardInterrupt: Ctrl-C before the first epoch ended, or a second one.
    """
    extras = extras or Extras()
    asked, options = options.strategy, options.resolved()
    checkpoints = Checkpoints.beside(out)
    if checkpoints.file.exists() and not (extras.resume or overwrite):
        raise UsageError(
            f"a training of {out} was cut short: continue it with --resume, or forget it with"
            " --overwrite"
        )
    if options.teacher:
        load_run(options.teacher)  # what is wrong is told before pictures are read
    with folder_atomically(out, overwrite) as staging:
        began, started = time.monotonic(), datetime.now(timezone.utc)
        keep = InputContract(*options.size_wh)
        data = load_dataset(roots, options.seed, options.box_rule, options.allow_leaks, keep)
        # From here on, not from the first step: importing TensorFlow can swallow a Ctrl-C.
        with stop_on_interrupt() as stop:
            positive, why = choose_positive(data.labels, options.positive)
            options, notes = settled(options, asked, [one.label for one in data.of("train")])
            data = replace(data, notes=(*data.notes, *notes))
            for note in (*data.notes, f"positive class: {positive} ({why})"):
                _say(note)
            job = _Job(data, positive, options, out, extras)
            finished = _fit(job, stop, started, began)
        try:
            report = write_run(staging, out, finished)
        except OSError as exc:
            if isinstance(exc, TrucksightError):
                raise
            raise OutputError(
                f"cannot write {out}: {exc.strerror or exc}; what was trained is kept: make room"
                " and continue with --resume"
            ) from exc
        check_writable_target(out, overwrite)
    if not finished.interrupted:
        checkpoints.discard()
    return Outcome(out, report, finished.collapsed, finished.interrupted)


@dataclass(frozen=True, slots=True)
class _Job:
    """One training that has its pictures."""

    data: Dataset
    positive: str
    options: TrainOptions
    out: Path
    extras: Extras


def _fit(job: _Job, stop: Stop, started: datetime, began: float) -> Finished:
    data, positive, options = job.data, job.positive, job.options
    labels = output_order(data.labels, positive)
    index = labels.index(positive)
    contract = InputContract(*options.size_wh)
    keras = import_keras()
    keras.utils.set_random_seed(options.seed)
    if options.weights == "none":
        _say("--weights none: the base is trained too, since frozen random layers know nothing")
    teacher = open_teacher(options.teacher, labels, positive) if options.teacher else None
    if teacher:
        notes = teacher_notes(teacher, options, data)
        _say("\n".join(notes))
        data = replace(data, notes=(*data.notes, *notes))
    network = build(options.model, options.recipe(1 if len(labels) == 2 else len(labels)))
    if teacher and options.hints:
        largest = options.pool_dense if options.reparameterize else 1
        network = hinted(keras, network, load_teacher(teacher), options.hints, largest)
    _check_room(job, network)
    aids = _aids(job, labels, contract)
    learned, select = (load_labelled(data, one, labels, contract) for one in ("train", "select"))
    taught = Distillation(teacher, options.teacher_share, aids.cache, stop) if teacher else None
    training = train_network(keras, network, learned, select, index, options, stop, aids, taught)
    if not training.history:
        raise KeyboardInterrupt
    model = network.deployed
    trained_s = time.monotonic() - began
    scored = Scored(model, network, training, aids.cache)
    select_scores, select_truth = scored.of_select(select), select.truth
    threshold = choose_threshold(select_truth == index, select_scores[:, index], options.seed)
    del learned, select
    holdout = load_labelled(data, "holdout", labels, contract)
    holdout_scores = scored.of(holdout)
    return Finished(
        model=_without_optimizer(keras, model),
        data=replace(data, notes=(*data.notes, *training_notes(options, network, model))),
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
        collapsed=collapsed(select_scores, labels, positive, threshold, _last_rate(training)),
        interrupted=stop.asked,
        started=started,
        trained_s=round(trained_s, 3),
    )


def _aids(job: _Job, labels: tuple[str, ...], contract: InputContract) -> Aids:
    checkpoints, extras = Checkpoints.beside(job.out), job.extras
    identity = identity_of(job.data, job.options, labels, job.positive)
    state = None
    if extras.resume:
        state = checkpoints.load(identity)
        _say(
            "there is nothing to continue; training from the beginning"
            if state is None
            else f"continuing after epoch {state.epoch} of stage {state.stage}"
        )
    else:
        checkpoints.discard()
    cache = None
    if extras.features is not None and extras.features_bytes:
        cache = FeatureCache(extras.features, contract, extras.features_bytes)
    board = Board(extras.tensorboard) if extras.tensorboard else None
    return Aids(cache, checkpoints, identity, state, board)


def _check_room(job: _Job, network: Network) -> None:
    trained = network.head if job.options.strategy == "extract" else network.model
    averaged = bool(job.options.average_weights)
    check_room(job.out, network.deployed.count_params(), trained.count_params(), averaged)


def _without_optimizer(keras: Any, model: Any) -> Any:
    """The model as if it had never been compiled: its file holds no optimiser and no loss."""
    return keras.Model(model.input, model.output, name=model.name)


def _last_rate(training: Training) -> float:
    """Of the last stage that made it better."""
    moved = [name for name, best in training.best.items() if best > 0]
    return training.rates[moved[-1] if moved else next(iter(training.rates))]


def _say(text: str) -> None:
    print(text, file=sys.stderr)
