"""`trucksight demo`: render a clip, detect the trucks in it, compare with the truth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .detector_options import add_detector_options, open_detector
from .extras import require

if TYPE_CHECKING:
    from .demo import DemoResult


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_detector_options(parser)
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder; default: demo")
    parser.add_argument("--seconds", type=float, default=32.0, help="of the clip (default 32)")
    parser.add_argument("--passages", type=int, default=5, help="of trucks (default 5)")
    parser.add_argument("--seed", type=int, default=7, help="of the clip (default 7)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    parser.add_argument("--json", action="store_true", help="the result as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Run the demo and print what it found and left."""
    require(["matplotlib"], "demo", "trucksight demo")
    from .demo import FILES, DemoOptions, run_demo
    from .files import check_writable_target
    from .opencv_messages import silence

    silence()
    check_writable_target(args.out, args.overwrite)
    options = DemoOptions(seconds=args.seconds, passages=args.passages, seed=args.seed)
    with open_detector(args) as detector:
        result = run_demo(
            args.out,
            detector,
            options,
            args.overwrite,
            lambda words: print(words, file=sys.stderr, flush=True),
        )
    if args.json:
        print(json.dumps(result.as_json()))
        return 0
    print(_text(result))
    print(f"left in {args.out}/:")
    for name, what in FILES.items():
        print(f"  {name:<16} {what}")
    return 0


def _text(result: DemoResult) -> str:
    summary, comparison = result.summary, result.comparison
    ages = [
        "-" if age is None else f"{age:.1f} ms" for age in (summary.age_p50_ms, summary.age_p99_ms)
    ]
    rate = "-" if summary.fps is None else f"{summary.fps:.1f}"
    return "\n".join(
        [
            f"passages  {len(result.passages)} true, {comparison.found} found,"
            f" {comparison.missed} missed; {comparison.false} false events",
            f"frames    {summary.captured} captured, {summary.decided} decided,"
            f" {sum(summary.dropped.values())} dropped",
            f"age       p50 {ages[0]}, p99 {ages[1]} from decoded frame to decision",
            f"speed     {rate} frames per second, drawing the annotated video included",
        ]
    )
