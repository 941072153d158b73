"""`trucksight run`: decide on a camera, a video or pictures until the source ends."""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .detector_options import acceptance_note, add_detector_options, open_detector

if TYPE_CHECKING:
    from types import FrameType

    from .detector import Detector
    from .events import Origin
    from .sources import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_detector_options(parser)
    parser.add_argument(
        "--source",
        required=True,
        help="a camera (0, /dev/video0), a video file, a folder, a glob or a picture",
    )
    parser.add_argument("--fps", type=float, help="frames per second of pictures or of a video")
    parser.add_argument("--max-frames", type=int, metavar="N", help="stop after N decisions")
    parser.add_argument("--decisions", type=Path, metavar="FILE", help="write JSON lines")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write JSON lines")
    parser.add_argument(
        "--rotate-mb",
        type=float,
        metavar="X",
        help="begin a new file of decisions and of events after X million bytes; 4 old ones stay",
    )
    parser.add_argument("--video", type=Path, metavar="FILE", help="write the annotated video")
    parser.add_argument("--mqtt", metavar="URL", help="mqtt://user:password@host/prefix, or mqtts:")
    parser.add_argument("--mqtt-ca", type=Path, metavar="FILE", help="certificates to trust")
    parser.add_argument("--webhook", metavar="URL", help="post every event to it")
    parser.add_argument(
        "--webhook-secret", type=Path, metavar="FILE", help="whose content signs what is posted"
    )
    parser.add_argument(
        "--spool",
        type=Path,
        metavar="DIR",
        help="keeps events for --mqtt and --webhook",
    )
    parser.add_argument(
        "--spool-mb", type=float, default=16, metavar="X", help="at most X million bytes (16) each"
    )
    parser.add_argument(
        "--enter-s", type=float, metavar="X", help="TRUCK for X seconds begins an event"
    )
    parser.add_argument(
        "--leave-s", type=float, metavar="X", help="X seconds without TRUCK end an event"
    )
    parser.add_argument(
        "--max-age-ms", type=float, metavar="X", help="drop decisions older than X milliseconds"
    )
    parser.add_argument(
        "--rate", type=float, metavar="X", help="at most X decisions per second of the source"
    )
    parser.add_argument("--json", action="store_true", help="the summary as one JSON document")
    parser.add_argument("--quiet", action="store_true", help="nothing on stderr but errors")


def run(args: argparse.Namespace) -> int:
    """Run until the source ends, `--max-frames`, Ctrl-C or SIGTERM, then print the summary.

    Returns:
        0, also when stopped by a signal.

    Raises:
        SourceError: the source broke; when that was after the first decision, the summary is
            printed first.
    """
    from .errors import SourceError
    from .events import Smoother, Smoothing
    from .loop import Station, run_loop
    from .open_sinks import check_outputs, deliveries, open_sinks
    from .opencv_messages import silence
    from .pace import Pace
    from .sources import open_source
    from .watch import Watch, Watched

    silence()
    pace = Pace(args.max_age_ms, args.rate)
    given = {"enter_s": args.enter_s, "leave_s": args.leave_s}
    smoothing = Smoothing(**{name: value for name, value in given.items() if value is not None})
    check_outputs(args)
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_source(args.source, args.fps))
        detector = stack.enter_context(open_detector(args))
        sinks = open_sinks(args, source, detector)
        watch = Watch(detector.limits, live=source.live) if source.timed else None
        stops: list[str] = []
        with _stop_on_signal(source.stop, stops):
            smoother = Smoother(smoothing, _origin(detector))
            station = Station(source, Watched(detector, watch), sinks, smoother, pace)
            summary = run_loop(station, args.max_frames)
        document = _document(summary.as_json(), source, detector, stops)
        document["deliveries"] = deliveries(sinks)
    print(
        json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        if args.json
        else _text(document)
    )
    if summary.source_error:
        sys.stdout.flush()
        raise SourceError(summary.source_error)
    return 0


def _origin(detector: Detector) -> Origin:
    from .events import Origin

    variant = detector.variant
    return Origin(secrets.token_hex(6), detector.bundle.name, variant.name, variant.sha256)


@contextlib.contextmanager
def _stop_on_signal(stop: Callable[[], None], stops: list[str]) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into `stop`; a second one acts as it did before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def first(number: int, frame: FrameType | None) -> None:
        stops.append(signal.Signals(number).name)
        stop()
        restore()

    for number in signals:
        signal.signal(number, first)
    try:
        yield
    finally:
        restore()


def _document(
    summary: dict[str, Any], source: Source, detector: Detector, stops: list[str]
) -> dict[str, Any]:
    summary["notes"] += [f"stopped by {name}" for name in stops]
    accepted = acceptance_note(detector)
    summary["notes"] += [accepted] if accepted else []
    if not source.timed:
        summary["notes"].append("pictures without --fps have no time, so no events are made")
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
    """The summary for a person."""
    fps, ages, sent = document["fps"], document["age_ms"], document["deliveries"]
    rows = {
        "source": document["source"],
        "model": f"{document['bundle']}, {document['variant']}, {document['engine']},"
        f" {document['threads']} threads",
        "verified": _verified(document["verified"]),
        "frames": f"{document['captured']} captured, {document['decided']} decided,"
        f" {_counts(document['dropped']) or 0} dropped",
        "verdicts": ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in document["verdicts"].items()
        ),
        "unknown": _counts(document["unknown_reasons"]),
        "events": str(document["events"]),
        "age": f"p50 {_ms(ages['p50'])}, p99 {_ms(ages['p99'])}",
        "speed": "-" if fps is None else f"{fps:.1f} decisions per second",
    }
    lines = [f"{name:<9} {value}" for name, value in rows.items() if value]
    lines += [f"{'note':<9} {note}" for note in document["notes"]]
    lines += [f"{'sent':<9} {name}: {_sent(counts)}" for name, counts in sent.items()]
    lines += [f"{'failed':<9} {name}: {why}" for name, why in document["sink_errors"].items()]
    return "\n".join(lines)


def _verified(replay: dict[str, Any] | None) -> str:
    if replay is None:
        return ""
    return f"{replay['pictures']} golden pictures in {replay['seconds']:.2f} s"


def _sent(counts: dict[str, Any]) -> str:
    words = [f"{counts[name]} {name}" for name in ("sent", "waiting", "dropped") if counts[name]]
    return ", ".join(words or ["nothing"])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
