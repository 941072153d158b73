"""The sinks that `trucksight run` was asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .secret_file import read_secret
from .sinks.rotating import OLD_FILES, RotatingLines

if TYPE_CHECKING:
    from .detector import Detector
    from .loop import Station
    from .settings import Settings
    from .sinks import Sink
    from .sources import Source


def open_sinks(settings: Settings, source: Source, detector: Detector) -> list[Sink]:
    """Open them, the console last; none stays open when one cannot be opened.

    Raises:
        OutputError: a file that cannot be written or read.
        UsageError: an address that cannot be meant.
        MissingExtra: a package that a sink needs.
    """
    sinks: list[Sink] = []
    try:
        for opened in (
            _files(settings, source, detector),
            _evidence(settings),
            _peers(settings),
            _outside(settings, detector),
        ):
            sinks.extend(opened)
    except BaseException:
        for sink in sinks:
            sink.close()
        raise
    return sinks


def deliveries(sinks: list[Sink]) -> dict[str, dict[str, Any]]:
    """What became of what each sink that counts was told, by its name."""
    return {sink.name: asdict(sink.counts) for sink in sinks if hasattr(sink, "counts")}


def losses(sinks: list[Sink]) -> list[str]:
    """What the sinks lost that go on over a full disk, one sentence each."""
    lost = [(sink.name, sink.dropped) for sink in sinks if isinstance(sink, RotatingLines)]
    return [f"{name} lost {count} lines" for name, count in lost if count]


def watch_from_outside(sinks: list[Sink], station: Station) -> None:
    """Let the status page among the sinks, if there is one, show how the others do."""

    def peers() -> dict[str, dict[str, Any]]:
        lines = [sink for sink in sinks if isinstance(sink, RotatingLines)]
        dropped = {sink.name: {"dropped": sink.dropped} for sink in lines}
        left_out = {name: {"left_out": why} for name, why in dict(station.outlets.errors).items()}
        return {**deliveries(sinks), **dropped, **left_out}

    for sink in sinks:
        # Asked for by what it can, because its module loads a web server.
        if hasattr(sink, "watch"):
            sink.watch(station.source, station.pace, peers)


def _files(settings: Settings, source: Source, detector: Detector) -> Iterator[Sink]:
    from .sinks.jsonlines import DecisionLines, EventLines
    from .sinks.rotating import RotatingDecisions, RotatingEvents
    from .sinks.video import VideoFile

    most = None if settings.rotate_mb is None else int(settings.rotate_mb * 1e6)
    if settings.decisions:
        yield (
            DecisionLines(settings.decisions)
            if most is None
            else RotatingDecisions(settings.decisions, most, OLD_FILES)
        )
    if settings.events:
        yield (
            EventLines(settings.events)
            if most is None
            else RotatingEvents(settings.events, most, OLD_FILES)
        )
    if settings.video:
        yield VideoFile(
            settings.video,
            fps=source.fps,
            live=source.live,
            timed=source.timed,
            size_wh=source.size_wh,
            region=detector.region,
        )


def _evidence(settings: Settings) -> Iterator[Sink]:
    if settings.snapshots:
        from .sinks.snapshots import Snapshots

        yield Snapshots(settings.snapshots, int(settings.snapshots_mb * 1e6))
    if settings.clips:
        from .sinks.clip_recorder import ClipRules
        from .sinks.clips import Clips

        rules = ClipRules(before_s=settings.clip_before_s, after_s=settings.clip_after_s)
        yield Clips(settings.clips, int(settings.clips_mb * 1e6), rules=rules)


def _peers(settings: Settings) -> Iterator[Sink]:
    if not settings.spool:
        return
    from .sinks.spool import Spool

    most = int(settings.spool_mb * 1e6)
    if settings.mqtt:
        from .sinks.mqtt import MqttSink

        spool = Spool(settings.spool / "mqtt", most)
        yield MqttSink(settings.mqtt, spool, ca=settings.mqtt_ca)
    if settings.webhook:
        from .sinks.webhook import Webhook

        spool = Spool(settings.spool / "webhook", most)
        secret = read_secret(settings.webhook_secret) if settings.webhook_secret else None
        yield Webhook(settings.webhook, spool, secret=secret)


def _outside(settings: Settings, detector: Detector) -> Iterator[Sink]:
    if settings.http:
        from .status import StatusServer

        token = read_secret(settings.http_token_file) if settings.http_token_file else None
        yield StatusServer(settings.http, token=token, region=detector.region)
    if not settings.quiet:
        from .sinks.console import Console

        yield Console(sys.stderr)
