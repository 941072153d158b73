"""`trucksight train`: labelled pictures in, a run folder out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..runtime.extras import require
from .architectures import ARCHITECTURES
from .options import DEFAULT_MODEL, DEFAULT_WIDTH, TrainOptions

EXIT_COLLAPSED = 1
EXIT_INTERRUPTED = 130

EPILOG = """
exit status: 0 trained; 1 trained but collapsed (the run is kept, the line on stderr says what to
do); 2 an error; 130 after Ctrl-C (once: the best epoch so far is kept as a run)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    families = "; ".join(f"{name}: {row.help}" for name, row in ARCHITECTURES.items())
    rates = ", ".join(f"{name} {row.learning_rate:g}" for name, row in ARCHITECTURES.items())
    epochs = ", ".join(f"{name} {row.epochs}" for name, row in ARCHITECTURES.items())
    defaults = TrainOptions()
    parser.epilog = EPILOG
    add = parser.add_argument
    add("data", nargs="+", type=Path, metavar="DATA", help="folder of class folders, with or"
        " without train/, val/ and test/ above them")  # fmt: skip
    add("--out", required=True, type=Path, metavar="RUN", help="run folder to make")
    add("--model", default=DEFAULT_MODEL, choices=list(ARCHITECTURES), help=f"{families};"
        " default %(default)s")  # fmt: skip
    add("--size", type=int, default=defaults.size, help="input height and width, pixels;"
        " default %(default)s")  # fmt: skip
    add("--width", type=float, help=f"share of MobileNetV2's channels; default {DEFAULT_WIDTH}")
    add("--weights", metavar="imagenet|none|FILE", help="of MobileNetV2's base; default imagenet,"
        " which Keras downloads")  # fmt: skip
    add("--positive", metavar="NAME", help="the class that is looked for; default truck, or the"
        " class that has a no_ counterpart")  # fmt: skip
    add("--epochs", type=int, help=f"at most; default: {epochs}")
    add("--learning-rate", type=float, help=f"of Adam; default: {rates}")
    add("--batch-size", type=int, default=defaults.batch_size, help="default %(default)s")
    add("--augment", action=argparse.BooleanOptionalAction, help="vary the training pictures;"
        " default: where no base is frozen (fine-tuning always does)")  # fmt: skip
    add("--fine-tune", type=float, default=defaults.fine_tune, metavar="FRACTION", help="share of"
        " the base, from the top, that is trained after the head; default 0, off")  # fmt: skip
    add("--fine-tune-epochs", type=int, default=defaults.fine_tune_epochs,
        help="default %(default)s")  # fmt: skip
    add("--fine-tune-rate", type=float, default=defaults.fine_tune_rate, help="of Adam, falling"
        " to 0; default %(default)s")  # fmt: skip
    add("--seed", type=int, default=defaults.seed, help="default %(default)s")
    add("--overwrite", action="store_true", help="replace RUN if it exists")
    add("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Train and print the report; the exit status stands in EPILOG."""
    require(["tensorflow", "keras", "sklearn", "matplotlib"], "train", "trucksight train")
    options = TrainOptions(
        model=args.model,
        size=args.size,
        width=args.width,
        weights=args.weights,
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        batch_size=args.batch_size,
        seed=args.seed,
        positive=args.positive,
        augment=args.augment,
        fine_tune=args.fine_tune,
        fine_tune_epochs=args.fine_tune_epochs,
        fine_tune_rate=args.fine_tune_rate,
    )
    from ..runtime.opencv_messages import silence
    from .evaluation.markdown import conclusion_lines
    from .training import train

    silence()
    try:
        outcome = train(args.data, args.out, options, args.overwrite)
    except KeyboardInterrupt:
        print("interrupted before there was a run to keep; nothing was written", file=sys.stderr)
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
    if outcome.collapsed:
        print(outcome.collapsed, file=sys.stderr)
    if outcome.interrupted:
        print(f"interrupted; the best epoch so far is kept in {outcome.path}", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_COLLAPSED if outcome.collapsed else 0
