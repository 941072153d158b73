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
from ..augmentation.mixing import Mixture
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
    mix: float = 0.0
    """Share of the varied pictures that are mixed with another."""

    def __len__(self) -> int:
        return -(-len(self.inputs) // self.size)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch; the same for the same seed and number."""
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(self.inputs))
        taken = self._taken(number)
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

    def _taken(self, number: int) -> _Indices:
        """(n,): which version of each picture an epoch takes; none twice before all were taken."""
        count = len(self.inputs)
        if not self.versions:
            return np.full(count, number)
        first = np.random.default_rng(self.seed).integers(self.versions, size=count)
        return (first + number - 1) % self.versions + 1

    def version(self, index: int, number: int) -> npt.NDArray[np.uint8]:
        """One variation of a picture; the same for the same seed, index and number."""
        rng = np.random.default_rng((self.seed, number, index))
        picture = self._varied(index, rng)
        mixture = self.mixture(index, number)
        return mixture(picture, self._varied(mixture.other, rng)) if mixture else picture

    def mixture(self, index: int, number: int) -> Mixture | None:
        """What is mixed into a variation of a picture; None: nothing."""
        if not self.mix:
            return None
        rng = np.random.default_rng((self.seed, number, index, 1))
        return Mixture.drawn(rng, len(self.inputs)) if rng.random() < self.mix else None

    def label(self, index: int, number: int) -> npt.NDArray[np.float32]:
        """(columns,): what a variation shows, by the targets of a picture and of what is mixed in.

        Targets are (n, columns).
        """
        own: npt.NDArray[np.float32] = self.targets[index]
        mixture = self.mixture(index, number)
        if mixture is None:
            return own
        share = np.float32(mixture.share)
        other: npt.NDArray[np.float32] = self.targets[mixture.other]
        return (1 - share) * own + share * other

    def _varied(self, index: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        return self.augmentation(np.asarray(self.inputs[index], np.uint8), rng)

    def _batch(self, part: _Indices, numbers: _Indices) -> Batch:
        if not self.varied:
            return self.inputs[part], self.targets[part]
        pairs = [(int(index), int(one)) for index, one in zip(part, numbers, strict=True)]
        if self.targets.ndim == 2:
            targets = np.stack([self.label(*pair) for pair in pairs])
        else:
            targets = self.targets[numbers - 1, part]
        return np.stack([self.version(*pair) for pair in pairs]), targets


def varying_code() -> list[Path]:
    """The files that decide how pictures are varied."""
    return [*sorted(Path(str(augmentation.__file__)).parent.glob("*.py")), Path(__file__)]
