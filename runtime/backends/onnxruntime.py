"""ONNX files, by ONNX Runtime: on the processor, or by another of its execution providers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from ..errors import BackendError
from ..lowest_runtime import Package

PACKAGE = Package("onnxruntime", ort.__version__)
CPU = "CPUExecutionProvider"
SPIN_US = 10
"""How long a thread spins for more work of the same frame before it sleeps, microseconds."""
_REFUSALS: tuple[type[Exception], ...] = (
    ValueError,
    RuntimeError,
    *(
        kind
        for kind in vars(ort.capi.onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)


class OnnxRuntimeBackend:
    """One session; its threads sleep between frames instead of spinning, see `_waiting`."""

    def __init__(
        self, model: bytes, threads: int, optimised: bool = True, provider: str = CPU
    ) -> None:
        """Load a model.

        Args:
            model: an ONNX file.
            threads: of the processor.
            optimised: where false, its graph runs as it is written.
            provider: what runs it; the processor takes the operators that another one lacks.
        """
        self.engine = f"onnxruntime {ort.__version__}"
        if provider != CPU:
            self.engine += f" {provider.removesuffix('ExecutionProvider')}"
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if not optimised:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        for entry, value in _waiting(ort.__version__).items():
            options.add_session_config_entry(entry, value)
        try:
            self._session: ort.InferenceSession | None = ort.InferenceSession(
                model, options, providers=[provider] if provider == CPU else [provider, CPU]
            )
        except _REFUSALS as exc:
            first = " ".join(str(exc).split())[:200]
            raise BackendError(f"{self.engine} cannot load this model: {first}") from exc
        # It would keep the whole file, for opening it again with other providers.
        self._session._model_bytes = None
        # Where the provider's libraries do not load, ONNX Runtime goes on without it.
        got = self._session.get_providers()
        if got[0] != provider:
            raise BackendError(
                f"asked for {provider}, got {', '.join(got)}: its libraries do not load here;"
                " see: trucksight doctor"
            )
        self._input = self._session.get_inputs()[0]
        if self._input.type != "tensor(uint8)":
            raise BackendError(
                f"the model takes {self._input.type}; a bundle's models take uint8 pixels"
            )

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if self._session is None:
            raise BackendError("the backend is closed")
        try:
            (scores,) = self._session.run(None, {self._input.name: pixels_rgb})
        except _REFUSALS as exc:
            raise BackendError(f"{self.engine} refuses the picture: {exc}") from exc
        return np.array(scores, np.float32).reshape(-1)

    def close(self) -> None:
        """See `Backend.close`."""
        self._session = None


def check_built_in(provider: str) -> None:
    """Refuse a build of ONNX Runtime without a provider.

    Raises:
        ImportError: that is the one installed here.
    """
    if provider not in ort.get_available_providers():
        raise ImportError(f"this build of onnxruntime has no {provider}")


def _waiting(version: str) -> dict[str, str]:
    """How threads wait for each other, as entries of the session's configuration.

    By default they spin for a million rounds, between frames too, which burns two cores in a 15 fps
    loop and takes three times as long where something else uses the processor. Asleep at once, they
    spend nearly half of a frame's time on waking each other. A few microseconds of spinning have
    the speed of the one and the cost of the other; ONNX Runtime takes a time from 1.26 on.
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < (1, 26):
        return {"session.intra_op.allow_spinning": "0"}
    return {
        "session.intra_op.allow_spinning": "1",
        "session.intra_op.spin_duration_us": str(SPIN_US),
        "session.force_spinning_stop": "1",  # with the frame
    }


def open_model(model: bytes, threads: int) -> OnnxRuntimeBackend:
    """Load an ONNX model."""
    return OnnxRuntimeBackend(model, threads)
