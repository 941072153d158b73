"""The sinks that `trucksight run` was asked for, checked before anything is opened."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import OutputError, UsageError

if TYPE_CHECKING:
    from .detector import Detector
    from .sinks import Sink
    from .sources import Source

OLD_FILES = 4
"""Kept beside a file that is rotated."""
NEEDS = {
    "rotate_mb": ("decisions", "events"),
    "mqtt_ca": ("mqtt",),
    "webhook_secret": ("webhook",),
    "spool": ("mqtt", "webhook"),
}
"""Option -> the options of which one must be given as well."""


def check_outputs(args: argparse.Namespace) -> None:
    """Refuse output files that cannot be written, before anything is opened."""
    from .sinks.video import check_ending

    seen: dict[Path, str] = {}
    if Path(args.source).is_file():
        seen[Path(args.source).resolve()] = "--source"
    for option in ("decisions", "events", "video"):
        path: Path | None = getattr(args, option)
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), f"--{option}")
        if other != f"--{option}":
            raise UsageError(f"{other} and --{option} name the same file {path}")
        if path.is_dir():
            raise OutputError(f"cannot write {path}: it is a folder")
        if not path.parent.is_dir():
            raise OutputError(f"cannot write {path}: the folder {path.parent} does not exist")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise OutputError(f"cannot write {path}: no permission")
    if args.video:
        check_ending(args.video)
    for option, needed in NEEDS.items():
        if getattr(args, option) is not None and not any(getattr(args, one) for one in needed):
            words = " or ".join(f"--{one}" for one in needed)
            raise UsageError(f"--{option.replace('_', '-')} is for {words}")
    if (args.mqtt or args.webhook) and args.spool is None:
        raise UsageError("--mqtt and --webhook need --spool DIR, where events wait for their peer")
    for option in ("rotate_mb", "spool_mb"):
        value = getattr(args, option)
        if value is not None and not 0.01 <= value <= 100_000:
            raise UsageError(
                f"--{option.replace('_', '-')} must be 0.01 to 100000 million bytes, not {value!r}"
            )


def open_sinks(args: argparse.Namespace, source: Source, detector: Detector) -> list[Sink]:
    """Open them, the console last.

    Raises:
        OutputError: a file that cannot be written or read.
        UsageError: an address that cannot be meant.
        MissingExtra: a package that a sink needs.
    """
    sinks: list[Sink] = [*_files(args, source, detector), *_peers(args)]
    if not args.quiet:
        from .sinks.console import Console

        sinks.append(Console(sys.stderr))
    return sinks


def deliveries(sinks: list[Sink]) -> dict[str, dict[str, Any]]:
    """What became of the events of each sink that sends them on, by its name."""
    return {sink.name: asdict(sink.counts) for sink in sinks if hasattr(sink, "counts")}


def _files(args: argparse.Namespace, source: Source, detector: Detector) -> list[Sink]:
    from .sinks.jsonlines import DecisionLines, EventLines
    from .sinks.rotating import RotatingDecisions, RotatingEvents
    from .sinks.video import VideoFile

    sinks: list[Sink] = []
    most = None if args.rotate_mb is None else int(args.rotate_mb * 1e6)
    if args.decisions:
        sinks.append(
            DecisionLines(args.decisions)
            if most is None
            else RotatingDecisions(args.decisions, most, OLD_FILES)
        )
    if args.events:
        sinks.append(
            EventLines(args.events)
            if most is None
            else RotatingEvents(args.events, most, OLD_FILES)
        )
    if args.video:
        sinks.append(
            VideoFile(
                args.video,
                fps=source.fps,
                live=source.live,
                timed=source.timed,
                size_wh=source.size_wh,
                threshold=detector.variant.threshold,
            )
        )
    return sinks


def _peers(args: argparse.Namespace) -> list[Sink]:
    from .sinks.spool import Spool

    sinks: list[Sink] = []
    most = int(args.spool_mb * 1e6)
    if args.mqtt:
        from .sinks.mqtt import MqttSink

        sinks.append(MqttSink(args.mqtt, Spool(args.spool / "mqtt", most), ca=args.mqtt_ca))
    if args.webhook:
        from .sinks.webhook import Webhook

        secret = _secret(args.webhook_secret) if args.webhook_secret else None
        sinks.append(Webhook(args.webhook, Spool(args.spool / "webhook", most), secret=secret))
    return sinks


def _secret(path: Path) -> str:
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise OutputError(f"cannot read --webhook-secret {path}: {exc}") from exc
    if not secret:
        raise UsageError(f"--webhook-secret {path} is empty")
    return secret
