"""From pictures to the best choice of options."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from ...runtime.contract import InputContract
from ...runtime.errors import RunError, UsageError
from ...runtime.files import write_atomically
from ..data.dataset import Dataset, load_dataset
from ..data.labels import choose_positive, output_order
from ..fitting.checkpoint import differences
from ..fitting.feature_cache import FeatureCache
from ..fitting.identity import identity_of
from ..fitting.interrupt import Stop, stop_on_interrupt
from ..fitting.loading import load_labelled
from ..options import TrainOptions, as_toml
from ..quiet import import_keras
from .budget import Budget
from .places import Place, place_here
from .space import Space, active, as_json, options_of, space_of
from .trial import Trainer
from .trials import Tried, best_of, tried

TunerName = Literal["bayesian", "hyperband", "random"]
INDEX, ORACLE, TRIALS, BEST, PLOT = (
    *("search.json", "oracle", "trials.json"),
    *("best.toml", "trials.png"),
)
SCHEMA = 1
NO_LIMITS = Budget()


@dataclass(frozen=True, slots=True)
class How:
    """How a search goes about it."""

    tuner: TunerName = "bayesian"
    trials: int | None = 10
    """To train; None, for Hyperband: as many as it plans."""
    budget: Budget = NO_LIMITS
    resume: bool = False
    features: Path | None = None
    """Folder in which features of frozen bases are kept."""
    features_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to."""

    trials: tuple[Tried, ...]
    best: Tried | None
    interrupted: bool
    selected_by: int
    """Pictures of the select split."""


def search(
    roots: Sequence[Path], out: Path, asked: TrainOptions, given: Collection[str], how: How
) -> Outcome | None:
    """Search, and write table, plot and best choice into `out`.

    Nothing looks at the holdout: trials learn from the train split and are compared on the select
    split.

    Args:
        roots: data folders, see `find_labelled`.
        out: folder of the search; a worker leaves it alone.
        asked: options of every trial.
        given: names of those that are not searched.
        how: tuner, limits, resuming.

    Returns:
        None for a worker, which knows of its own trials only.

    Raises:
        UsageError: `out` holds a search and `how.resume` was not said, or another search.
        DataError: the pictures cannot be trained on.
        OutputError: the state cannot be written; what was tried before is kept.
    """
    place = place_here()
    space = space_of(asked, given)
    if place != "worker":
        _check_free(out, how.resume)
    keep = None if place == "chief" else InputContract(*asked.size_wh)
    data = load_dataset(roots, asked.seed, asked.box_rule, asked.allow_leaks, keep)
    positive, why = choose_positive(data.labels, asked.positive)
    for note in (*data.notes, f"positive class: {positive} ({why})"):
        print(note, file=sys.stderr)
    labels = output_order(data.labels, positive)
    identity = {
        **identity_of(data, asked, labels, positive),
        "tuner": how.tuner,
        "limits": asdict(how.budget),
        "space": as_json(space),
        "keras-tuner": version("keras-tuner"),
    }
    if place != "worker":
        _begin(out, identity)
    with contextlib.ExitStack() as stack:
        # A chief waits for others, and a first Ctrl-C ends that.
        stop = Stop() if place == "chief" else stack.enter_context(stop_on_interrupt())
        project = stack.enter_context(_project(out, place))
        trainer = None
        if place != "chief":
            trainer = _trainer(data, asked, space, labels, positive, how, stop)
        oracle, interrupted = _run(project, place, space, identity, asked, how, trainer)
    if place == "worker":
        if interrupted:
            raise KeyboardInterrupt
        return None
    trials = tried(oracle, space)
    outcome = Outcome(trials, best_of(trials), interrupted, len(data.of("select")))
    _write(out, outcome, asked, space, how)
    return outcome


def _check_free(out: Path, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} exists and is not a folder; choose another name")
    if resume or not out.exists() or not any(out.iterdir()):
        return
    cure = "go on with --resume, or choose" if (out / INDEX).exists() else "choose"
    raise UsageError(f"{out} exists and is not empty; {cure} another folder")


def _begin(out: Path, identity: dict[str, Any]) -> None:
    """Write the index, or hold the one that is there against this search."""
    index = out / INDEX
    if not index.exists():
        document = {"schema": SCHEMA, "identity": identity}
        write_atomically(index, json.dumps(document, indent=2) + "\n")
        return
    try:
        kept = json.loads(index.read_bytes())["identity"]
        differing = differences(kept, json.loads(json.dumps(identity)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RunError(f"{index} is damaged ({exc!r}); search in another folder") from None
    if differing:
        raise UsageError(
            f"{out} is of another search: {'; '.join(differing[:5])}; give what it had, or choose"
            " another folder"
        )


@contextlib.contextmanager
def _project(out: Path, place: Place) -> Iterator[Path]:
    """KerasTuner's folder; a worker's is of no use afterwards."""
    if place != "worker":
        yield out / ORACLE
        return
    with tempfile.TemporaryDirectory(prefix="trucksight-tune-") as folder:
        yield Path(folder) / ORACLE


def _trainer(
    data: Dataset,
    asked: TrainOptions,
    space: Space,
    labels: tuple[str, ...],
    positive: str,
    how: How,
    stop: Stop,
) -> Trainer:
    """With its pictures, once for all trials."""
    contract = InputContract(*asked.size_wh)
    cache = None
    if how.features is not None and how.features_bytes:
        cache = FeatureCache(how.features, contract, how.features_bytes)
    train, select = (load_labelled(data, one, labels, contract) for one in ("train", "select"))
    return Trainer(*(asked, space, train, select, labels, positive, how.budget, stop, cache))


def _run(
    project: Path,
    place: Place,
    space: Space,
    identity: dict[str, Any],
    asked: TrainOptions,
    how: How,
    trainer: Trainer | None,
) -> tuple[Any, bool]:
    """The oracle after the search, and whether it was interrupted."""
    import_keras()
    from .oracles import hyperband_trials, make_oracle
    from .tuner import Tuner, run_search

    name = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    epochs = asked.resolved().epochs
    assert epochs
    if how.tuner == "hyperband" and place != "worker":
        print(
            f"hyperband plans {hyperband_trials(epochs)} trials of up to {epochs} epochs",
            file=sys.stderr,
        )
    oracle = make_oracle(how.tuner, space, name, asked.seed, how.trials, epochs)
    with contextlib.redirect_stdout(sys.stderr):
        tuner = Tuner(oracle, project, trainer, name)
    try:
        run_search(tuner, place)
    except KeyboardInterrupt:
        return oracle, True
    return oracle, False


def _write(out: Path, outcome: Outcome, asked: TrainOptions, space: Space, how: How) -> None:
    from .plot import draw_trials

    document = {
        "tuner": how.tuner,
        "model": asked.model,
        "selected_by": outcome.selected_by,
        "trials": [one.as_json() for one in outcome.trials],
        "best": outcome.best.number if outcome.best else None,
    }
    write_atomically(out / TRIALS, json.dumps(document, indent=2) + "\n")
    if outcome.best is None:
        return
    draw_trials(out / PLOT, outcome.trials, space)
    chosen = options_of(active(outcome.best.values, space), asked)
    head = (
        f"# trial {outcome.best.number} of a search over {asked.model}: ROC AUC"
        f" {outcome.best.roc_auc:.4f} on {outcome.selected_by} pictures that chose it\n"
    )
    write_atomically(out / BEST, head + as_toml(chosen))
