"""ONNX files, by ONNX Runtime with CUDA on an NVIDIA GPU."""

from __future__ import annotations

from .onnxruntime import PACKAGE, OnnxRuntimeBackend, check_built_in

__all__ = ["PACKAGE", "open_model"]

_PROVIDER = "CUDAExecutionProvider"
check_built_in(_PROVIDER)


def open_model(model: bytes, threads: int) -> OnnxRuntimeBackend:
    """Load an ONNX model."""
    return OnnxRuntimeBackend(model, threads, provider=_PROVIDER)
