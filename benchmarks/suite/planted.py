"""A machine whose troubles are known, to see whether the statistics find what was planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .verdict import ORDER


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a machine; each is 0 where there is none of it.

    The defaults are a shared machine at work: worse than a board with nothing else to do.
    """

    noise: float = 0.05
    """Of a picture: standard deviation of the logarithm of its duration."""
    process: float = 0.02
    """Of a fresh process: the same, for all its pictures together."""
    drift: float = 0.005
    """How much longer everything takes with each block."""
    wander: float = 0.01
    """Standard deviation of the step of a random walk from block to block, logarithm."""
    stalls: float = 0.02
    """Share of the pictures during which somebody else has the processor."""
    stall_times: float = 10.0
    """How many times as long they take."""
    stall_pictures: float = 3.0
    """How many in a row, on average."""
    busy: float = 0.05
    """Share of the blocks during which another program runs all the time."""
    busy_times: float = 1.3
    """How many times as long they take."""


QUIET = Trouble(0.01, 0.002, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0)


class NoisyMachine:
    """Takes blocks of pictures, one after the other, and has its moods from a seed."""

    def __init__(self, seed: int, trouble: Trouble | None = None) -> None:
        """Start at a steady state; no trouble given is `Trouble()`."""
        self._rng = np.random.default_rng(seed)
        self._trouble = trouble or Trouble()
        self._pace = 0.0
        """Logarithm of how much longer everything takes by now."""

    def block(self, typical_ms: float, pictures: int) -> npt.NDArray[np.int64]:
        """What a fresh process would measure, nanoseconds, one a picture.

        Args:
            typical_ms: the median on this machine without its troubles.
            pictures: 1 or more.
        """
        has, rng = self._trouble, self._rng
        self._pace += np.log1p(has.drift) + has.wander * rng.standard_normal()
        logarithm = self._pace + has.process * rng.standard_normal()
        logarithm += np.log(has.busy_times) * (rng.random() < has.busy)
        each = logarithm + has.noise * rng.standard_normal(pictures)
        each[self._stalled(pictures)] += np.log(has.stall_times)
        return np.asarray(np.rint(typical_ms * 1e6 * np.exp(each)), np.int64)

    def groups(
        self, a_ms: float, b_ms: float, groups: int, pictures: int
    ) -> list[list[npt.NDArray[np.int64]]]:
        """Blocks in the order that `verdict` wants, nanoseconds."""
        typical_ms = {"A": a_ms, "B": b_ms}
        return [[self.block(typical_ms[name], pictures) for name in ORDER] for _ in range(groups)]

    def _stalled(self, pictures: int) -> npt.NDArray[np.bool_]:
        """Which pictures fall into a stall; lengths of stalls are geometric."""
        stalled = np.zeros(pictures, bool)
        starts = np.flatnonzero(
            self._rng.random(pictures) < self._trouble.stalls / self._trouble.stall_pictures
        )
        for start in starts:
            stalled[start : start + self._rng.geometric(1 / self._trouble.stall_pictures)] = True
        return stalled
