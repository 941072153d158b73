"""What is installed for this Python, and what comes of importing it.

Nothing here is imported by the process that asks, not even NumPy: it must still report where one
of them is broken.
"""

from __future__ import annotations

import json
import platform
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, NamedTuple

from .children import Answer, Ask

OPENCV_WHEELS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
ONNXRUNTIME_WHEELS = ("onnxruntime", "onnxruntime-gpu")


class EngineRow(NamedTuple):
    """One module that can be behind an engine of `runtime.backends`."""

    engine: str
    module: str
    packages: tuple[str, ...]
    """Those on PyPI that bring it."""


ENGINES = (
    EngineRow("litert", "ai_edge_litert.interpreter", ("ai-edge-litert",)),
    EngineRow("litert", "tflite_runtime.interpreter", ("tflite-runtime",)),
    EngineRow("onnxruntime", "onnxruntime", ONNXRUNTIME_WHEELS),
    EngineRow("opencv", "cv2", OPENCV_WHEELS),
)
PACKAGES = ("trucksight", "numpy", *(name for row in ENGINES for name in row.packages))

_IMPORT = """
from importlib import import_module
module = import_module(sys.argv[1])
told = {"version": getattr(module, "__version__", None)}
if hasattr(module, "get_available_providers"):
    told["providers"] = module.get_available_providers()
if hasattr(module, "getBuildInformation"):
    told["build"] = module.getBuildInformation()
print("\\n" + json.dumps(told))
"""
_VERIFY = """
from trucksight.runtime.__main__ import main
sys.exit(main(["verify", "default", "--backend", sys.argv[1], "--json"]))
"""


@dataclass(frozen=True, slots=True)
class Python:
    """The Python that asks, and which packages it has."""

    version: str
    architecture: str
    """The kernel's, as in `aarch64`."""
    pointer_bits: int
    """32 or 64: that of the userland, which can be narrower than the kernel."""
    packages: Mapping[str, str]
    """Versions of those of `PACKAGES` that are installed."""

    @classmethod
    def read(cls) -> Python:
        """Describe the running Python."""
        return cls(
            version=platform.python_version(),
            architecture=platform.machine(),
            pointer_bits=8 * struct.calcsize("P"),
            packages={name: found for name in PACKAGES if (found := _version(name))},
        )

    def installed(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those packages of `names` that are installed."""
        return tuple(name for name in names if name in self.packages)


@dataclass(frozen=True, slots=True)
class Engine:
    """One module behind an engine, imported in a process of its own."""

    name: str
    """As in `runtime.backends`."""
    module: str
    package: str | None
    """None: no package known to pip; a system's own OpenCV, say."""
    version: str | None
    fault: str | None
    """Why it does not import; None: it does."""
    providers: tuple[str, ...] | None = None
    """Of ONNX Runtime; None: unknown, or another engine."""


@dataclass(frozen=True, slots=True)
class VideoIO:
    """What OpenCV was built with; None: unknown."""

    v4l2: bool | None
    ffmpeg: bool | None
    gstreamer: bool | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What `trucksight verify default` says of one variant on one engine, or of the files."""

    engine: str
    """As in `runtime.backends`."""
    what: str
    """A variant, a file, or `bundle`."""
    ok: bool
    detail: str


def is_importable(module: str) -> bool:
    """Whether the package of a module can be found; nothing is imported."""
    return find_spec(module.partition(".")[0]) is not None


def read_engines(
    ask: Ask, python: Python, importable: Callable[[str], bool] = is_importable
) -> tuple[tuple[Engine, ...], VideoIO]:
    """Import every engine that is there, each in a process of its own.

    Args:
        ask: runs code in a child, see `children.ask_python`.
        python: names the packages that are installed.
        importable: whether a module can be found.
    """
    engines: list[Engine] = []
    video_io = VideoIO(None, None, None)
    for row in ENGINES:
        packages = python.installed(row.packages)
        if not packages and not importable(row.module):
            continue
        package = packages[0] if packages else None
        known = python.packages[package] if package else None
        told, fault = _imported(ask(_IMPORT, row.module))
        providers = tuple(told["providers"]) if "providers" in told else None
        engines.append(
            Engine(row.engine, row.module, package, told.get("version") or known, fault, providers)
        )
        if "build" in told:
            video_io = _video_io(told["build"])
    return tuple(engines), video_io


def verify_default(ask: Ask, engines: tuple[Engine, ...]) -> tuple[Verified, ...]:
    """Replay the shipped bundle on every engine that imports, as `trucksight verify` does.

    Nothing is replayed without OpenCV, which decodes the pictures.
    """
    if not any(engine.name == "opencv" and engine.fault is None for engine in engines):
        return ()
    names = dict.fromkeys(engine.name for engine in engines if engine.fault is None)
    return tuple(one for name in names for one in _verified(name, ask(_VERIFY, name)))


def _verified(engine: str, answer: Answer) -> Iterator[Verified]:
    try:
        document = json.loads(answer.stdout)
    except ValueError:
        yield Verified(engine, "bundle", False, f"{engine}: {answer.fault or 'it told nothing'}")
        return
    for row in document["findings"]:
        if row["ok"] is False or row["engine"]:
            detail = f"{row['engine']}: {row['detail']}" if row["engine"] else row["detail"]
            yield Verified(engine, row["what"], bool(row["ok"]), detail)


def _imported(answer: Answer) -> tuple[dict[str, Any], str | None]:
    """What a module told of itself, on its last line; or why it does not import."""
    if answer.fault:
        return {}, answer.fault
    try:
        told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {}, "the import ended without an answer"
    return told, None


def _video_io(build: str) -> VideoIO:
    """Read `cv2.getBuildInformation()`; what it does not mention is unknown."""
    lines = (line.partition(":") for line in build.splitlines())
    said = {name.strip().lower(): value.strip().upper() for name, colon, value in lines if colon}

    def has(name: str) -> bool | None:
        return said[name].startswith("YES") if said.get(name) else None

    return VideoIO(v4l2=has("v4l/v4l2"), ffmpeg=has("ffmpeg"), gstreamer=has("gstreamer"))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
