"""`trucksight evaluate`: a run or a bundle and labelled pictures in, metrics out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.backends import BACKENDS
from ...runtime.extras import require

if TYPE_CHECKING:
    from .evaluating import Evaluation


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add("target", metavar="RUN|BUNDLE", help="a run's folder; or a bundle's folder or zip, or the"
        " word default for the one that ships")  # fmt: skip
    add("data", type=Path, metavar="DATA", help="folder of class folders, with or without split"
        " folders above them")  # fmt: skip
    add("--split", choices=("val", "test", "train", "all"), help="which of the split folders;"
        " default test, else val, else train; all where there are none")  # fmt: skip
    add("--variant", help="of a bundle; default: the first that an engine here reads")
    add("--backend", choices=list(BACKENDS), help="engine for a bundle")
    add("--out", type=Path, metavar="FOLDER", help="leave a report with plots and the surest"
        " mistakes there")  # fmt: skip
    add("--overwrite", action="store_true", help="replace FOLDER if it exists")
    add("--seed", type=int, default=0, help="of the intervals; default %(default)s")
    add("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print; 0 whatever the metrics are."""
    if (Path(args.target) / "run.json").is_file():
        require(["tensorflow", "keras", "sklearn"], "train", "trucksight evaluate of a run")
    else:
        require(["sklearn"], "evaluate", "trucksight evaluate")
    if args.out:
        require(["matplotlib"], "plot", "trucksight evaluate --out")
    from ...runtime.files import check_writable_target
    from ...runtime.opencv_messages import silence
    from .evaluating import evaluate

    silence()
    if args.out:
        check_writable_target(args.out, args.overwrite)
    result = evaluate(args.target, args.data, args.split, args.variant, args.backend, args.seed)
    if args.out:
        from .leaving import leave

        leave(result, args.out, args.overwrite)
    if args.json:
        print(json.dumps(result.as_json(), indent=2))
    else:
        _print(result)
    if result.unknown:
        reasons = ", ".join(f"{count} {reason}" for reason, count in result.unknown.items())
        print(f"without an answer, not counted above: {reasons}", file=sys.stderr)
    return 0


def _print(result: Evaluation) -> None:
    from .markdown import conclusion_lines

    metrics = result.metrics
    of = f", variant {result.variant}" if result.variant else ""
    print(f"{result.path}{of}, {result.backend}; split {result.split}, {metrics.n} pictures")
    for name, figure in result.assessment.figures.values.items():
        print(f"{name:18} {figure}")
    if len(metrics.labels) > 2:
        for name in ("precision", "recall", "f1"):
            print(f"{'mean ' + name:18} {getattr(metrics, name):.3f}")
    print(f"{'threshold':18} {metrics.threshold:.4f}")
    width = max(len(label) for label in metrics.labels) + 2
    print("\n" + f"{'truth / answer':{max(width, 16)}}" + "".join(
        f"{label:>{width}}" for label in metrics.labels
    ))  # fmt: skip
    for label, row in zip(metrics.labels, metrics.confusion, strict=True):
        print(f"{label:{max(width, 16)}}" + "".join(f"{count:>{width}}" for count in row))
    print()
    for line in conclusion_lines(result.assessment.as_json()):
        print(f"- {line}")
