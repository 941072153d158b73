"""`trucksight run`: decide on a camera, a video or pictures until the source ends."""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .detector_options import acceptance_note, open_detector
from .settings import Settings, add_settings, print_config, resolve

if TYPE_CHECKING:
    from .detector import Detector
    from .sources import Source

START_S = 120.0
"""How long a slow board may take to verify a bundle, seconds."""
HURRY_S = 1.2
"""How long sinks may take to close after a signal, seconds: a service manager waits for two."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_settings(parser)
    parser.add_argument(
        "--print-config", action="store_true", help="print the settings as TOML, and end"
    )


def run(args: argparse.Namespace) -> int:
    """Run until the source ends, `--max-frames`, Ctrl-C or SIGTERM, then print the summary.

    Returns:
        0, also when stopped by a signal.

    Raises:
        SettingsError: whatever is wrong with options and file, all of it.
        SourceError: the source broke; when that was after the first decision, the summary is
            printed first.
    """
    settings = resolve(args, complete=not args.print_config)
    if args.print_config:
        print(print_config(settings), end="")
        return 0
    document = _run(settings, args)
    print(
        json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        if settings.json
        else _text(document)
    )
    if document["source_error"]:
        from .errors import SourceError

        sys.stdout.flush()
        raise SourceError(document["source_error"])
    return 0


def _run(settings: Settings, args: argparse.Namespace) -> dict[str, Any]:
    """The summary of a run, as a document."""
    from .events import Smoother
    from .keeper import Keeper
    from .loop import Station, run_loop
    from .open_sinks import deliveries, losses, open_sinks, watch_from_outside
    from .opencv_messages import silence
    from .pace import Pace
    from .qualified import as_qualified
    from .run_parts import check_model, decides_ahead, set_up_log, smoothing_of
    from .signals import Requests, signals_to
    from .sinks.systemd import open_systemd_notice
    from .sources import open_source
    from .sources.base import FileSource
    from .watch import Watch, Watched

    set_up_log(settings)
    silence()
    settings = as_qualified(settings)
    service = open_systemd_notice()
    if service:
        service.starting("verifying the bundle", START_S)
    pace = Pace(settings.max_age_ms, settings.rate)
    requests = Requests(reloads=args.config is not None or service is not None)
    with contextlib.ExitStack() as stack:
        stack.enter_context(signals_to(requests))
        ahead = decides_ahead(settings)
        watched = Watched(open_detector(settings, settings.region, ahead), None)
        keeper = Keeper(
            settings, watched, secrets.token_hex(6), lambda: as_qualified(resolve(args)), service
        )
        stack.callback(keeper.close)
        check_model(settings, keeper.detector)
        source = stack.enter_context(
            open_source(
                settings.source,
                settings.fps,
                size_wh=settings.size,
                wait=settings.wait_for_source,
            )
        )
        keeper.meet(source)
        if isinstance(source, FileSource):
            source.prepare, source.workers = keeper.prepare, keeper.detector.at_once
        if source.timed:
            watched.watch = Watch(keeper.detector.limits, live=source.live)
        sinks = open_sinks(settings, source, keeper.detector)
        if service:
            sinks.insert(0, service)  # so that it is told of the end before others take their time
        smoother = Smoother(smoothing_of(settings), keeper.origin)
        station = Station(source, watched, sinks, smoother, pace)
        if settings.http:
            watch_from_outside(sinks, station)

        def stop() -> None:
            station.closing_s = HURRY_S
            source.stop()

        requests.ready(stop, keeper.ask)
        summary = run_loop(station, settings.max_frames, keeper)
        document = _document(summary.as_json(), source, keeper.detector, requests.stops)
        document["deliveries"] = deliveries(sinks)
        document["notes"] += losses(sinks)
    return document


def _document(
    summary: dict[str, Any], source: Source, detector: Detector, stops: list[str]
) -> dict[str, Any]:
    summary["notes"] += [f"stopped by {name}" for name in stops]
    accepted = acceptance_note(detector)
    summary["notes"] += [accepted] if accepted else []
    if not source.timed:
        summary["notes"].append(
            "pictures without --fps have no time: no events are made, and no rate is kept"
        )
    return {
        **summary,
        "source": source.name,
        "bundle": detector.bundle.name,
        "variant": detector.variant.name,
        "backend": detector.backend_name,
        "engine": detector.engine,
        "threads": detector.threads,
        "verified": asdict(detector.verified) if detector.verified else None,
    }


def _text(document: dict[str, Any]) -> str:
    from .summary_text import summary_text

    return summary_text(document)
