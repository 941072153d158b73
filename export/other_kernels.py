"""A variant's scores by other kernels of its engine, which round and sum in another order.

TFLite's built-in kernels take the place of XNNPACK's (tflite-runtime uses them for integers); ONNX
Runtime runs the graph as it is written, quantised operators in float. How far they differ says how
steady a score is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .quiet import quiet_converter

Scores = npt.NDArray[np.float32]


def scores_by_other_kernels(
    content: bytes, model_format: str, pixels: npt.NDArray[np.uint8]
) -> Scores:
    """Score pictures in one thread.

    Args:
        content: the model file.
        model_format: `tflite` or `onnx`.
        pixels: (n, height, width, 3) RGB, 0..255, as `model_input` gives them.

    Returns:
        (n, outputs) dequantised probabilities.
    """
    with quiet_converter("scoring with other kernels"):
        return _SCORERS[model_format](content, pixels)


def _tflite(content: bytes, pixels: npt.NDArray[np.uint8]) -> Scores:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(
        model_content=content, num_threads=1, experimental_op_resolver_type=kernels
    )
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = given["quantization"]

    def score(picture: npt.NDArray[np.uint8]) -> Scores:
        interpreter.set_tensor(taken["index"], picture[np.newaxis])
        interpreter.invoke()
        raw = np.asarray(interpreter.get_tensor(given["index"])[0], np.float32)
        return (raw - zero_point) * scale if scale else raw

    return np.stack([score(picture) for picture in pixels])


def _onnx(content: bytes, pixels: npt.NDArray[np.uint8]) -> Scores:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: one[np.newaxis]})[0] for one in pixels])


_SCORERS = {"tflite": _tflite, "onnx": _onnx}
