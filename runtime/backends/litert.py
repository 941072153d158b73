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
    from ai_edge_litert import interpreter as tflite

    _PACKAGE = "ai-edge-litert"
except ImportError:
    import tflite_runtime as _engine
    from tflite_runtime import interpreter as tflite

    _PACKAGE = "tflite-runtime"


def _version() -> str:
    told = getattr(_engine, "__version__", None)
    if told is None:
        # Reading the installed metadata loads the email package: 3 MiB, and time at every start.
        from importlib.metadata import version

        told = version(_PACKAGE)
    return str(told)


__all__ = [
    "ENGINE",
    "PACKAGE",
    "LiteRTBackend",
    "check_input",
    "dequantised",
    "open_model",
    "tflite",
    "undelegated",
]

PACKAGE = Package(_PACKAGE, _version())
ENGINE = f"{PACKAGE.name} {PACKAGE.version}"


class LiteRTBackend:
    """One interpreter with its tensors allocated once."""

    def __init__(self, model: bytes, threads: int, engine: str = ENGINE, **options: Any) -> None:
        """Load a model.

        Args:
            model: a TFLite file.
            threads: of the processor.
            engine: see `Backend.engine`.
            options: further arguments of the interpreter.
        """
        self.engine = engine
        try:
            with diverted((STDERR,)):  # it announces its delegate there
                self._interpreter: Any = tflite.Interpreter(
                    model_content=model, num_threads=threads, **options
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as exc:
            raise BackendError(_why_not_loaded(self.engine, str(exc))) from exc
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        check_input(self._input)

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if self._interpreter is None:
            raise BackendError("the backend is closed")
        try:
            self._interpreter.set_tensor(self._input["index"], pixels_rgb)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as exc:
            raise BackendError(f"{self.engine} refuses the picture: {exc}") from exc
        return dequantised(self._interpreter.get_tensor(self._output["index"])[0], self._output)

    def close(self) -> None:
        """See `Backend.close`."""
        self._interpreter = None


def open_model(model: bytes, threads: int) -> LiteRTBackend:
    """Load a TFLite flatbuffer."""
    return LiteRTBackend(model, threads)


def undelegated(model: bytes) -> Any:
    """An interpreter to be asked about a model; nothing is allocated, no delegate has its graph.

    Raises:
        BackendError: it is no TFLite file, or one that is too new.
    """
    try:
        with diverted((STDERR,)):
            return tflite.Interpreter(
                model_content=model,
                experimental_op_resolver_type=tflite.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
    except (ValueError, RuntimeError) as exc:
        raise BackendError(_why_not_loaded(ENGINE, str(exc))) from exc


def check_input(details: dict[str, Any]) -> None:
    """Refuse a model whose input, as the interpreter describes it, is not `uint8`.

    Raises:
        BackendError: it takes something else.
    """
    if details["dtype"] != np.uint8:
        raise BackendError(
            f"the model takes {np.dtype(details['dtype']).name};"
            " a bundle's models take uint8 pixels"
        )


def dequantised(raw: npt.NDArray[Any], details: dict[str, Any]) -> npt.NDArray[np.float32]:
    """The probabilities that an output stands for, whose details the interpreter gave."""
    if raw.dtype == np.float32:
        return np.asarray(raw, np.float32)
    scale, zero_point = details["quantization"]
    return np.asarray((raw.astype(np.int32) - zero_point) * scale, np.float32)


def _why_not_loaded(engine: str, message: str) -> str:
    first = " ".join(message.split())[:200]
    if "version" in message and "find op" in message.lower():
        return f"{engine} is too old for this model ({first}); run: pip install ai-edge-litert"
    return f"{engine} cannot load this model: {first}"
