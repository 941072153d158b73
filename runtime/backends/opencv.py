"""ONNX files, by OpenCV's own DNN module: for a board with nothing else installed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import BackendError


class OpenCVBackend:
    """One network; OpenCV sizes its thread pool for the whole process."""

    def __init__(self, model: bytes, threads: int) -> None:
        self.engine = f"opencv {cv2.__version__}"
        cv2.setNumThreads(threads)
        try:
            self._net: Any = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        except cv2.error as exc:
            first = " ".join(str(exc).split())[:200]
            raise BackendError(f"{self.engine} cannot load this model: {first}") from exc

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if self._net is None:
            raise BackendError("the backend is closed")
        if pixels_rgb.ndim != 4 or pixels_rgb.shape[3] != 3:  # OpenCV reads on past the end
            raise BackendError(f"{self.engine} refuses a picture of shape {pixels_rgb.shape}")
        try:
            self._net.setInput(pixels_rgb)
            scores = self._net.forward()
        except cv2.error as exc:
            raise BackendError(f"{self.engine} refuses the picture: {exc}") from exc
        return np.array(scores, np.float32).reshape(-1)

    def close(self) -> None:
        """See `Backend.close`."""
        self._net = None


def open_model(model: bytes, threads: int) -> OpenCVBackend:
    """Load an ONNX model."""
    return OpenCVBackend(model, threads)
