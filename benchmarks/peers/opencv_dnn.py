"""OpenCV alone: its DNN module reads the ONNX file."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

SIZE_WH = (224, 224)
"""Of the input, pixels: the module does not tell it."""


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Load an .onnx file that takes uint8 RGB pixels of `SIZE_WH`."""
    cv2.setNumThreads(threads)
    network = cv2.dnn.readNetFromONNX(model)

    def decide(picture: str) -> float:
        small = cv2.resize(cv2.imread(picture), SIZE_WH)  # type: ignore[arg-type]
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        # `blobFromImage` would give float32 in another order of axes than this file takes.
        network.setInput(rgb[np.newaxis])
        return float(network.forward()[0, 0])

    return decide
