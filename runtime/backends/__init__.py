"""The inference engines behind one contract, chosen by name and imported when asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import BackendUnavailable, UnknownBackend
from ..extras import install_command
from ..lowest_runtime import Package
from .absence import NOT_INSTALLED, Absence, PartMissing

__all__ = ["BACKENDS", "Backend", "BackendRow", "available_backends", "open_backend"]


class Backend(Protocol):
    """What every engine can do. `close` may be called twice."""

    engine: str
    """Engine and version in effect, as in `ai-edge-litert 2.3.0`."""

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Score one picture.

        Args:
            pixels_rgb: (1, height, width, 3), 0..255, as `model_input` gives it.

        Returns:
            (outputs,): probabilities in [0, 1], dequantised; one for a sigmoid, one a class for
            a softmax. The caller owns the array.

        Raises:
            BackendError: the engine refuses the picture.
        """
        ...

    def close(self) -> None:
        """Release the engine."""
        ...


class BackendRow(NamedTuple):
    """One row of the table of engines."""

    module: str
    """Module of this package that has `open_model(model: bytes, threads: int) -> Backend`.

    It may have `PACKAGE`, where a variant may ask for a lowest version; `check_present()`, which
    raises `PartMissing`; and `unreadable(model: bytes) -> str | None`, where it does not read all
    files of its formats.
    """
    formats: tuple[str, ...]
    """Model formats that the engine reads, preferred first."""
    extra: str | None
    """The extra that brings it; None where the base install has it."""
    special: bool = False
    """Whether it needs hardware that most machines lack: used and named only where asked for."""
    beside: Literal["copied", "shared"] | None = None
    """How two threads may decide at the same time: with a copy each, or with the same one; None:
    they may not."""


BACKENDS = {
    "litert": BackendRow(".litert", ("tflite",), "litert", beside="copied"),
    # InferenceSession.run may be called by several threads, see onnxruntime.ai/docs/api/c.
    "onnxruntime": BackendRow(".onnxruntime", ("onnx",), "onnx", beside="shared"),
    # All of OpenCV shares one number of threads.
    "opencv": BackendRow(".opencv", ("onnx",), None),
    "onnxruntime-cuda": BackendRow(".onnxruntime_cuda", ("onnx",), "onnx-gpu", special=True),
    "onnxruntime-tensorrt": BackendRow(
        ".onnxruntime_tensorrt", ("onnx",), "onnx-gpu", special=True
    ),
    "litert-gpu": BackendRow(".litert_gpu", ("tflite",), "litert", special=True),
    "tflite-gpu": BackendRow(".tflite_gpu", ("tflite",), "litert", special=True),
    "edgetpu": BackendRow(".edgetpu", ("tflite",), "litert", special=True),
    "fake": BackendRow(".fake", ("fake",), None, beside="copied"),
}


def open_backend(name: str, model: bytes, threads: int = 1) -> Backend:
    """Load a verified model into an engine.

    Args:
        name: a key of `BACKENDS`.
        model: the bytes of the model file, already hashed by the bundle.
        threads: processor threads the engine may use, 1 or more.

    Raises:
        UnknownBackend: no such name.
        BackendUnavailable: the engine is not installed here; names the `pip install`.
        BackendError: the engine does not load this model.
    """
    try:
        engine = _present(name)
    except ImportError as exc:
        raise BackendUnavailable(_absence(name, exc).told_of(name)) from exc
    backend: Backend = engine.open_model(model, threads)
    return backend


def installed_package(name: str) -> Package | None:
    """The package behind an engine that imports here; None where its version does not matter."""
    package: Package | None = getattr(import_module(_row(name).module, __name__), "PACKAGE", None)
    return package


def unreadable(name: str, read: Callable[[], bytes]) -> str | None:
    """Why an engine that imports here cannot read a model of its formats; None where it can.

    Args:
        name: a key of `BACKENDS`.
        read: gives the bytes of the model file; called only for an engine that is choosy.

    Raises:
        BackendError: the model is damaged.
    """
    ask = getattr(import_module(_row(name).module, __name__), "unreadable", None)
    told: str | None = ask(read()) if ask else None
    return told


def available_backends() -> list[str]:
    """Names of the engines that can be used here, in order of preference."""
    return [name for name in BACKENDS if is_available(name)]


def is_available(name: str) -> bool:
    """Whether an engine of the table can be used here; importing it costs memory and time."""
    return absence(name) is None


def absence(name: str) -> Absence | None:
    """Why an engine of the table cannot be used here; None where it can."""
    try:
        _present(name)
    except ImportError as exc:
        return _absence(name, exc)
    return None


def _present(name: str) -> ModuleType:
    """An engine's module, with all that it needs on this machine.

    Raises:
        ImportError: it does not import; `PartMissing`: its library or its device is absent.
    """
    engine = import_module(_row(name).module, __name__)
    check = getattr(engine, "check_present", None)
    if check:
        check()
    return engine


def _absence(name: str, fault: ImportError) -> Absence:
    if isinstance(fault, PartMissing):
        return fault.absence
    extra = _row(name).extra
    cure = install_command(extra) if extra else "pip install opencv-python-headless"
    return Absence(NOT_INSTALLED, cure)


def _row(name: str) -> BackendRow:
    if name not in BACKENDS:
        raise UnknownBackend(f"no backend {name!r}; known: {', '.join(BACKENDS)}")
    return BACKENDS[name]
