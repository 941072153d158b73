"""`trucksight doctor`: what this machine is, and why the detector would be slow or wrong on it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .doctor import Facts, Finding
    from .doctor.cameras import Camera
    from .doctor.software import Engine

UNKNOWN = "unknown"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument(
        "--gstreamer", action="store_true", help="it is wrong where OpenCV lacks GStreamer"
    )


def run(args: argparse.Namespace) -> int:
    """Gather the facts, examine them, and print both.

    Returns:
        0 when nothing is wrong; 1 when a finding is.

    Raises:
        BackendError: no process can be started to try the engines in.
    """
    from .doctor import examine, gather

    facts = gather(wants_gstreamer=args.gstreamer)
    findings = examine(facts)
    wrong = any(one.severity == "wrong" for one in findings)
    if args.json:
        print(json.dumps(_document(facts, findings, not wrong), indent=2, allow_nan=False))
    else:
        for line in (*_table(facts), "", *_told(findings)):
            print(line)
    return 1 if wrong else 0


def _document(facts: Facts, findings: tuple[Finding, ...], healthy: bool) -> dict[str, object]:
    """Null stands for what is unknown."""
    return {"healthy": healthy, "findings": [asdict(one) for one in findings], **asdict(facts)}


def _table(facts: Facts) -> Iterator[str]:
    """The facts, a line each, with their names in the first column."""
    for name, values in _rows(facts):
        for number, value in enumerate(values or ["none"]):
            yield f"{name if number == 0 else '':<12} {value}"


def _rows(facts: Facts) -> Iterator[tuple[str, list[str]]]:
    machine, python, video_io = facts.machine, facts.python, facts.video_io
    numpy = python.packages.get("numpy", "not installed")
    yield "board", [machine.board or UNKNOWN]
    yield "processor", [f"{machine.processor or UNKNOWN}, {python.architecture or UNKNOWN}"]
    features = machine.features
    yield "features", [UNKNOWN if features is None else " ".join(features) or "none that matter"]
    yield "processors", [_processors(facts)]
    yield "clock", [", ".join(machine.governors) or UNKNOWN]
    yield "memory", [f"{_mib(machine.available_mib)} available of {_mib(machine.memory_mib)}"]
    zones = [f"{one.celsius:.1f} C {one.zone}" for one in machine.temperatures]
    yield "temperature", zones or [UNKNOWN]
    yield "throttled", [UNKNOWN if machine.throttled is None else f"0x{machine.throttled:x}"]
    yield "python", [f"{python.version}, {python.pointer_bits}-bit, NumPy {numpy}"]
    yield "engines", [_engine(one) for one in facts.engines]
    yield "accelerated", [f"{one.name:<20} {one.why or 'ok'}" for one in facts.accelerators]
    had = {"V4L2": video_io.v4l2, "FFmpeg": video_io.ffmpeg, "GStreamer": video_io.gstreamer}
    words = {True: "yes", False: "no", None: UNKNOWN}
    yield "video", [", ".join(f"{name} {words[has]}" for name, has in had.items())]
    yield "cameras", [_camera(one) for one in facts.cameras]
    marks = {True: "ok", False: "FAILED"}
    yield "bundle", [f"{marks[one.ok]:<6} {one.what}: {one.detail}" for one in facts.verified]


def _processors(facts: Facts) -> str:
    machine = facts.machine
    allowed = UNKNOWN if machine.affinity_cpus is None else machine.affinity_cpus
    quota = "" if machine.quota_cpus is None else f", cpu quota of {machine.quota_cpus:g}"
    return f"{machine.cpus or UNKNOWN}, of which this process may use {allowed}{quota}"


def _mib(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number} MiB"


def _engine(engine: Engine) -> str:
    package = engine.package or engine.module
    state = (
        f"does not import: {engine.fault}" if engine.fault else ", ".join(engine.providers or ())
    )
    return f"{engine.name:<12} {package} {engine.version or UNKNOWN} {state}".rstrip()


def _camera(camera: Camera) -> str:
    if camera.modes is None:
        offers = f"formats {UNKNOWN}: {camera.fault}"
    else:
        largest = {
            one.fourcc: one for one in sorted(camera.modes, key=lambda one: one.width * one.height)
        }
        offers = ", ".join(f"{one.fourcc} {one.width}x{one.height}" for one in largest.values())
    return f"{camera.device:<12} {camera.name or UNKNOWN}: {offers or 'does not capture'}"


def _told(findings: tuple[Finding, ...]) -> Iterator[str]:
    for one in findings:
        yield f"{one.severity:<6} {one.name}: {one.found}"
        yield f"       cure: {one.cure}"
    counted = {
        severity: sum(one.severity == severity for one in findings)
        for severity in ("wrong", "slow")
    }
    yield ", ".join(f"{number or 'nothing'} {severity}" for severity, number in counted.items())
