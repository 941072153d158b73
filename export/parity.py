"""How far a variant's scores lie from its Keras source, on the same pictures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.backends import Backend, open_backend
from ..runtime.detector import workers

ENGINES = {"tflite": "litert", "onnx": "onnxruntime"}
"""Model format -> the backend that scores it on the workstation."""


FEWEST_FOR_A_WORKER = 32
"""Pictures for which it pays to open one more engine."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences of the positive class's uncalibrated score, variant against Keras."""

    n: int
    """Pictures compared."""
    max: float
    """Largest absolute difference, in [0, 1]."""
    p99: float | None
    """99th percentile of the absolute difference; None below 100 pictures."""
    mean: float
    """Mean absolute difference."""
    flips: int
    """Pictures that the variant, at its own threshold, answers otherwise than Keras at its."""
    engine: str
    """Engine and version that scored the variant."""

    def as_json(self) -> dict[str, Any]:
        """The parity as `bundle.json` holds it."""
        return asdict(self)


def variant_scores(
    content: bytes, model_format: str, pixels: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], str]:
    """Score pictures with the very bytes that go into the bundle.

    Args:
        content: the model file.
        model_format: `tflite` or `onnx`.
        pixels: (n, height, width, 3) RGB, 0..255, as `model_input` gives them.

    Returns:
        (n, outputs) dequantised probabilities, and the engine with its version.
    """
    # Several engines of one thread each score a set faster than one engine of several threads.
    count = max(1, min(workers(), len(pixels) // FEWEST_FOR_A_WORKER))
    with ThreadPoolExecutor(count) as pool:
        parts = list(
            pool.map(
                lambda part: _scores(content, model_format, part),
                np.array_split(pixels, count),
            )
        )
    return np.concatenate([scores for scores, _ in parts]), parts[0][1]


def _scores(
    content: bytes, model_format: str, pixels: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], str]:
    backend = open_backend(ENGINES[model_format], content, threads=1)
    return score_all(backend, pixels), backend.engine


def score_all(backend: Backend, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(n, outputs) scores of (n, height, width, 3) pictures; closes the backend."""
    try:
        return np.stack([backend.run(picture[np.newaxis]) for picture in pixels])
    finally:
        backend.close()


def parity(
    source: npt.NDArray[np.floating],
    variant: npt.NDArray[np.floating],
    source_answers: npt.NDArray[np.int64],
    answers: npt.NDArray[np.int64],
    engine: str,
) -> Parity:
    """Compare the scores and the answers for the same pictures in the same order, all (n,)."""
    difference = np.abs(source.astype(np.float64) - variant)
    return Parity(
        n=len(difference),
        max=float(difference.max()),
        p99=float(np.quantile(difference, 0.99)) if len(difference) >= 100 else None,
        mean=float(difference.mean()),
        flips=int(np.sum(source_answers != answers)),
        engine=engine,
    )
