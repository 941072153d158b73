"""Shuffled batches of one epoch, gathered and varied in parallel ahead of the training step."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.detector import workers
from .. import augmentation
from ..augmentation.augment import Augmentation
from ..data.kept_pixels import Rows

ALL_EFFECTS = Augmentation()
AHEAD = 4
"""Batches prepared while one is trained on."""

Batch = tuple[npt.NDArray[np.generic], npt.NDArray[np.float32]]
_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batches:
    """Inputs and targets that are walked through once an epoch, in a new order each time."""

    inputs: npt.NDArray[Any] | Rows
    """(n, ...): pictures (uint8 RGB) or features."""
    targets: npt.NDArray[np.float32]
    """(n, columns), see `targets`; (versions, n, columns) where each version of a picture has its
    own."""
    size: int
    """Of a batch; the last one of an epoch may be smaller."""
    seed: int
    varied: bool = False
    """Vary the pictures, each epoch differently."""
    augmentation: Augmentation = ALL_EFFECTS
    """How, where they are varied."""
    versions: int = 0
    """Of each varied picture, of which an epoch takes one; 0: every epoch has its own."""

    def __len__(self) -> int:
        return -(-len(self.inputs) // self.size)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch; the same for the same seed and number."""
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(self.inputs))
        taken = np.full(len(order), number)
        if self.versions:
            taken = rng.integers(1, self.versions, len(order), endpoint=True)
        parts = [order[start : start + self.size] for start in range(0, len(order), self.size)]
        waiting: deque[Future[Batch]] = deque()
        pool = ThreadPoolExecutor(workers())
        try:
            for part in parts:
                waiting.append(pool.submit(self._batch, part, taken[part]))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def version(self, index: int, number: int) -> npt.NDArray[np.uint8]:
        """One variation of a picture; the same for the same seed, index and number."""
        rng = np.random.default_rng((self.seed, number, index))
        return self.augmentation(np.asarray(self.inputs[index], np.uint8), rng)

    def _batch(self, part: _Indices, numbers: _Indices) -> Batch:
        targets = self.targets[part] if self.targets.ndim == 2 else self.targets[numbers - 1, part]
        if not self.varied:
            return self.inputs[part], targets
        pairs = zip(part, numbers, strict=True)
        return np.stack([self.version(int(index), int(one)) for index, one in pairs]), targets


def varying_code() -> list[Path]:
    """The files that decide how pictures are varied."""
    return [*sorted(Path(str(augmentation.__file__)).parent.glob("*.py")), Path(__file__)]
