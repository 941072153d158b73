"""TFLite files, by LiteRT (ai-edge-litert) or, where that is absent, by tflite-runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import BackendError
from ..lowest_runtime import Package
from ..native_output import STDERR, diverted

try:
    import ai_edge_litert as _engine
    from ai_edge_litert.interpreter import Interpreter

    _PACKAGE = "ai-edge-litert"
except ImportError:
    import tflite_runtime as _engine
    from tflite_runtime.interpreter import Interpreter

    _PACKAGE = "tflite-runtime"


def _version() -> str:
    told = getattr(_engine, "__version__", None)
    if told is None:
        # Reading the installed metadata loads the email package: 3 MiB, and time at every start.
        from importlib.metadata import version

        told = version(_PACKAGE)
    return str(told)


PACKAGE = Package(_PACKAGE, _version())


class LiteRTBackend:
    """One interpreter with its tensors allocated once."""

    def __init__(self, model: bytes, threads: int, **options: Any) -> None:
        """Load a model; `options` are further arguments of the interpreter."""
        self.engine = f"{PACKAGE.name} {PACKAGE.version}"
        try:
            with diverted((STDERR,)):  # it announces its delegate there
                self._interpreter: Any = Interpreter(
                    model_content=model, num_threads=threads, **options
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as exc:
            raise BackendError(_why_not_loaded(self.engine, str(exc))) from exc
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        if self._input["dtype"] != np.uint8:
            raise BackendError(
                f"the model takes {np.dtype(self._input['dtype']).name};"
                " a bundle's models take uint8 pixels"
            )

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if self._interpreter is None:
            raise BackendError("the backend is closed")
        try:
            self._interpreter.set_tensor(self._input["index"], pixels_rgb)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as exc:
            raise BackendError(f"{self.engine} refuses the picture: {exc}") from exc
        raw = self._interpreter.get_tensor(self._output["index"])[0]
        if raw.dtype == np.float32:
            return np.asarray(raw, np.float32)
        scale, zero_point = self._output["quantization"]
        return np.asarray((raw.astype(np.int32) - zero_point) * scale, np.float32)

    def close(self) -> None:
        """See `Backend.close`."""
        self._interpreter = None


def open_model(model: bytes, threads: int) -> LiteRTBackend:
    """Load a TFLite flatbuffer."""
    return LiteRTBackend(model, threads)


def _why_not_loaded(engine: str, message: str) -> str:
    first = " ".join(message.split())[:200]
    if "version" in message and "find op" in message.lower():
        return f"{engine} is too old for this model ({first}); run: pip install ai-edge-litert"
    return f"{engine} cannot load this model: {first}"
