"""A variant's scores by other kernels of its engine, which round and sum in another order.

TFLite's built-in kernels take the place of XNNPACK's (tflite-runtime uses them for integers); ONNX
Runtime runs the graph as it is written, quantised operators in float. How far they differ says how
steady a score is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..runtime.backends import Backend
from .parity import score_all


def scores_by_other_kernels(
    content: bytes, model_format: str, pixels: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Score pictures in one thread.

    Args:
        content: the model file.
        model_format: `tflite` or `onnx`.
        pixels: (n, height, width, 3) RGB, 0..255, as `model_input` gives them.

    Returns:
        (n, outputs) dequantised probabilities.
    """
    return score_all(_OPENERS[model_format](content), pixels)


def _tflite(content: bytes) -> Backend:
    from ai_edge_litert.interpreter import OpResolverType

    from ..runtime.backends.litert import LiteRTBackend

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return LiteRTBackend(content, 1, experimental_op_resolver_type=kernels)


def _onnx(content: bytes) -> Backend:
    from ..runtime.backends.onnxruntime import OnnxRuntimeBackend

    return OnnxRuntimeBackend(content, 1, optimised=False)


_OPENERS = {"tflite": _tflite, "onnx": _onnx}
