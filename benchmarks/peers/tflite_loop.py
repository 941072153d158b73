"""OpenCV and the TFLite interpreter, of LiteRT or of tflite-runtime: the loop of most projects."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tflite_runtime.interpreter import Interpreter


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Load a .tflite file that takes uint8 RGB pixels."""
    cv2.setNumThreads(threads)
    interpreter = Interpreter(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = entry["shape"]
    scale, zero_point = exit_["quantization"]

    def decide(picture: str) -> float:
        small = cv2.resize(cv2.imread(picture), (width, height))  # type: ignore[arg-type]
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        interpreter.set_tensor(entry["index"], rgb[np.newaxis])
        interpreter.invoke()
        score = float(interpreter.get_tensor(exit_["index"])[0, 0])
        return score if exit_["dtype"] == np.float32 else (score - zero_point) * scale

    return decide
