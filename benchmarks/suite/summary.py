"""What a table or a page shows of each cell, computed from its durations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from .percentiles import percentile as order_statistic
from .results import PARTS, STAGES, Cell, Measured, Part, Process, Regime, Results, SetAside, Stage

Z_95 = 1.959964
"""Quantile of the normal distribution for a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its two-sided 95 % interval."""

    value: float
    low: float
    high: float


Percentile = Callable[[Sequence[float], float], Interval | None]
"""Of durations and a share in (0, 1); None where they are too few to state it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One cell. Times are milliseconds; None is not measured, or too little to tell."""

    cell: Cell
    engine: str
    gate: str
    model_bytes: int
    pictures: int
    """Durations behind the percentiles, of all processes together."""
    p50: Interval | None
    """End to end and back to back, as are the next three."""
    p90: Interval | None
    p95: Interval | None
    p99: Interval | None
    rate_hz: float | None
    """Pictures a second, back to back."""
    cpu_ms: float | None
    """Processor time a picture, unknown ones too, all threads, back to back."""
    paced_cpu_ms: float | None
    """The same at the camera's rate."""
    peak_mib: float
    """Largest resident memory of any process."""
    cold_ms: dict[Part, float]
    """Medians over the processes."""
    first_decision_ms: float
    """From the start of a process to its first decision, median over the processes."""
    stages_ms: dict[Stage, float]
    """Medians, back to back. They need not add up to p50: each stage has a median of its own."""
    paced_p50: Interval | None
    """From when the picture was due."""
    paced_p99: Interval | None
    late: float | None
    """Share of the paced pictures that took longer than the period of the camera, in [0, 1]."""
    accuracy: Interval | None
    """Share of right verdicts, in [0, 1], among pictures that were decided on; Wilson's interval
    (Wilson 1927), pictures taken as independent."""
    decided: int
    """Pictures behind the accuracy."""
    unknown: int
    """Pictures with a label and without a decision."""
    energy_mj: float | None
    """A picture, of the whole board or package, back to back; None is not measured, never 0."""
    paced_energy_mj: float | None
    """The same at the camera's rate, where the board also waits."""
    energy_source: str | None
    spread: float | None
    """How much slower the median of the slowest process is than that of the fastest, as a share;
    None for a single process."""
    steady: bool
    """Whether every process had settled before it was measured."""
    set_aside: tuple[SetAside, ...]
    """Processes that none of the figures is made of, because the machine was disturbed."""
    kept_apart: int
    """Measured pictures that never reached the engine, and whose durations are in no percentile."""
    invalid: tuple[str, ...]
    """Why the durations say nothing about this machine."""
    measured: Measured
    """Every single duration, for plots."""

    @property
    def passed(self) -> bool:
        """Whether the variant passed its gate, not merely was accepted."""
        return self.gate == "passed"


def rows(results: Results, percentile: Percentile | None = None) -> list[Row]:
    """A row a cell: the fastest valid one first, the invalid ones last.

    Args:
        results: what was measured.
        percentile: the exact interval by order statistics where it is left out.
    """
    percentile = percentile or _order_statistics
    made = [_row(one, results.rate_hz, percentile) for one in results.measured]
    return sorted(made, key=_place)


def fastest(ranked: Sequence[Row]) -> Row | None:
    """The first that is valid, has a median and passed its gate; None where there is none."""
    return next((row for row in ranked if not row.invalid and row.p50 and row.passed), None)


def front(ranked: Sequence[Row]) -> list[Row]:
    """Valid rows than which none is both faster and more accurate, the fastest first."""
    best, kept = -1.0, list[Row]()
    known = [row for row in ranked if not row.invalid and row.p50 and row.accuracy]
    for row in sorted(known, key=lambda row: (_value(row.p50), -_value(row.accuracy))):
        if _value(row.accuracy) > best:
            best = _value(row.accuracy)
            kept.append(row)
    return kept


def pooled_ms(measured: Measured, regime: Regime) -> list[float]:
    """End to end, of all processes of one regime, milliseconds."""
    return [ns / 1e6 for one in _of(measured, regime) for ns in one.end_to_end_ns]


def wilson(right: int, n: int) -> Interval:
    """Wilson's 95 % score interval of a proportion; `n` is positive."""
    share, z2 = right / n, Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def _row(one: Measured, rate_hz: float, percentile: Percentile) -> Row:
    burst, paced = pooled_ms(one, "back-to-back"), pooled_ms(one, "paced")
    quick, slow = _of(one, "back-to-back"), _of(one, "paced")
    medians = [median(process.end_to_end_ns) for process in quick if process.end_to_end_ns]
    right = one.accuracy
    return Row(
        cell=one.cell,
        engine=one.engine,
        gate=one.gate,
        model_bytes=one.model_bytes,
        pictures=len(burst),
        p50=percentile(burst, 0.5),
        p90=percentile(burst, 0.9),
        p95=percentile(burst, 0.95),
        p99=percentile(burst, 0.99),
        rate_hz=1e3 * len(burst) / sum(burst) if burst else None,
        cpu_ms=_mean((process.cpu_ms, process.pictures) for process in quick),
        paced_cpu_ms=_mean((process.cpu_ms, process.pictures) for process in slow),
        peak_mib=max((process.peak_mib for process in one.processes), default=0.0),
        cold_ms={part: _median_ms(p.cold_ns[part] for p in one.processes) for part in PARTS},
        first_decision_ms=_median_ms(process.first_decision_ns for process in one.processes),
        stages_ms={
            stage: _median_ms(ns for process in quick for ns in process.stages_ns[stage])
            for stage in STAGES
        },
        paced_p50=percentile(paced, 0.5),
        paced_p99=percentile(paced, 0.99),
        late=sum(ms > 1e3 / rate_hz for ms in paced) / len(paced) if paced else None,
        accuracy=wilson(right.correct, right.decided) if right and right.decided else None,
        decided=right.decided if right else 0,
        unknown=right.unknown if right else 0,
        energy_mj=_energy_mj(quick),
        paced_energy_mj=_energy_mj(slow),
        energy_source=next((p.energy_source for p in one.processes if p.energy_source), None),
        spread=max(medians) / min(medians) - 1 if len(medians) > 1 else None,
        steady=all(process.steady for process in one.processes),
        set_aside=tuple(one.set_aside),
        kept_apart=sum(len(process.unknown_ns) for process in one.processes),
        invalid=tuple(one.invalid),
        measured=one,
    )


def _place(row: Row) -> tuple[bool, float, str]:
    return bool(row.invalid), row.p50.value if row.p50 else math.inf, str(row.cell)


def _value(interval: Interval | None) -> float:
    return interval.value if interval else math.nan


def _of(measured: Measured, regime: Regime) -> list[Process]:
    return [process for process in measured.processes if process.regime == regime]


def _median_ms(durations_ns: Iterable[int]) -> float:
    known = list(durations_ns)
    return median(known) / 1e6 if known else math.nan


def _mean(weighted: Iterable[tuple[float, int]]) -> float | None:
    pairs = [(value, weight) for value, weight in weighted if weight]
    weights = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / weights if pairs else None


def _energy_mj(processes: Sequence[Process]) -> float | None:
    """Of those processes alone that measured it."""
    known = [(p.energy_j, p.pictures) for p in processes if p.energy_j is not None]
    pictures = sum(n for _, n in known)
    return 1e3 * sum(joules for joules, _ in known) / pictures if pictures else None


def _order_statistics(durations: Sequence[float], share: float) -> Interval | None:
    found = order_statistic([round(ms * 1e6) for ms in durations], share) if durations else None
    return Interval(found.value_ms, found.low_ms, found.high_ms) if found else None
