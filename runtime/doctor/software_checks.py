"""Checks of what is installed: engines, NumPy, OpenCV and its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..extras import install_command
from .software import ONNXRUNTIME_WHEELS, OPENCV_WHEELS, Engine

if TYPE_CHECKING:
    from .facts import Facts
    from .findings import Told

LITERT_WHEELS = ("x86_64", "aarch64")
"""Architectures of Linux with wheels of ai-edge-litert."""
GPU_PROVIDERS = ("CUDAExecutionProvider", "TensorrtExecutionProvider")
_SYSTEM_OPENCV = (
    "use the system's OpenCV (python3 -m venv --system-site-packages .venv) and take the wheel"
    " away: pip uninstall opencv-python-headless"
)


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


def _with_versions(facts: Facts, packages: tuple[str, ...]) -> str:
    return " and ".join(f"{name} {facts.python.packages[name]}" for name in packages)


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
