"""`trucksight train`: labelled pictures in, a run folder out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..runtime.errors import UsageError
from ..runtime.extras import require
from .common_options import NEEDED, add_feature_cache, feature_bytes
from .options import add_options, as_toml, resolve

EXIT_COLLAPSED = 1
EXIT_INTERRUPTED = 130

EPILOG = """
exit status: 0 trained; 1 trained but collapsed (the run is kept, the line on stderr says what to
do); 2 an error; 130 after Ctrl-C (once: the best epoch so far is kept as a run, and --resume
--overwrite continues)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("data", nargs="*", type=Path, metavar="DATA", help="folder of class folders, with or"
        " without train/, val/ and test/ above them, or of COCO boxes")  # fmt: skip
    add("--out", type=Path, metavar="RUN", help="run folder to make")
    add("--overwrite", action="store_true", help="replace RUN if it exists, and forget a training"
        " that was cut short")  # fmt: skip
    add("--resume", action="store_true", help="continue a training that was killed or interrupted,"
        " to what it would have come to")  # fmt: skip
    add("--tensorboard", type=Path, metavar="DIR", help="write curves for TensorBoard")
    add_feature_cache(parser)
    add("--print-config", action="store_true", help="print the options as TOML and end")
    add("--json", action="store_true", help="print the report as JSON")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Train and print the report; the exit status stands in EPILOG."""
    options = resolve(args)
    if args.print_config:
        print(as_toml(options), end="")
        return 0
    if not args.data or args.out is None:
        raise UsageError("trucksight train needs DATA and --out RUN")
    require(NEEDED, "train", "trucksight train")
    from ..runtime.opencv_messages import silence
    from .evaluation.markdown import conclusion_lines
    from .fitting.checkpoint import Checkpoints
    from .fitting.feature_cache import features_folder
    from .fitting.training import Extras, train
    from .runs import compared

    silence()
    extras = Extras(
        resume=args.resume,
        tensorboard=args.tensorboard,
        features=features_folder(),
        features_bytes=feature_bytes(args),
    )
    try:
        outcome = train(args.data, args.out, options, args.overwrite, extras)
    except KeyboardInterrupt:
        kept = Checkpoints.beside(args.out).file.exists()
        left = "--resume continues it" if kept else "nothing was written"
        print(f"interrupted before there was a run to keep; {left}", file=sys.stderr)
        return EXIT_INTERRUPTED
    held = outcome.report["holdout"]
    if args.json:
        print(json.dumps({"run": str(outcome.path), **outcome.report}, indent=2))
    else:
        area = "-" if held["roc_auc"] is None else f"{held['roc_auc']:.4f}"
        accuracy = outcome.report["figures"]["values"]["accuracy"]
        ends = (
            "" if accuracy["low"] is None else f" ({accuracy['low']:.3f} to {accuracy['high']:.3f})"
        )
        print(
            f"{outcome.path}: holdout of {held['n']}: ROC AUC {area},"
            f" accuracy {held['accuracy']:.4f}{ends}, precision {held['precision']:.4f},"
            f" recall {held['recall']:.4f} at threshold {held['threshold']:.4f}"
        )
        for line in conclusion_lines(outcome.report):
            print(f"- {line}")
    beside = compared(outcome.path)
    if beside:
        print(beside, file=sys.stderr)
    if outcome.collapsed:
        print(outcome.collapsed, file=sys.stderr)
    if outcome.interrupted:
        print(
            f"interrupted; the best epoch so far is kept in {outcome.path};"
            " --resume --overwrite continues",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    return EXIT_COLLAPSED if outcome.collapsed else 0
