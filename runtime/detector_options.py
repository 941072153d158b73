"""The options that choose bundle, variant and engine, for every command that decides."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .detector import Detector
    from .usable import Limits

LIMITS = (
    "black_level",
    "black_share",
    "white_level",
    "white_share",
    "contrast",
    "sharpness",
    "frozen_s",
    "resized_s",
)
"""The fields of `usable.Limits`, named here because `--help` must not load OpenCV."""


def add_detector_options(parser: argparse.ArgumentParser) -> None:
    """Add --bundle, --variant, --backend, --threads and --limit."""
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

    parser.add_argument(
        "--limit",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help=f"from where on a picture cannot be judged: {', '.join(LIMITS)}; may be repeated",
    )


def limits(args: argparse.Namespace) -> Limits:
    """The limits that `--limit` asks for.

    Raises:
        UsageError: not a known name with a number in its range.
    """
    from .errors import UsageError
    from .usable import Limits

    given: dict[str, float] = {}
    for text in args.limit:
        name, _, value = text.partition("=")
        if name not in LIMITS:
            raise UsageError(f"--limit {text}: no limit {name!r}; known: {', '.join(LIMITS)}")
        try:
            given[name] = float(value)
        except ValueError:
            raise UsageError(f"--limit {text}: {name} takes a number, as in {name}=1") from None
    return Limits(**given)


def open_detector(args: argparse.Namespace) -> Detector:
    """The detector that these options ask for; see `Detector` for what it raises.

    OpenCV is set to one thread for the whole process, which the `opencv` engine overrides:
    shrinking a frame is so short that OpenCV's pool costs more by waiting than it saves.
    """
    import cv2

    from .detector import Detector

    cv2.setNumThreads(1)

    return Detector(
        args.bundle,
        variant=args.variant,
        backend=args.backend,
        threads=args.threads,
        limits=limits(args),
    )


def acceptance_note(detector: Detector) -> str | None:
    """What a person must know who runs a variant that did not pass its gate; None: it passed."""
    accepted = detector.variant.certificate["gate"]["accepted"]
    if accepted is None:
        return None
    return f"{detector.variant.name} was accepted without passing its gate: {accepted['because']}"
