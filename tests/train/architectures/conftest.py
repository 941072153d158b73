"""What the tests of the families share: pictures of noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest


def _noise(count: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """(count, height, width, 3), always the same."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, height, width, 3))
    return pixels.astype(np.uint8)


@pytest.fixture(scope="session")
def noise() -> Callable[[int, int, int], npt.NDArray[np.uint8]]:
    return _noise
