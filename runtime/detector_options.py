"""The options that choose bundle, variant and engine, for every command that decides."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .detector import Detector


def add_detector_options(parser: argparse.ArgumentParser) -> None:
    """Add --bundle, --variant, --backend and --threads."""
    parser.add_argument(
        "--bundle",
        default="default",
        help="a bundle's folder or zip; default: the one that ships",
    )
    parser.add_argument("--variant", help="a variant of the bundle; default: the first that runs")
    parser.add_argument(
        "--backend",
        help="litert, onnxruntime, opencv or fake; default: the first installed that fits",
    )
    parser.add_argument(
        "--threads", type=int, metavar="N", help="processor threads; default: up to 4"
    )


def open_detector(args: argparse.Namespace) -> Detector:
    """The detector that these options ask for; see `Detector` for what it raises."""
    from .detector import Detector

    return Detector(args.bundle, variant=args.variant, backend=args.backend, threads=args.threads)
