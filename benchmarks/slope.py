"""How fast something grows, and how sure that is when its samples depend on each other.

Memory of a process does not scatter about a line: it stays, and now and then takes a step. An
ordinary least-squares interval takes each of hundreds of such samples for news and is far too
narrow. Here the samples are cut into twelve blocks, as in the method of batch means, a line is
fitted in each, and only the twelve slopes count: the median of them, between two of their order
statistics, after

    W. R. Thompson, "On confidence ranges for the median and other expectation distributions for
    populations of unknown distribution form", Annals of Mathematical Statistics 7 (1936) 122-128.

It asks only that a block's slope be as likely above the truth as below, and that blocks tell
nothing of each other: so it is with noise that is forgotten within a block, and with a random walk
too, whose steps in one block are independent of those in the next. One step, however high, is in
one block and moves one of twelve slopes. What swings more slowly than over two or three blocks
looks like growth while it rises; only a longer run tells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLOCKS = 12
LEAST_SAMPLES = 4
"""In each block."""


@dataclass(frozen=True, slots=True)
class Slope:
    """What is gained per unit of the other quantity."""

    value: float
    low: float
    high: float
    """The ends of the interval."""

    @property
    def covers_zero(self) -> bool:
        """Whether nothing is shown to grow or shrink."""
        return self.low <= 0 <= self.high

    def times(self, factor: float) -> Slope:
        """The same in another unit; `factor` is positive."""
        return Slope(self.value * factor, self.low * factor, self.high * factor)


def slope(x: Sequence[float], y: Sequence[float], confidence: float = 0.95) -> Slope:
    """The slope of `y` over `x`; see the top of this module.

    Args:
        x: growing, in the order of the samples.
        y: one for each.
        confidence: the least of the interval, up to 0.9995. At 0.95 it lies between the third of
            the twelve slopes from either end, at 0.99 between the second, beyond 0.9936 between
            the outermost.

    Raises:
        ValueError: fewer than `BLOCKS * LEAST_SAMPLES` samples, or `x` stands still in a block.
    """
    if len(x) != len(y) or len(x) < BLOCKS * LEAST_SAMPLES:
        raise ValueError(f"a slope needs {BLOCKS * LEAST_SAMPLES} samples or more, not {len(x)}")
    pairs = zip(np.array_split(x, BLOCKS), np.array_split(y, BLOCKS), strict=True)
    slopes = sorted(_least_squares(*pair) for pair in pairs)
    place = outer_slopes(confidence)
    return Slope(float(np.median(slopes)), slopes[place], slopes[-1 - place])


def outer_slopes(confidence: float) -> int:
    """How many slopes may lie outside the interval at either end.

    Raises:
        ValueError: not even all twelve slopes give this confidence.
    """
    outside, left_out = 2.0 ** (1 - BLOCKS), 0
    if not 0 < confidence <= 1 - outside:
        raise ValueError(f"a confidence is more than 0 and at most {1 - outside:.4f}")
    while True:
        outside += math.comb(BLOCKS, left_out + 1) * 2.0 ** (1 - BLOCKS)
        if 1 - outside < confidence:
            return left_out
        left_out += 1


def _least_squares(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    centred = np.asarray(x, float) - np.mean(x)
    spread = float(centred @ centred)
    if spread == 0:
        raise ValueError(f"nothing went on for one {BLOCKS}th of the time")
    # From the first one on, so that what stands still has a slope of exactly zero.
    return float(centred @ (np.asarray(y, float) - y[0])) / spread + 0.0  # no minus zero
