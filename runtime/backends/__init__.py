"""The inference engines behind one contract, chosen by name and imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import BackendUnavailable, UnknownBackend
from ..extras import install_command
from ..lowest_runtime import Package

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
    """Module of this package that has `open_model(model: bytes, threads: int) -> Backend`, and
    `PACKAGE` where a variant may ask for a lowest version."""
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
    row = _row(name)
    try:
        engine = import_module(row.module, __name__)
    except ImportError as exc:
        cure = install_command(row.extra) if row.extra else "pip install opencv-python-headless"
        raise BackendUnavailable(f"{name} is not installed here; run: {cure}") from exc
    backend: Backend = engine.open_model(model, threads)
    return backend


def installed_package(name: str) -> Package | None:
    """The package behind an engine that imports here; None where its version does not matter."""
    package: Package | None = getattr(import_module(_row(name).module, __name__), "PACKAGE", None)
    return package


def available_backends() -> list[str]:
    """Names of the engines that import here, in order of preference."""
    return [name for name in BACKENDS if is_available(name)]


def is_available(name: str) -> bool:
    """Whether an engine of the table imports here; importing it costs memory and time."""
    try:
        import_module(_row(name).module, __name__)
    except ImportError:
        return False
    return True


def _row(name: str) -> BackendRow:
    if name not in BACKENDS:
        raise UnknownBackend(f"no backend {name!r}; known: {', '.join(BACKENDS)}")
    return BACKENDS[name]
