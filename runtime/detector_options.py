"""The options that choose bundle, variant and engine, for every command that decides."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .detector import Detector

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
        action=_NamedNumber,
        help=f"from where on a picture cannot be judged: {', '.join(LIMITS)}; may be repeated",
    )


class Choice(Protocol):
    """What `open_detector` reads: the arguments of a command, or the settings of a run."""

    @property
    def bundle(self) -> str: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def backend(self) -> str | None: ...
    @property
    def threads(self) -> int | None: ...
    @property
    def limit(self) -> Mapping[str, float] | None: ...


class _NamedNumber(argparse.Action):
    """Gathers `NAME=VALUE`s into one mapping."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        from .settings.kinds import Numbers

        try:
            given = Numbers(LIMITS).of_texts([values])
        except ValueError as exc:
            raise argparse.ArgumentError(self, str(exc)) from None
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), **given})


def open_detector(
    choice: Choice, region: str | None = None, side_by_side: bool = False
) -> Detector:
    """The detector that these options ask for; see `Detector` for what it raises.

    OpenCV is set to one thread for the whole process, which the `opencv` engine overrides:
    shrinking a frame is so short that OpenCV's pool costs more by waiting than it saves.
    """
    import cv2

    cv2.setNumThreads(1)
    return detector_of(choice, region, side_by_side)


def detector_of(choice: Choice, region: str | None = None, side_by_side: bool = False) -> Detector:
    """The same in a process in which another detector decides."""
    from .detector import Detector
    from .region import Region
    from .usable import Limits

    return Detector(
        choice.bundle,
        variant=choice.variant,
        backend=choice.backend,
        threads=choice.threads,
        limits=Limits(**choice.limit or {}),
        region=Region.parse(region) if region else None,
        side_by_side=side_by_side,
    )


def acceptance_note(detector: Detector) -> str | None:
    """What a person must know who runs a variant that did not pass its gate; None: it passed."""
    accepted = detector.variant.certificate["gate"]["accepted"]
    if accepted is None:
        return None
    return f"{detector.variant.name} was accepted without passing its gate: {accepted['because']}"
