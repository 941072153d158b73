"""Choosing among what was measured: the fastest that passed its gate and keeps its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .latency import latency_of
from .percentiles import Percentile
from .results import Measured


@dataclass(frozen=True, slots=True)
class Budget:
    """What the board has to keep."""

    rate_hz: float = 15.0
    """Decisions a second, at which all is measured."""
    max_ms: float | None = None
    """For 95 % of the pictures, from when one is due to its decision; None: the period."""

    @property
    def limit_ms(self) -> float:
        """The same, whoever said it."""
        return 1000 / self.rate_hz if self.max_ms is None else self.max_ms


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cell, and what became of it."""

    measured: Measured
    median: Percentile | None
    """Paced, from when a picture is due to its decision."""
    p95: Percentile | None
    why_not: str | None
    """None for what was chosen."""

    @property
    def is_chosen(self) -> bool:
        return self.why_not is None


def choose(measured: Sequence[Measured], budget: Budget) -> list[Candidate]:
    """Judge every cell; the chosen one, if there is one, comes first, then the fastest.

    Only what was measured here counts. Where the intervals of two medians overlap neither is
    faster, and the one with fewer threads wins: it leaves more of the board to others.
    """
    candidates = [_candidate(one, budget) for one in measured]
    fit = [one for one in candidates if one.is_chosen]
    if not fit:
        return sorted(candidates, key=_speed)
    fastest = min(fit, key=_speed)
    level = [one for one in fit if _low(one) <= _high(fastest)]
    best = min(level, key=lambda one: (one.measured.cell.threads, _speed(one)))
    judged = [
        one if one is best or not one.is_chosen else _lost(one, best, one in level)
        for one in candidates
    ]
    return sorted(judged, key=lambda one: (not one.is_chosen, _speed(one)))


def because(chosen: Candidate, budget: Budget) -> str:
    """Why it was chosen, in words with figures."""
    assert chosen.median and chosen.p95
    return (
        f"median {chosen.median.value_ms:.1f} ms, 95 % within {chosen.p95.value_ms:.1f} ms"
        f" (up to {chosen.p95.high_ms:.1f}) at {budget.rate_hz:g} pictures a second;"
        f" {budget.limit_ms:.1f} ms were allowed"
    )


def _candidate(measured: Measured, budget: Budget) -> Candidate:
    latency = latency_of(measured, "paced")
    median, p95 = (latency.p50, latency.p95) if latency else (None, None)
    return Candidate(measured, median, p95, _unfit(measured, median, p95, budget))


def _unfit(
    measured: Measured, median: Percentile | None, p95: Percentile | None, budget: Budget
) -> str | None:
    if measured.gate != "passed":
        return f"did not pass its gate: {measured.gate}"
    if measured.invalid:
        return f"invalid: {'; '.join(measured.invalid)}"
    if median is None or p95 is None:
        return f"does not keep {budget.rate_hz:g} pictures a second"
    if p95.high_ms > budget.limit_ms:
        return (
            f"95 % take {p95.value_ms:.1f} ms (up to {p95.high_ms:.1f});"
            f" {budget.limit_ms:.1f} ms are allowed"
        )
    return None


def _lost(one: Candidate, best: Candidate, level: bool) -> Candidate:
    assert one.median and best.median
    threads = one.measured.cell.threads, best.measured.cell.threads
    if level and threads[0] > threads[1]:
        why = f"as fast within what can be told, but takes {threads[0]} threads, not {threads[1]}"
    elif level:
        why = f"as fast within what can be told; its median is {one.median.value_ms:.1f} ms"
    else:
        times = one.median.value_ms / best.median.value_ms
        why = f"{times:.2f} times as long: median {one.median.value_ms:.1f} ms"
    return Candidate(one.measured, one.median, one.p95, why)


def _speed(one: Candidate) -> float:
    return one.median.value_ms if one.median else float("inf")


def _low(one: Candidate) -> float:
    return one.median.low_ms if one.median else float("inf")


def _high(one: Candidate) -> float:
    return one.median.high_ms if one.median else float("inf")
