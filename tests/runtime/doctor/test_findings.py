"""Every check finds what it is for, and nothing on a healthy machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.doctor import CHECKS, Facts, Machine, examine
from trucksight.runtime.doctor.accelerators import Accelerator
from trucksight.runtime.doctor.cameras import Camera, Mode
from trucksight.runtime.doctor.findings import Finding
from trucksight.runtime.doctor.machine import Temperature
from trucksight.runtime.doctor.software import Engine, Verified, VideoIO

WEBCAM = Camera("/dev/video0", "USB Camera", 480.0, (Mode("MJPG", 1920, 1080, 30.0),), None)
Paint = Callable[..., Path]


def on_machine(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, machine=replace(facts.machine, **changes))


def with_packages(facts: Facts, without: tuple[str, ...] = (), **more: str) -> Facts:
    """Names of packages are written with underscores."""
    kept = {name: one for name, one in facts.python.packages.items() if name not in without}
    added = {name.replace("_", "-"): one for name, one in more.items()}
    return replace(facts, python=replace(facts.python, packages=kept | added))


def with_engine(facts: Facts, name: str, **changes: Any) -> Facts:
    engines = tuple(replace(one, **changes) if one.name == name else one for one in facts.engines)
    return replace(facts, engines=engines)


def with_video(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, video_io=replace(facts.video_io, **changes))


def only(facts: Facts, engine: str) -> Facts:
    return replace(facts, engines=tuple(one for one in facts.engines if one.name == engine))


def tflite(facts: Facts, architecture: str = "x86_64") -> Facts:
    """Its only TFLite engine is the old one."""
    old = with_packages(facts, ("ai-edge-litert",), tflite_runtime="2.14.0", numpy="1.26.4")
    return replace(old, python=replace(old.python, architecture=architecture))


def webcam(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, cameras=(replace(WEBCAM, **changes),))


def with_gpu(facts: Facts, why: str | None) -> Facts:
    with_node = on_machine(facts, render_nodes=("/dev/dri/renderD128",))
    return replace(with_node, accelerators=(Accelerator("litert-gpu", why, "install it"),))


def with_edge_tpu(facts: Facts, why: str | None) -> Facts:
    with_node = on_machine(facts, edge_tpus=("/dev/apex_0",))
    return replace(with_node, accelerators=(Accelerator("edgetpu", why, "install it"),))


YUYV = (Mode("MJPG", 640, 480, 30.0), Mode("YUYV", 1920, 1080, 5.0))
CRASH = Verified("onnxruntime", "bundle", False, "onnxruntime: the process was ended by SIGILL")

CASES: list[tuple[str, str, Callable[[Facts], Facts], str]] = [
    ("no-engine", "slow", lambda f: only(f, "opencv"), "no engine is installed but OpenCV's own"),
    ("no-engine", "wrong", lambda f: replace(f, engines=()), "no engine is installed"),
    ("no-opencv", "wrong", lambda f: only(f, "litert"), "OpenCV is not installed"),
    (
        "broken-engine",
        "wrong",
        lambda f: with_engine(f, "onnxruntime", fault="ImportError: numpy.core failed"),
        "onnxruntime does not import: ImportError: numpy.core failed",
    ),
    (
        "not-verified",
        "wrong",
        lambda f: replace(f, verified=(*f.verified, CRASH)),
        "does not verify here: bundle: onnxruntime: the process was ended by SIGILL",
    ),
    (
        "two-onnxruntimes",
        "wrong",
        lambda f: with_packages(f, onnxruntime_gpu="1.30.0"),
        "onnxruntime 1.31.1 and onnxruntime-gpu 1.30.0",
    ),
    (
        "several-opencvs",
        "wrong",
        lambda f: with_packages(f, opencv_python="4.10.0.84"),
        "opencv-python 4.10.0.84 and opencv-python-headless 4.12.0.88",
    ),
    (
        "several-opencvs",
        "note",
        lambda f: with_packages(f, opencv_contrib_python="4.12.0.88"),
        "overwrite each other",
    ),
    (
        "tflite-numpy",
        "wrong",
        lambda f: with_packages(tflite(f), numpy="2.2.0"),
        "tflite-runtime 2.14.0 needs NumPy below 2; NumPy 2.2.0",
    ),
    (
        "tflite-numpy",
        "note",
        lambda f: with_packages(f, tflite_runtime="2.14.0"),
        "NumPy 2.2.0 is installed",
    ),
    ("old-tflite", "slow", tflite, "tflite-runtime 2.14.0 is superseded"),
    ("old-tflite", "note", lambda f: tflite(f, "aarch64"), "tflite-runtime 2.14.0"),
    (
        "cpu-only",
        "note",
        lambda f: on_machine(f, nvidia_nodes=("/dev/nvidia0",)),
        "AzureExecutionProvider, CPUExecutionProvider and none for the NVIDIA GPU (/dev/nvidia0)",
    ),
    (
        "idle-gpu",
        "note",
        lambda f: with_gpu(f, "no Vulkan is installed"),
        "the GPU (/dev/dri/renderD128) cannot be used with TFLite models: no Vulkan is installed",
    ),
    (
        "idle-edge-tpu",
        "note",
        lambda f: with_edge_tpu(f, "the library does not load"),
        "the Edge TPU (/dev/apex_0) cannot be used: the library does not load",
    ),
    (
        "no-gstreamer",
        "wrong",
        lambda f: replace(f, wants_gstreamer=True),
        "built without GStreamer",
    ),
    (
        "no-gstreamer",
        "note",
        lambda f: on_machine(f, board="NVIDIA Jetson Orin Nano Developer Kit"),
        "built without GStreamer",
    ),
    ("no-v4l2", "note", lambda f: with_video(f, v4l2=False), "without V4L2"),
    ("no-v4l2", "wrong", lambda f: with_video(webcam(f), v4l2=False), "without V4L2"),
    ("no-ffmpeg", "note", lambda f: with_video(f, ffmpeg=False), "without FFmpeg"),
    (
        "camera-denied",
        "wrong",
        lambda f: on_machine(webcam(f, modes=None, denied=True), in_video_group=False),
        "not in the group video and may not open /dev/video0",
    ),
    (
        "camera-denied",
        "wrong",
        lambda f: webcam(f, modes=None, denied=True),
        "this user may not open /dev/video0",
    ),
    (
        "uncompressed-camera",
        "slow",
        lambda f: webcam(f, modes=YUYV),
        "/dev/video0 offers 1920x1080 only as YUYV at 5 fps at most",
    ),
    (
        "throttled",
        "slow",
        lambda f: on_machine(f, throttled=0x50005),
        "now: under-voltage, throttled; since it was started: under-voltage, throttled (0x50005)",
    ),
    (
        "throttled",
        "note",
        lambda f: on_machine(f, throttled=0xA0000),
        "since it was started: frequency capped, soft temperature limit (0xa0000)",
    ),
    (
        "hot",
        "slow",
        lambda f: on_machine(f, temperatures=(Temperature("cpu", 60), Temperature("gpu", 84.2))),
        "gpu is at 84.2 C, above 80 C",
    ),
    (
        "powersave",
        "slow",
        lambda f: on_machine(f, governors=("ondemand", "powersave")),
        "powersave",
    ),
    (
        "few-cpus",
        "slow",
        lambda f: on_machine(f, affinity_cpus=1),
        "may use 1 of 4 processors, by affinity",
    ),
    (
        "few-cpus",
        "slow",
        lambda f: on_machine(f, quota_cpus=1.5),
        "may use 1.5 of 4 processors, by the cpu quota of its control group",
    ),
    ("few-cpus", "note", lambda f: on_machine(f, cpus=16, affinity_cpus=8), "8 of 16"),
    ("low-memory", "slow", lambda f: on_machine(f, available_mib=199), "199 MiB"),
    (
        "narrow-userland",
        "wrong",
        lambda f: replace(f, python=replace(f.python, pointer_bits=32), verified=()),
        "Python is a 32-bit program (kernel: x86_64)",
    ),
    (
        "narrow-userland",
        "note",
        lambda f: replace(f, python=replace(f.python, pointer_bits=32)),
        "32-bit",
    ),
]


def found(name: str, facts: Facts) -> Finding | None:
    return next((one for one in examine(facts) if one.name == name), None)


@pytest.mark.parametrize(
    ("name", "severity", "change", "text"), CASES, ids=[f"{one[0]}-{one[1]}" for one in CASES]
)
def test_a_fault_is_found(
    healthy: Facts, name: str, severity: str, change: Callable[[Facts], Facts], text: str
) -> None:
    finding = found(name, change(healthy))
    assert finding is not None
    assert finding.severity == severity
    assert text in finding.found
    assert finding.cure


def test_every_check_has_a_case() -> None:
    assert {one[0] for one in CASES} == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_healthy_machine_has_none(healthy: Facts, name: str) -> None:
    assert CHECKS[name](healthy) is None


FINE: list[tuple[str, str, Callable[[Facts], Facts]]] = [
    ("a GPU that LiteRT uses", "idle-gpu", lambda f: with_gpu(f, None)),
    ("a GPU without LiteRT", "idle-gpu", lambda f: only(with_gpu(f, "absent"), "onnxruntime")),
    ("an Edge TPU that is used", "idle-edge-tpu", lambda f: with_edge_tpu(f, None)),
    ("one engine is enough", "no-engine", lambda f: only(f, "litert")),
    (
        "a GPU's provider is there",
        "cpu-only",
        lambda f: with_engine(
            on_machine(f, nvidia_nodes=("/dev/nvidia0",)),
            "onnxruntime",
            providers=("CUDAExecutionProvider", "CPUExecutionProvider"),
        ),
    ),
    (
        "no ONNX Runtime, no fall-back",
        "cpu-only",
        lambda f: only(on_machine(f, nvidia_nodes=("/dev/nvidia0",)), "litert"),
    ),
    ("no LiteRT for 32 bits", "old-tflite", lambda f: tflite(f, "armv7l")),
    ("NumPy 1 suits tflite-runtime", "tflite-numpy", tflite),
    ("an MJPG camera", "uncompressed-camera", webcam),
    ("YUYV over USB 3", "uncompressed-camera", lambda f: webcam(f, modes=YUYV, usb_mbit=5000.0)),
    ("YUYV not over USB", "uncompressed-camera", lambda f: webcam(f, modes=YUYV, usb_mbit=None)),
    (
        "small YUYV",
        "uncompressed-camera",
        lambda f: webcam(f, modes=(Mode("YUYV", 640, 480, 30.0),)),
    ),
    ("unknown formats", "uncompressed-camera", lambda f: webcam(f, modes=None)),
    (
        "not in the group, but it opens",
        "camera-denied",
        lambda f: on_machine(webcam(f), in_video_group=False),
    ),
    (
        "this driver's powersave is its usual governor",
        "powersave",
        lambda f: on_machine(f, governors=("powersave",), frequency_drivers=("intel_pstate",)),
    ),
    ("80 C", "hot", lambda f: on_machine(f, temperatures=(Temperature("cpu", 80.0),))),
    ("a quota above all processors", "few-cpus", lambda f: on_machine(f, quota_cpus=8.0)),
    ("unknown video parts", "no-v4l2", lambda f: with_video(f, v4l2=None)),
    (
        "a GStreamer that was asked for",
        "no-gstreamer",
        lambda f: with_video(replace(f, wants_gstreamer=True), gstreamer=True),
    ),
    ("a Pi that is fine", "throttled", lambda f: on_machine(f, throttled=0)),
]


@pytest.mark.parametrize(
    ("name", "change"), [one[1:] for one in FINE], ids=[one[0] for one in FINE]
)
def test_what_is_fine_is_not_found(
    healthy: Facts, name: str, change: Callable[[Facts], Facts]
) -> None:
    assert found(name, change(healthy)) is None


def test_what_is_unknown_is_not_found(healthy: Facts, tmp_path: Path) -> None:
    unknown = replace(
        healthy,
        machine=Machine.read(tmp_path / "nothing"),
        video_io=VideoIO(None, None, None),
        cameras=(replace(WEBCAM, modes=None, usb_mbit=None, fault="No such device"),),
    )
    assert examine(unknown) == ()


@pytest.mark.parametrize("name", ["x86", "pi5"])
def test_a_healthy_board_has_no_findings(healthy: Facts, board: Paint, name: str) -> None:
    assert examine(replace(healthy, machine=Machine.read(board(name)))) == ()


def test_a_throttled_pi_is_slow(healthy: Facts, board: Paint) -> None:
    (finding,) = examine(replace(healthy, machine=Machine.read(board("throttled pi"))))
    assert (finding.name, finding.severity) == ("throttled", "slow")
    assert "power supply" in finding.cure


def test_a_pi_with_a_narrow_userland_is_wrong(healthy: Facts, board: Paint) -> None:
    """Its kernel has 64 bits, its programs have 32, and no engine is there for them."""
    python = replace(healthy.python, architecture="aarch64", pointer_bits=32)
    facts = replace(
        only(healthy, "opencv"), machine=Machine.read(board("pi5")), python=python, verified=()
    )
    assert [one.name for one in examine(facts)] == ["narrow-userland", "no-engine"]


def test_a_jetson_with_plain_wheels_has_notes(healthy: Facts, board: Paint) -> None:
    findings = examine(replace(healthy, machine=Machine.read(board("jetson"))))
    assert [(one.name, one.severity) for one in findings] == [
        ("cpu-only", "note"),
        ("no-gstreamer", "note"),
    ]


def test_the_gravest_come_first(healthy: Facts) -> None:
    facts = on_machine(with_video(healthy, ffmpeg=False), available_mib=20)
    facts = with_packages(facts, onnxruntime_gpu="1.30.0")
    assert [one.severity for one in examine(facts)] == ["wrong", "slow", "note"]


def test_a_group_that_would_help_is_named(healthy: Facts) -> None:
    finding = found(
        "camera-denied",
        on_machine(webcam(healthy, modes=None, denied=True), in_video_group=False),
    )
    assert finding is not None
    assert "usermod -aG video" in finding.cure


def test_opencv_that_does_not_import_gives_way_to_the_headless_wheel(healthy: Facts) -> None:
    facts = with_packages(healthy, ("opencv-python-headless",), opencv_python="4.12.0.88")
    finding = found("broken-engine", with_engine(facts, "opencv", fault="ImportError: libGL.so.1"))
    assert finding is not None
    assert "opencv-python-headless" in finding.cure


def test_an_engine_without_a_package_is_named_by_its_module(healthy: Facts) -> None:
    engine = Engine("opencv", "cv2", None, None, "ImportError: libGL.so.1")
    finding = found("broken-engine", replace(healthy, engines=(engine,)))
    assert finding is not None
    assert finding.found.startswith("cv2 does not import")


def test_a_missing_instruction_is_not_cured_by_the_same_wheel(healthy: Facts) -> None:
    fault = "the process was ended by SIGILL (Illegal instruction)"
    finding = found("broken-engine", with_engine(healthy, "onnxruntime", fault=fault))
    assert finding is not None
    assert "another version" in finding.cure
