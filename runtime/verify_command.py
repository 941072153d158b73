"""`trucksight verify`: is a bundle what was measured, and does this machine run it so?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from .backends import BACKENDS, absence, is_available, unreadable
from .detector_options import add_detector_options
from .errors import TrucksightError

if TYPE_CHECKING:
    from .bundle import Bundle, Variant


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one variant on one engine, or of one check of the files."""

    what: str
    """A variant, a file, or `files`."""
    engine: str | None
    """With its version, where it was opened."""
    ok: bool | None
    """None: could not be checked."""
    detail: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "bundle_path", nargs="?", metavar="BUNDLE", help="folder, zip, or the word default"
    )
    add_detector_options(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(args: argparse.Namespace) -> int:
    """Check every file, then replay the golden pictures on every variant and engine.

    Returns:
        0 when everything that could be checked holds and a variant was replayed; 2 otherwise.
    """
    from .bundle import load_bundle
    from .detector import resolve_bundle
    from .opencv_messages import silence

    silence()
    bundle = load_bundle(resolve_bundle(args.bundle_path or args.bundle))
    findings = [*_files(bundle), *_replays(bundle, args)]
    replayed = any(one.ok and one.engine for one in findings)
    holds = replayed and not any(one.ok is False for one in findings)
    if args.json:
        rows = [asdict(one) for one in findings]
        document = {"bundle": bundle.name, "sha256": bundle.sha256, "holds": holds}
        print(json.dumps({**document, "findings": rows}, indent=2))
    else:
        for one in findings:
            mark = {True: "ok", False: "FAILED", None: "-"}[one.ok]
            print(f"{mark:<7} {one.what:<15} {one.engine or '':<22} {one.detail}".rstrip())
        print(f"{bundle.path}: {'what was measured is what runs' if holds else 'not verified'}")
    return 0 if holds else 2


def _files(bundle: Bundle) -> Iterator[Finding]:
    try:
        bundle.check_files()
    except TrucksightError as exc:
        yield Finding("files", None, False, str(exc))
    else:
        yield Finding("files", None, True, "index, golden pictures, card and plots")
    for variant in bundle.variants.values():
        try:
            bundle.model_bytes(variant)
        except TrucksightError as exc:
            yield Finding(variant.name, None, False, str(exc))
    for name in bundle.unlisted():
        yield Finding(name, None, None, "not part of the bundle")


def _replays(bundle: Bundle, args: argparse.Namespace) -> Iterator[Finding]:
    wanted = [bundle.variant(args.variant)] if args.variant else list(bundle.variants.values())
    for variant in wanted:
        for name, row in BACKENDS.items():
            wanted_here = args.backend == name or (
                args.backend is None and (not row.special or is_available(name))
            )
            if variant.format in row.formats and wanted_here:
                yield _replay(bundle, variant, name, args.threads)


def _replay(bundle: Bundle, variant: Variant, backend: str, threads: int | None) -> Finding:
    from .detector import Detector

    gap = absence(backend)
    if gap:
        return Finding(variant.name, None, None, gap.told_of(backend))
    try:
        fault = unreadable(backend, partial(bundle.model_bytes, variant))
        if fault:
            return Finding(variant.name, None, None, f"{backend}: {fault}")
        with Detector(bundle, variant=variant.name, backend=backend, threads=threads) as detector:
            done = detector.verified
            assert done is not None
            return Finding(
                variant.name,
                detector.engine,
                True,
                f"{done.pictures} pictures, largest difference {done.largest_difference:.4f}"
                f" (tolerance {variant.golden_tolerance:g}), {done.seconds:.2f} s",
            )
    except TrucksightError as exc:
        return Finding(variant.name, None, False, f"{backend}: {exc}")
