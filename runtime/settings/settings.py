"""The settings of a run: one place for their names, kinds, ranges, defaults and explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .. import logs
from ..detector_options import LIMITS
from .kinds import File, Kind, Number, Numbers, Size, Switch, Text, Texts


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A whole run; `resolve` makes and checks one, and `OPTIONS` says what each field is."""

    bundle: str = "default"
    variant: str | None = None
    backend: str | None = None
    threads: int | None = None
    limit: Mapping[str, float] | None = None
    region: str | None = None

    source: str = ""
    fps: float | None = None
    size: tuple[int, int] | None = None
    wait_for_source: bool = False

    enter_s: float = 0.3
    leave_s: float = 0.7
    blind_s: float = 2.0
    enter_probability: float | None = None
    leave_probability: float | None = None
    max_age_ms: float | None = None
    rate: float | None = None
    max_frames: int | None = None

    step: tuple[str, ...] = ()
    step_age_ms: float | None = None
    step_celsius: float = 80.0

    decisions: Path | None = None
    events: Path | None = None
    rotate_mb: float | None = None
    video: Path | None = None
    snapshots: Path | None = None
    snapshots_mb: float = 100.0
    clips: Path | None = None
    clips_mb: float = 1000.0
    clip_before_s: float = 3.0
    clip_after_s: float = 3.0

    mqtt: str | None = None
    mqtt_ca: Path | None = None
    webhook: str | None = None
    webhook_secret: Path | None = None
    spool: Path | None = None
    spool_mb: float = 16.0

    http: str | None = None
    http_token_file: Path | None = None
    log_format: logs.Format = "text"
    log_level: str | None = None
    json: bool = False
    quiet: bool = False


class Option(NamedTuple):
    """What a setting is to a command line and a file."""

    group: str
    kind: Kind
    help: str
    secret: bool = False
    """Whether it is an address that may hold a password."""


_MODEL, _SOURCE, _DECIDE = "Model", "Source", "Decisions"
_GOVERN = "When it gets too slow or too hot"
_FILES, _PEERS, _OUTSIDE = "Files", "Peers", "Seen from outside"
_SECONDS, _MEGABYTES, _SHARE = Number(0, 86_400), Number(0.01, 100_000), Number(0, 1)
_ABOVE_0, _COUNT = Number(0, above=True), Number(1, whole=True, metavar="N")
_THREADS = Number(1, 256, whole=True, metavar="N")
_WORDS, _FILE, _URL = Text(None), File(), Text("URL")

OPTIONS: Mapping[str, Option] = {
    "bundle": Option(_MODEL, _WORDS, "a bundle's folder or zip; default: the one that ships"),
    "variant": Option(_MODEL, _WORDS, "a variant of the bundle; default: the first that runs"),
    "backend": Option(
        _MODEL,
        _WORDS,
        "litert, onnxruntime, opencv or fake; default: the first installed that fits",
    ),
    "threads": Option(_MODEL, _THREADS, "processor threads; default: up to 4"),
    "limit": Option(
        _MODEL,
        Numbers(LIMITS),
        f"from where on a picture cannot be judged: {', '.join(LIMITS)}; may be repeated",
    ),
    "region": Option(
        _MODEL,
        Text("POINTS"),
        "look only there: two corners or a polygon in shares of the frame, '0.1,0.4 0.9,1'",
    ),
    "source": Option(
        _SOURCE,
        _WORDS,
        "a camera (0, /dev/video0, picamera2:, rtsp://...), a video file, a folder or a glob",
        secret=True,
    ),
    "fps": Option(
        _SOURCE, Number(0, 1000, above=True), "frames per second of pictures or of a video"
    ),
    "size": Option(_SOURCE, Size(), "what to ask a camera for; default: its own size"),
    "wait_for_source": Option(
        _SOURCE, Switch(), "wait for a camera that is not there yet, instead of an error"
    ),
    "enter_s": Option(_DECIDE, _SECONDS, "TRUCK for X seconds begins an event (0.3)"),
    "leave_s": Option(_DECIDE, _SECONDS, "X seconds without TRUCK end an event (0.7)"),
    "blind_s": Option(_DECIDE, _SECONDS, "the same while nothing can be judged (2)"),
    "enter_probability": Option(
        _DECIDE,
        _SHARE,
        "probability that counts as TRUCK before an event; default: the variant's threshold",
    ),
    "leave_probability": Option(
        _DECIDE, _SHARE, "and during one; default: the variant's threshold"
    ),
    "max_age_ms": Option(_DECIDE, _ABOVE_0, "drop decisions older than X milliseconds"),
    "rate": Option(_DECIDE, _ABOVE_0, "at most X decisions per second of the source"),
    "max_frames": Option(_DECIDE, _COUNT, "stop after N decisions"),
    "step": Option(
        _GOVERN,
        Texts("STEP"),
        "what to do with less, in this order: rate=5, size=640x360, variant=NAME; may be repeated;"
        " a size that is no smaller than what the camera gives is refused, or left out with a"
        " notice where that shows only later",
    ),
    "step_age_ms": Option(
        _GOVERN,
        _ABOVE_0,
        "take a step when one decision in ten comes over X milliseconds after its frame arrived;"
        " default: --max-age-ms, or 500",
    ),
    "step_celsius": Option(_GOVERN, Number(0, 120, above=True), "or the processor this hot (80)"),
    "decisions": Option(_FILES, _FILE, "write decisions as JSON lines"),
    "events": Option(_FILES, _FILE, "write events as JSON lines"),
    "rotate_mb": Option(
        _FILES,
        _MEGABYTES,
        "begin a new file of decisions and of events after X million bytes; 4 old ones stay",
    ),
    "video": Option(_FILES, _FILE, "write the annotated video"),
    "snapshots": Option(_FILES, File("DIR"), "keep a JPEG of each event's best frame"),
    "snapshots_mb": Option(_FILES, _MEGABYTES, "at most X million bytes of them (100)"),
    "clips": Option(_FILES, File("DIR"), "keep a video of each event"),
    "clips_mb": Option(_FILES, _MEGABYTES, "at most X million bytes of them (1000)"),
    "clip_before_s": Option(_FILES, Number(0, 60), "beginning X seconds before the event (3)"),
    "clip_after_s": Option(_FILES, Number(0, 60), "and ending X seconds after it (3)"),
    "mqtt": Option(
        _PEERS, _URL, "send events to mqtt://user:password@host/prefix, or mqtts:", secret=True
    ),
    "mqtt_ca": Option(_PEERS, _FILE, "certificates to trust"),
    "webhook": Option(_PEERS, _URL, "post every event to it", secret=True),
    "webhook_secret": Option(_PEERS, _FILE, "whose content signs what is posted"),
    "spool": Option(_PEERS, File("DIR"), "keeps events for --mqtt and --webhook"),
    "spool_mb": Option(_PEERS, _MEGABYTES, "at most X million bytes (16) each"),
    "http": Option(
        _OUTSIDE, Text("ADDRESS"), "serve a status page: PORT, or HOST:PORT with a token"
    ),
    "http_token_file": Option(_OUTSIDE, _FILE, "whose content viewers must show"),
    "log_format": Option(_OUTSIDE, Text(None, ("text", "json")), "of the log on stderr; text"),
    "log_level": Option(
        _OUTSIDE, Text(None, logs.LEVELS), "the least that is logged; info, with --quiet error"
    ),
    "json": Option(_OUTSIDE, Switch(), "the summary as one JSON document"),
    "quiet": Option(_OUTSIDE, Switch(), "nothing on stderr but errors"),
}
"""By field of `Settings`; an option or key is spelt with `-` where a field has `_`."""


def spelt(name: str) -> str:
    """A setting's name as a user writes it."""
    return name.replace("_", "-")
