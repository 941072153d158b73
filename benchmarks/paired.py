"""Two things measured in turn, and how sure their ratio is.

A machine that does other work besides slows both halves of a pair alike, so the ratio within a
pair holds still where the times themselves do not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

Measure = TypeVar("Measure")

Report = Callable[..., None]
"""The `report` fixture: a line to print, and the numbers behind it by name."""

_RESAMPLES = 10_000
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of ratios, one from each pair, and its 95 % bootstrap interval."""

    median: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.median:.3f} (95 %: {self.low:.3f} to {self.high:.3f}, {self.pairs} pairs)"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a child process took."""

    begun_ns: int
    """The monotonic clock, which all processes share, as it was started."""
    wall_s: float
    """Start to end of the process, seconds."""
    cpu_s: float
    """Processor time of all its threads, user and system; its own children's too."""
    peak_mib: float
    """Largest resident memory."""
    stdout: str


class Turns(Generic[Measure]):
    """Measures a, b; b, a; a, b and so on; call it once a pair."""

    def __init__(self, a: Callable[[], Measure], b: Callable[[], Measure]) -> None:
        self._a, self._b = a, b
        self.a: list[Measure] = []
        self.b: list[Measure] = []

    def __call__(self) -> None:
        """Take one pair; which of the two is first changes every time."""
        if len(self.a) % 2:
            self.b.append(self._b())
            self.a.append(self._a())
        else:
            self.a.append(self._a())
            self.b.append(self._b())


def ratio(a: Sequence[float], b: Sequence[float]) -> Ratio:
    """How often `b` goes into `a`, pair by pair.

    The interval is the percentile bootstrap of the median over pairs (Efron 1979). It covers what
    differs from pair to pair, and nothing that all pairs share.

    Args:
        a: positive, one a pair.
        b: positive, in the same order.
    """
    by_pair = np.asarray(a, float) / np.asarray(b, float)
    rng = np.random.default_rng(_SEED)
    drawn = rng.choice(by_pair, (_RESAMPLES, by_pair.size))
    low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5))
    return Ratio(float(np.median(by_pair)), float(low), float(high), by_pair.size)


def run_child(*command: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end.

    Args:
        command: program and arguments.
        environment: variables of the process; None takes those of this one.

    Raises:
        CalledProcessError: it failed; its own message is on stderr.
    """
    launcher = [sys.executable, "-I", str(Path(__file__).with_name("child.py"))]
    done = subprocess.run(
        [*launcher, *command], check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return Ran(**json.loads(done.stdout))


def run_python(*arguments: str) -> Ran:
    """Run this interpreter; see `run_child`."""
    return run_child(sys.executable, *arguments)
