"""`trucksight predict`: decide on single pictures."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .detector_options import acceptance_note, add_detector_options, open_detector

if TYPE_CHECKING:
    from .decision import Decision


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_detector_options(parser)
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="a picture, a folder of pictures or a glob"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(args: argparse.Namespace) -> int:
    """Decide on every picture; one that cannot be read is UNKNOWN, one that is absent an error.

    Returns:
        0.
    """
    from .opencv_messages import silence
    from .sources.pictures import find_pictures, from_paths

    silence()
    paths = [path for text in args.images for path in find_pictures(text)]
    with open_detector(args) as detector, from_paths("pictures", paths) as source:
        note = acceptance_note(detector)
        if note:
            print(f"note: {note}", file=sys.stderr)
        decided = (detector.decide_frame(frame) for frame in source.frames())
        if args.json:
            document = {
                "bundle": detector.bundle.name,
                "variant": detector.variant.name,
                "backend": detector.backend_name,
                "engine": detector.engine,
                "threshold": detector.variant.threshold,
                "results": [_result(decision) for decision in decided],
            }
            print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
        else:
            _print_lines(paths, decided)
    return 0


def _result(decision: Decision) -> dict[str, Any]:
    record = decision.as_json()
    kept = ("verdict", "probability", "reason", "detail", "label")
    return {"path": decision.name, **{key: record[key] for key in kept}}


def _print_lines(paths: list[Path], decided: Iterator[Decision]) -> None:
    width = max(len(str(path)) for path in paths)
    for decision in decided:
        print(f"{decision.name:<{width}}  {_line(decision)}", flush=True)


def _line(decision: Decision) -> str:
    if math.isnan(decision.probability):
        reason = decision.reason.value if decision.reason else ""
        return f"{decision.verdict.value:<8}  -      {reason}: {decision.detail}"
    return f"{decision.verdict.value:<8}  {decision.probability:.3f}  {decision.label}"
