"""The checks: each looks at the facts and tells what makes the detector slow or wrong, or nothing.

A fact that is unknown leads to no finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..extras import install_command
from .facts import Facts
from .machine import SCALING_DRIVERS
from .software import ONNXRUNTIME_WHEELS, OPENCV_WHEELS, Engine

Severity = Literal["wrong", "slow", "note"]

DETECTOR_THREADS = 4
"""So many processors the detector uses unless told otherwise."""
HOT_C = 80.0
LOW_MEMORY_MIB = 200
SMALL_PIXELS = 640 * 480
"""Uncompressed pictures up to this size are no reason for a finding."""
USB2_MBIT = 480
LITERT_WHEELS = ("x86_64", "aarch64")
"""Architectures of Linux with wheels of ai-edge-litert."""
GPU_PROVIDERS = ("CUDAExecutionProvider", "TensorrtExecutionProvider")
THROTTLED = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
"""Bits 0 to 3 of a Raspberry Pi's word; bits 16 to 19 say it of the time since it was started."""
SINCE_START = 16
_UNCOMPRESSED = ("YUYV", "YUY2", "UYVY")
_SYSTEM_OPENCV = (
    "use the system's OpenCV (python3 -m venv --system-site-packages .venv) and take the wheel"
    " away: pip uninstall opencv-python-headless"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why the detector is slow or wrong here."""

    name: str
    """That of the check."""
    severity: Severity
    """`wrong`: it fails or decides otherwise than measured; `slow`: it is slower than it could
    be; `note`: worth knowing."""
    found: str
    """With the measured value."""
    cure: str
    """A command or a sentence."""


Told = tuple[Severity, str, str]
"""Severity, what was found, cure."""
Check = Callable[[Facts], Told | None]


def examine(facts: Facts) -> tuple[Finding, ...]:
    """All findings, the gravest first."""
    told = ((name, check(facts)) for name, check in CHECKS.items())
    findings = [Finding(name, *one) for name, one in told if one]
    order: tuple[Severity, ...] = ("wrong", "slow", "note")
    return tuple(sorted(findings, key=lambda one: order.index(one.severity)))


def no_engine(facts: Facts) -> Told | None:
    """Only OpenCV's own engine is there, or not even that."""
    if any(one.name != "opencv" for one in facts.engines):
        return None
    opencv = any(one.fault is None for one in facts.engines)
    return (
        "slow" if opencv else "wrong",
        "no engine is installed"
        + (" but OpenCV's own, which reads ONNX models only" if opencv else ""),
        install_command("litert"),
    )


def no_opencv(facts: Facts) -> Told | None:
    """Every picture goes through OpenCV."""
    if any(one.name == "opencv" for one in facts.engines):
        return None
    return "wrong", "OpenCV is not installed", "pip install opencv-python-headless"


def broken_engine(facts: Facts) -> Told | None:
    """A package that is installed and does not import."""
    broken = [one for one in facts.engines if one.fault is not None]
    if not broken:
        return None
    return (
        "wrong",
        "; ".join(f"{one.package or one.module} does not import: {one.fault}" for one in broken),
        "; ".join(_repair(one) for one in broken),
    )


def _repair(engine: Engine) -> str:
    package = engine.package or engine.module
    if "SIGILL" in (engine.fault or ""):
        return f"this processor lacks an instruction {package} uses; install another version of it"
    if package == "opencv-python":  # it needs the libraries of a window system
        return "pip uninstall opencv-python && pip install opencv-python-headless"
    return f"pip install --force-reinstall {package}"


def old_tflite(facts: Facts) -> Told | None:
    """tflite-runtime where its successor could be."""
    python = facts.python
    packages = python.packages
    if "tflite-runtime" not in packages or "ai-edge-litert" in packages:
        return None
    if python.pointer_bits != 64 or python.architecture not in LITERT_WHEELS:
        return None
    # Measured on x86-64 only: 2.2 to 10 times the time of LiteRT.
    return (
        "slow" if python.architecture == "x86_64" else "note",
        f"tflite-runtime {packages['tflite-runtime']} is superseded by ai-edge-litert; it refuses"
        " models with newer operators",
        install_command("litert"),
    )


def tflite_numpy(facts: Facts) -> Told | None:
    """tflite-runtime was built for NumPy 1."""
    packages = facts.python.packages
    numpy = packages.get("numpy", "")
    major = numpy.partition(".")[0]
    if "tflite-runtime" not in packages or not major.isdigit() or int(major) < 2:
        return None
    return (
        "note" if "ai-edge-litert" in packages else "wrong",
        f"tflite-runtime {packages['tflite-runtime']} needs NumPy below 2; NumPy {numpy} is"
        " installed",
        "pip uninstall tflite-runtime"
        if "ai-edge-litert" in packages
        else install_command("tflite-runtime"),
    )


def cpu_only(facts: Facts) -> Told | None:
    """ONNX Runtime falls back to the processor in silence."""
    nodes = facts.machine.nvidia_nodes
    if not nodes and not facts.machine.is_jetson:
        return None
    for engine in facts.engines:
        if engine.providers is not None and not {*engine.providers} & {*GPU_PROVIDERS}:
            return (
                "note",
                f"onnxruntime has {', '.join(engine.providers) or 'no provider'} and none for the"
                f" NVIDIA GPU ({nodes[0] if nodes else facts.machine.board}); whoever asks for the"
                " GPU gets the processor in silence",
                "trucksight runs ONNX models on the processor; for programs that want the GPU:"
                " pip uninstall onnxruntime && pip install onnxruntime-gpu",
            )
    return None


def two_onnxruntimes(facts: Facts) -> Told | None:
    """Both wheels write the same folder."""
    found = facts.python.installed(ONNXRUNTIME_WHEELS)
    if len(found) < 2:
        return None
    return (
        "wrong",
        f"{_with_versions(facts, found)} are installed in the same folder and overwrite each other",
        f"pip uninstall {' '.join(found)} && {install_command('onnx')}",
    )


def several_opencvs(facts: Facts) -> Told | None:
    """All OpenCV wheels write the same folder."""
    found = facts.python.installed(OPENCV_WHEELS)
    if len(found) < 2:
        return None
    versions = {facts.python.packages[name] for name in found}
    return (
        "wrong" if len(versions) > 1 else "note",
        f"{_with_versions(facts, found)} are installed in the same folder and overwrite each other",
        f"pip uninstall {' '.join(found)} && pip install opencv-python-headless",
    )


def no_gstreamer(facts: Facts) -> Told | None:
    """Cameras on a Jetson's own connector come through GStreamer."""
    asked = facts.wants_gstreamer
    if facts.video_io.gstreamer is not False or not (asked or facts.machine.is_jetson):
        return None
    return "wrong" if asked else "note", "OpenCV was built without GStreamer", _SYSTEM_OPENCV


def no_v4l2(facts: Facts) -> Told | None:
    """USB cameras come through V4L2."""
    if facts.video_io.v4l2 is not False:
        return None
    cure = "pip install --force-reinstall opencv-python-headless"
    return "wrong" if facts.cameras else "note", "OpenCV was built without V4L2 (cameras)", cure


def no_ffmpeg(facts: Facts) -> Told | None:
    """Most video files come through FFmpeg."""
    if facts.video_io.ffmpeg is not False:
        return None
    cure = "pip install --force-reinstall opencv-python-headless"
    return "note", "OpenCV was built without FFmpeg (video files)", cure


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


def not_verified(facts: Facts) -> Told | None:
    """What was measured is not what runs here."""
    failed = dict.fromkeys(f"{one.what}: {one.detail}" for one in facts.verified if not one.ok)
    if not failed:
        return None
    working = next((one.engine for one in facts.verified if one.ok), None)
    return (
        "wrong",
        f"the shipped bundle does not verify here: {'; '.join(failed)}",
        "install that engine, or trucksight, again"
        + (f"; until then run with --backend {working}" if working else ""),
    )


def _with_versions(facts: Facts, packages: tuple[str, ...]) -> str:
    return " and ".join(f"{name} {facts.python.packages[name]}" for name in packages)


CHECKS: dict[str, Check] = {
    "no-engine": no_engine,
    "no-opencv": no_opencv,
    "broken-engine": broken_engine,
    "not-verified": not_verified,
    "two-onnxruntimes": two_onnxruntimes,
    "several-opencvs": several_opencvs,
    "tflite-numpy": tflite_numpy,
    "old-tflite": old_tflite,
    "cpu-only": cpu_only,
    "no-gstreamer": no_gstreamer,
    "no-v4l2": no_v4l2,
    "no-ffmpeg": no_ffmpeg,
    "camera-denied": camera_denied,
    "uncompressed-camera": uncompressed_camera,
    "throttled": throttled,
    "hot": hot,
    "powersave": powersave,
    "few-cpus": few_cpus,
    "low-memory": low_memory,
    "narrow-userland": narrow_userland,
}
