"""`trucksight tune`: search for the options of a training."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.errors import UsageError
from ...runtime.extras import require
from ...runtime.settings.config_file import ConfigFile
from ...runtime.settings.settings import spelt
from ..common_options import NEEDED, add_feature_cache, feature_bytes
from ..options import OPTIONS, add_options, resolve
from .places import place_here

if TYPE_CHECKING:
    from .searching import Outcome

TUNERS = ("bayesian", "hyperband", "random")
TRIALS = 10
MODEL = "tuned-cnn"
EXIT_NOTHING, EXIT_INTERRUPTED = 1, 130

EPILOG = """
Every option of a training can be given; it is then the same for all trials and is not searched.
exit status: 0 at least one trial was trained; 1 none was, all were refused; 2 an error; 130 after
Ctrl-C (--resume goes on)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("data", nargs="+", type=Path, metavar="DATA", help="folders as for trucksight train")
    add("--out", type=Path, metavar="FOLDER", help="where to leave table, plot and best.toml; a"
        " worker needs none")  # fmt: skip
    add("--tuner", choices=TUNERS, default=TUNERS[0], help="how to choose; default %(default)s")
    add("--trials", type=int, metavar="N", help=f"to train; default {TRIALS}, for hyperband as many"
        " as it plans")  # fmt: skip
    add("--max-parameters", type=int, metavar="N", help="refuse larger models untrained")
    add("--max-multiply-adds", type=int, metavar="N", help="the same by multiply-adds a picture")
    add("--max-latency-ms", type=float, metavar="X", help="the same by the median time of a picture"
        " on this machine, as TFLite float32 by LiteRT")  # fmt: skip
    add("--resume", action="store_true", help="go on with the search of FOLDER")
    add_feature_cache(parser)
    add("--json", action="store_true", help="print the trials as one JSON document")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Search, and print the table and what to do with the best choice."""
    _check(args)
    given = _given(args)
    if "model" not in given:
        args.model = MODEL
    if not {"strategy", "fine_tune", "fine_tune_from"} & given:
        args.strategy = "auto"  # the search chooses, and options of any strategy may be given
    asked = resolve(args)
    if asked.teacher:
        raise UsageError("--teacher is for trucksight train; leave it out of a search")
    require(NEEDED, "train", "trucksight tune")
    require(("keras_tuner", "grpc"), "tune", "trucksight tune")
    if args.max_latency_ms is not None:
        _require_litert()
    from ...runtime.opencv_messages import silence
    from ..fitting.feature_cache import features_folder
    from .budget import Budget
    from .searching import How, search

    silence()
    trials = args.trials if args.trials or args.tuner == "hyperband" else TRIALS
    how = How(
        tuner=args.tuner,
        trials=trials,
        budget=Budget(args.max_parameters, args.max_multiply_adds, args.max_latency_ms),
        resume=args.resume,
        features=features_folder(),
        features_bytes=feature_bytes(args),
    )
    outcome = search(args.data, args.out or Path(), asked, given, how)
    if outcome is None:
        print("the chief has no more trials; it has the table", file=sys.stderr)
        return 0
    return _tell(args, outcome)


def _tell(args: argparse.Namespace, outcome: Outcome) -> int:
    from .searching import BEST, PLOT, TRIALS as DOCUMENT  # isort: skip
    from .trials import as_table

    if args.json:
        print((args.out / DOCUMENT).read_text(), end="")
    elif outcome.trials:
        print("\n".join(as_table(outcome.trials)))
    best = outcome.best
    if best is not None:
        data = shlex.join(map(str, args.data))
        print(
            f"trial {best.number} has the highest ROC AUC, {best.roc_auc:.4f}, on"
            f" {outcome.selected_by} pictures that also chose it: expect less on others; plot:"
            f" {args.out / PLOT}\nto train it: trucksight train {data} --config"
            f" {shlex.quote(str(args.out / BEST))} --out RUN",
            file=sys.stderr,
        )
    if outcome.interrupted:
        print("interrupted; --resume goes on", file=sys.stderr)
        return EXIT_INTERRUPTED
    if best is None:
        print("no trial was trained; every choice was refused: raise the limits", file=sys.stderr)
        return EXIT_NOTHING
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.out is None and place_here() != "worker":
        raise UsageError("trucksight tune needs --out FOLDER")
    for name in ("trials", "max_parameters", "max_multiply_adds", "max_latency_ms"):
        value = getattr(args, name)
        if value is not None and not value > 0:
            raise UsageError(f"--{spelt(name)} must be above 0, not {value}")


def _given(args: argparse.Namespace) -> frozenset[str]:
    """Names of training options that the command line or its --config sets."""
    keys = ConfigFile.read(args.config).values if args.config else {}
    return frozenset(
        name for name in OPTIONS if getattr(args, name) is not None or spelt(name) in keys
    )


def _require_litert() -> None:
    try:
        require(("ai_edge_litert",), "litert", "--max-latency-ms")
    except ImportError as exc:
        raise UsageError(f"{exc}; or limit --max-multiply-adds instead") from None
