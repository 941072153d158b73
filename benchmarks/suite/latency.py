"""What the durations of a cell's processes come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .percentiles import NS_PER_MS, Percentile, percentile
from .results import Measured, Process, Regime, Stage


@dataclass(frozen=True, slots=True)
class Spread:
    """How far apart the fresh processes of a cell are.

    Processes differ by more than their pictures explain: memory lies elsewhere, the clock has
    changed. With 5 processes of 100 pictures, 5 % of noise from picture to picture and 2 % from
    process to process, the 95 % interval of the pooled p50 held what all processes have in common
    in 48 % of 1,000 simulated measurements. From the least to the most here is an interval for just
    that, the median of the medians of processes; see `confidence`.
    """

    medians_ms: tuple[float, ...]
    """Of each process, in their order."""

    @property
    def least_ms(self) -> float:
        return min(self.medians_ms)

    @property
    def most_ms(self) -> float:
        return max(self.medians_ms)

    @property
    def ratio(self) -> float:
        """The largest over the smallest; 1 of a single process says nothing."""
        return self.most_ms / self.least_ms

    @property
    def confidence(self) -> float:
        """With which the typical process lies between least and most: 0.9375 of 5, 0 of 1.

        All n lie on one side of their median with a probability of twice 2 ** -n, whatever their
        distribution (Thompson 1936, as in `benchmarks.slope`).
        """
        return 1.0 - 2.0 ** (1 - len(self.medians_ms))


@dataclass(frozen=True, slots=True)
class Latency:
    """How long pictures took, over all processes of a cell; None where n is too small."""

    count: int
    """Durations."""
    p50: Percentile | None
    p90: Percentile | None
    p95: Percentile | None
    p99: Percentile | None
    longest_ms: float
    spread: Spread

    @property
    def percentiles(self) -> tuple[Percentile | None, ...]:
        """From the shortest to the longest."""
        return self.p50, self.p90, self.p95, self.p99


def latency_of(measured: Measured, regime: Regime, stage: Stage | None = None) -> Latency | None:
    """Pool the durations of all processes of one regime.

    Args:
        measured: one cell.
        regime: which of its processes.
        stage: None is end to end; paced, that counts from when a picture was due.

    Returns:
        None where nothing was measured.
    """
    by_process = [
        taken
        for process in _of(measured, regime)
        if (taken := process.stages_ns.get(stage, []) if stage else process.end_to_end_ns)
    ]
    return latency(by_process) if by_process else None


def latency(by_process: Sequence[Sequence[int]]) -> Latency:
    """Sum up durations.

    Args:
        by_process: nanoseconds, more than 0; one sequence a process, none of them empty.
    """
    pooled = np.concatenate([np.asarray(one, np.int64) for one in by_process])
    medians = tuple(float(np.median(one)) / NS_PER_MS for one in by_process)
    p50, p90, p95, p99 = (percentile(pooled, share) for share in (0.50, 0.90, 0.95, 0.99))
    longest_ms = float(pooled.max()) / NS_PER_MS
    return Latency(pooled.size, p50, p90, p95, p99, longest_ms, Spread(medians))


def _of(measured: Measured, regime: Regime) -> list[Process]:
    return [process for process in measured.processes if process.regime == regime]
