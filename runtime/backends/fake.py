"""A backend without an engine: its "model" is a rule on pixels, so a test can foresee the score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import BackendError

MODEL = b"trucksight fake model: mean red / 255\n"
"""The only model it loads."""


class FakeBackend:
    """Scores a picture by the mean of its red channel over 255."""

    engine = "fake"

    def __init__(self) -> None:
        self._open = True

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if not self._open:
            raise BackendError("the backend is closed")
        if pixels_rgb.ndim != 4 or pixels_rgb.shape[0] != 1 or pixels_rgb.dtype != np.uint8:
            raise BackendError(f"fake refuses a picture of shape {pixels_rgb.shape}")
        return np.array([pixels_rgb[..., 0].mean() / 255], np.float32)

    def close(self) -> None:
        """See `Backend.close`."""
        self._open = False


def open_model(model: bytes, threads: int) -> FakeBackend:
    """Load the one fake model; `threads` changes nothing."""
    if model != MODEL or threads < 1:
        raise BackendError("fake loads only its own model")
    return FakeBackend()
