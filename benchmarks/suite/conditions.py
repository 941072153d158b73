"""A machine at one moment, read from the files below one root."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...runtime.heat import temperatures, throttled_bits
from ...runtime.kernel_files import text_of
from .results import Conditions

_SLOWING_TRIPS = ("passive", "hot")
"""Types of trip points at which the kernel slows the machine down or warns; at an active one it
turns a fan, at a critical one the machine off. See Documentation/driver-api/thermal/sysfs-api.rst.
"""
_NOTICES = "x86_pkg_temp"
"""The trip points of this zone are set by programs that want to be told, and slow nothing; see
Documentation/driver-api/thermal/x86_pkg_temperature_thermal.rst."""
_HOTTEST_TRIP_C = 150.0
"""A trip point above it, or not above 0, is one that is switched off."""


def read_conditions(root: Path = Path("/")) -> Conditions:
    """Read the facts from the files below `root`; never raises for one that is absent.

    It is not to be called in measured time: on a Raspberry Pi it may start `vcgencmd`.
    """
    spent = _processor_time(root)
    celsius: dict[str, float] = {}
    for one in temperatures(root):
        celsius[one.zone] = max(one.celsius, celsius.get(one.zone, one.celsius))
    return Conditions(
        megahertz=tuple(_megahertz(root)),
        governors=tuple(sorted({text for text in _clock_files(root, "scaling_governor") if text})),
        celsius=celsius,
        throttled=throttled_bits(root),
        load_1min=_number((text_of(root / "proc/loadavg") or "").partition(" ")[0]),
        steal_s=spent.steal_s if spent else None,
        busy_s=spent.busy_s if spent else None,
        idle_s=spent.idle_s if spent else None,
        at_s=time.monotonic(),
        trip_celsius=_trip_points(root),
    )


class _ProcessorTime(NamedTuple):
    busy_s: float
    idle_s: float
    steal_s: float


def _processor_time(root: Path) -> _ProcessorTime | None:
    """The line of all processors together in /proc/stat, see proc_stat(5).

    Guests are part of user and nice time, so they are not added.
    """
    name, *words = (text_of(root / "proc/stat") or "").partition("\n")[0].split() or [""]
    if name != "cpu" or len(words) < 8 or not all(word.isdigit() for word in words[:8]):
        return None
    ticks_hz = os.sysconf("SC_CLK_TCK")
    user, nice, system, idle, iowait, irq, softirq, steal = (int(n) / ticks_hz for n in words[:8])
    if user + system + idle == 0:  # a sandbox that keeps no account
        return None
    return _ProcessorTime(user + nice + system + irq + softirq, idle + iowait, steal)


def _megahertz(root: Path) -> Iterator[float]:
    """Of each processor: as its driver tells it, else as /proc/cpuinfo does, which few ARM do."""
    kilohertz = [_number(text) for text in _clock_files(root, "scaling_cur_freq")]
    told = [value / 1000 for value in kilohertz if value is not None]
    if told:
        yield from told
        return
    info = text_of(root / "proc/cpuinfo") or ""
    yield from (float(found) for found in re.findall(r"^cpu MHz\s*:\s*(\d+\.?\d*)$", info, re.M))


def _clock_files(root: Path, name: str) -> Iterator[str | None]:
    """A file of each processor's clock, in the order of the processors."""
    processors = root.glob("sys/devices/system/cpu/cpu[0-9]*")
    numbered = sorted((int(one.name[3:]), one) for one in processors if one.name[3:].isdigit())
    for _, processor in numbered:
        yield text_of(processor / "cpufreq" / name)


def _trip_points(root: Path) -> dict[str, float]:
    """The lowest slowing trip point of each zone whose name no other zone has."""
    zones = sorted(root.glob("sys/class/thermal/thermal_zone*"))
    names = [text_of(zone / "type") or zone.name for zone in zones]
    times = Counter(names)
    lowest: dict[str, float] = {}
    for zone, name in zip(zones, names, strict=True):
        # Of two zones of one name only the hotter is kept, and it may not be the one that trips.
        points = list(_slowing_points(zone)) if times[name] == 1 and name != _NOTICES else []
        if points:
            lowest[name] = min(points)
    return lowest


def _slowing_points(zone: Path) -> Iterator[float]:
    for kind in sorted(zone.glob("trip_point_*_type")):
        if text_of(kind) in _SLOWING_TRIPS:
            millicelsius = _number(text_of(kind.with_name(kind.name[: -len("type")] + "temp")))
            if millicelsius is not None and 0 < millicelsius <= _HOTTEST_TRIP_C * 1000:
                yield millicelsius / 1000


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"-?\d+(\.\d+)?", text) else None
