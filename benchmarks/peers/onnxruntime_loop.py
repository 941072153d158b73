"""OpenCV and ONNX Runtime with its defaults, but for the number of threads."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import onnxruntime as ort


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Load an .onnx file that takes uint8 RGB pixels."""
    cv2.setNumThreads(threads)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    _, height, width, _ = entry.shape

    def decide(picture: str) -> float:
        small = cv2.resize(cv2.imread(picture), (width, height))  # type: ignore[arg-type]
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        return float(session.run(None, {entry.name: rgb[np.newaxis]})[0][0, 0])

    return decide
