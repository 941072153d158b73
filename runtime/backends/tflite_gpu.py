"""TFLite files, by TensorFlow Lite's own GPU delegate (OpenCL or OpenGL ES).

No package brings its library for Linux; whoever has built it names it.
"""

from __future__ import annotations

from .delegates import DelegateBackend, Library
from .litert import PACKAGE

__all__ = ["LIBRARY", "PACKAGE", "check_present", "open_model"]

LIBRARY = Library(
    "libtensorflowlite_gpu_delegate.so",
    "TRUCKSIGHT_GPU_DELEGATE",
    "build //tensorflow/lite/delegates/gpu:libtensorflowlite_gpu_delegate.so with bazel and set"
    " TRUCKSIGHT_GPU_DELEGATE to its path",
)
check_present = LIBRARY.check_present


def open_model(model: bytes, threads: int) -> DelegateBackend:
    """Load a TFLite flatbuffer."""
    return DelegateBackend(model, threads, LIBRARY.name)
