"""Checks of the machine: its processor, memory, cooling, power supply and cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .machine import SCALING_DRIVERS

if TYPE_CHECKING:
    from .facts import Facts
    from .findings import Told

DETECTOR_THREADS = 4
"""So many processors the detector uses unless told otherwise."""
HOT_C = 80.0
LOW_MEMORY_MIB = 200
SMALL_PIXELS = 640 * 480
"""Uncompressed pictures up to this size are no reason for a finding."""
USB2_MBIT = 480
THROTTLED = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
"""Bits 0 to 3 of a Raspberry Pi's word; bits 16 to 19 say it of the time since it was started."""
SINCE_START = 16
_UNCOMPRESSED = ("YUYV", "YUY2", "UYVY")


def camera_denied(facts: Facts) -> Told | None:
    """A camera that this user may not open."""
    denied = [camera.device for camera in facts.cameras if camera.denied]
    if not denied or facts.machine.user_id == 0:
        return None
    devices = ", ".join(denied)
    if facts.machine.in_video_group is False:
        return (
            "wrong",
            f"this user is not in the group video and may not open {devices}",
            "sudo usermod -aG video $USER, then log in again",
        )
    return "wrong", f"this user may not open {devices}", f"ls -l {denied[0]} tells who may"


def uncompressed_camera(facts: Facts) -> Told | None:
    """USB 2 is too slow for large pictures that are not compressed."""
    for camera in facts.cameras:
        if camera.usb_mbit is None or camera.usb_mbit > USB2_MBIT:
            continue
        large = [one for one in camera.modes or () if one.width * one.height > SMALL_PIXELS]
        if large and all(one.fourcc in _UNCOMPRESSED for one in large):
            top = max(large, key=lambda one: one.width * one.height)
            rate = f" at {top.fps:g} fps at most" if top.fps else ""
            return (
                "slow",
                f"{camera.device} offers {top.width}x{top.height} only as {top.fourcc}{rate}, over"
                f" USB of {camera.usb_mbit:g} Mbit/s; 1920x1080 in YUYV gives 5 fps over USB 2",
                "use 640x480, or a camera that offers MJPG",
            )
    return None


def throttled(facts: Facts) -> Told | None:
    """A Raspberry Pi that says it is slowed down, or was."""
    bits = facts.machine.throttled
    now, before = throttle_reasons(bits or 0), throttle_reasons((bits or 0) >> SINCE_START)
    if bits is None or not (now or before):
        return None
    parts = [f"now: {', '.join(now)}"] if now else []
    parts += [f"since it was started: {', '.join(before)}"] if before else []
    weak = THROTTLED[0] in (*now, *before)
    return (
        "slow" if now else "note",
        f"the board reports {'; '.join(parts)} (0x{bits:x})",
        "a stronger power supply and a short cable" if weak else "cool the board",
    )


def throttle_reasons(bits: int) -> tuple[str, ...]:
    """What the lowest four bits of a Raspberry Pi's word say."""
    return tuple(reason for bit, reason in enumerate(THROTTLED) if bits >> bit & 1)


def hot(facts: Facts) -> Told | None:
    """A hot processor lowers its clock."""
    hottest = max(facts.machine.temperatures, key=lambda one: one.celsius, default=None)
    if hottest is None or hottest.celsius <= HOT_C:
        return None
    return (
        "slow",
        f"{hottest.zone} is at {hottest.celsius:.1f} C, above {HOT_C:g} C",
        "cool it: a heat sink, a fan, or air around the board",
    )


def powersave(facts: Facts) -> Told | None:
    """A governor that keeps the clock low."""
    machine = facts.machine
    if "powersave" not in machine.governors or {*machine.frequency_drivers} & {*SCALING_DRIVERS}:
        return None
    return (
        "slow",
        "the processor's clock governor is powersave, which keeps the lowest clock",
        "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    )


def few_cpus(facts: Facts) -> Told | None:
    """This process may not use all processors."""
    machine = facts.machine
    cpus = machine.cpus
    allowed = min(
        (one for one in (machine.affinity_cpus, machine.quota_cpus) if one is not None),
        default=None,
    )
    if cpus is None or allowed is None or allowed >= cpus:
        return None
    by_affinity = allowed == machine.affinity_cpus
    why = "affinity" if by_affinity else "the cpu quota of its control group"
    return (
        "slow" if allowed < DETECTOR_THREADS else "note",
        f"this process may use {allowed:g} of {cpus} processors, by {why}",
        "start it without taskset or CPUAffinity"
        if by_affinity
        else f"raise the cpu limit of the container or service, or run with --threads"
        f" {max(1, int(allowed))}",
    )


def low_memory(facts: Facts) -> Told | None:
    """Little memory means swapping, or the end of the process."""
    available = facts.machine.available_mib
    if available is None or available >= LOW_MEMORY_MIB:
        return None
    return (
        "slow",
        f"{available} MiB of memory are available, fewer than {LOW_MEMORY_MIB}",
        "end other programs (ps --sort=-rss -eo rss,comm | head)",
    )


def narrow_userland(facts: Facts) -> Told | None:
    """Engines are made for 64 bits."""
    python = facts.python
    if python.pointer_bits != 32:
        return None
    return (
        "note" if any(one.ok for one in facts.verified) else "wrong",
        f"Python is a 32-bit program (kernel: {python.architecture}); the engines are tried"
        " with 64 bits only",
        "install the 64-bit image of the operating system",
    )
