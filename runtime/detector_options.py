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
    """The detector that these options ask for; see `Detector` for what it raises.

    OpenCV is set to one thread for the whole process, which the `opencv` engine overrides:
    shrinking a frame is so short that OpenCV's pool costs more by waiting than it saves.
    """
    import cv2

    from .detector import Detector

    cv2.setNumThreads(1)

    return Detector(args.bundle, variant=args.variant, backend=args.backend, threads=args.threads)


def acceptance_note(detector: Detector) -> str | None:
    """What a person must know who runs a variant that did not pass its gate; None: it passed."""
    accepted = detector.variant.certificate["gate"]["accepted"]
    if accepted is None:
        return None
    return f"{detector.variant.name} was accepted without passing its gate: {accepted['because']}"
