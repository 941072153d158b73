"""The columns of every table, the most telling first, and how figures are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .summary import Interval, Row

NONE = "-"
"""Too little to tell."""
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    head: str
    unit: str
    """Empty where there is none."""
    value: Callable[[Row], str]
    detail: Callable[[Row], str] = lambda _: ""
    """A second, smaller line where there is room for one: mostly the 95 % interval."""
    is_text: bool = False
    """Aligned to the left."""


def figure(value: float | None, unknown: str = NONE) -> str:
    """Three significant digits and no exponent; whole from 100 on."""
    if value is None or math.isnan(value):
        return unknown
    if value == 0:
        return "0"
    places = 2 - math.floor(math.log10(abs(value)))
    value = round(value, places)
    return f"{value:.{min(max(0, 2 - math.floor(math.log10(abs(value)))), 6)}f}"


def ends(interval: Interval | None) -> str:
    """Both ends of an interval, or nothing."""
    return f"{figure(interval.low)} to {figure(interval.high)}" if interval else ""


def percent(share: float | None) -> str:
    """0.1234 as `12.3`."""
    return NONE if share is None else f"{100 * share:.1f}"


def state(row: Row) -> str:
    """One word: whether to believe and whether to use it."""
    if row.invalid:
        return "INVALID"
    return "passed" if row.passed else "accepted"


def _point(name: str) -> Callable[[Row], str]:
    return lambda row: figure(getattr(row, name).value if getattr(row, name) else None)


def _ends(name: str) -> Callable[[Row], str]:
    return lambda row: ends(getattr(row, name))


def _accuracy(row: Row) -> str:
    return percent(row.accuracy.value) if row.accuracy else NOT_MEASURED


def _accuracy_ends(row: Row) -> str:
    if not row.accuracy:
        return ""
    return f"{percent(row.accuracy.low)} to {percent(row.accuracy.high)}"


def _set_aside(row: Row) -> str:
    count = len(row.set_aside)
    return f"{count} of {count + len(row.measured.processes)}" if count else NONE


P50 = Column("p50", "ms", _point("p50"), _ends("p50"))
P90 = Column("p90", "ms", _point("p90"), _ends("p90"))
P95 = Column("p95", "ms", _point("p95"), _ends("p95"))
P99 = Column("p99", "ms", _point("p99"), _ends("p99"))
RATE = Column("rate", "1/s", lambda row: figure(row.rate_hz))
CPU = Column("cpu", "ms", lambda row: figure(row.cpu_ms))
PEAK = Column("peak", "MiB", lambda row: figure(row.peak_mib))
COLD = Column("start", "s", lambda row: figure(row.first_decision_ms / 1e3))
PACED_P50 = Column("paced p50", "ms", _point("paced_p50"), _ends("paced_p50"))
PACED_P99 = Column("paced p99", "ms", _point("paced_p99"), _ends("paced_p99"))
LATE = Column("late", "%", lambda row: percent(row.late))
ACCURACY = Column("accuracy", "%", _accuracy, _accuracy_ends)
ENERGY = Column("energy", "mJ", lambda row: figure(row.energy_mj, NOT_MEASURED))
SIZE = Column("model", "MB", lambda row: figure(row.model_bytes / 1e6))
SPREAD = Column("spread", "%", lambda row: percent(row.spread))
ASIDE = Column("set aside", "", _set_aside)
GATE = Column("gate", "", state, is_text=True)

ALL: Sequence[Column] = (
    *(GATE, P50, P90, P95, P99, RATE, CPU, PEAK, COLD, PACED_P50, PACED_P99),
    *(LATE, ACCURACY, ENERGY, SIZE, SPREAD, ASIDE),
)
"""In the order in which they stand."""
BY_WORTH: Sequence[Column] = (
    *(P50, GATE, P99, ACCURACY, RATE, P95, PACED_P99, PEAK, LATE, CPU, ENERGY, COLD),
    *(SPREAD, ASIDE, P90, PACED_P50, SIZE),
)
"""In the order in which they are kept where not all have room."""

MEANING = (
    "p50 to p99: one picture end to end, back to back; rate: pictures a second, back to back;"
    " cpu: processor time a picture, all threads; start: of a fresh process to its first decision;"
    " paced: from when the camera's picture was due; late: paced pictures that took longer than"
    " the camera's period; energy: a picture; spread: slowest process over fastest, by median;"
    " set aside: processes during which the machine was disturbed;"
    f" {NONE}: too few to tell"
)
