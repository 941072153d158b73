"""What a soak was asked for, what it saw, and how that is told."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ..runtime.errors import UsageError
from .slope import BLOCKS
from .soak_checks import Check, Growth, Observed, percentile
from .soak_watch import Sample

WARM_UP, LONGEST_WARM_UP_S = 0.3, 600.0
"""Share of the time, from the first decisions on, and its bound."""
SAMPLES = 720
"""In the whole time."""
PERIOD_S = (0.05, 1.0)
"""Shortest and longest time between two samples; files are rotated less often."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Raises:
        UsageError: too short for a slope, or a leak that cannot be.
    """

    seconds: float
    names: tuple[str, ...]
    """Of `PROGRAMS`."""
    keep_bytes: int
    """A leak to plant; 0 plants none."""

    def __post_init__(self) -> None:
        if not 5 <= self.seconds <= 7 * 86400:
            raise UsageError(f"a soak takes 5 seconds to a week, not {self.seconds:g} s")
        if not 0 <= self.keep_bytes <= 1 << 20:
            raise UsageError(f"a planted leak has 0 to 1048576 bytes, not {self.keep_bytes!r}")

    @property
    def warm_up_s(self) -> float:
        """From the first decisions on; not judged."""
        return min(WARM_UP * self.seconds, LONGEST_WARM_UP_S)

    @property
    def period_s(self) -> float:
        """Between two samples."""
        return min(max(self.seconds / SAMPLES, PERIOD_S[0]), PERIOD_S[1])


@dataclass(frozen=True, slots=True)
class Soak:
    """What was seen."""

    observed: tuple[Observed, ...]
    warm_up: Mapping[str, Sequence[Sample]]
    """By program, the samples before those."""
    load: tuple[float, float]
    """Of the machine over one minute, at the beginning and at the end."""


def text(plan: Plan, seen: Soak, grown: Sequence[Growth], verdict: Sequence[Check]) -> str:
    """The report for a person."""
    lines = [
        f"{plan.seconds / 60:g} minutes, of which {plan.warm_up_s / 60:.1f} to warm up; load of the"
        f" machine {seen.load[0]:.1f} before, {seen.load[1]:.1f} at the end",
        "",
        "program  process  MiB first, last    bytes a frame (interval)              KiB an hour"
        " (interval)",
    ]
    for one in grown:
        frame, hour = one.per_frame, one.per_hour
        lines.append(
            f"{one.program:<8} {one.process:<8} {one.first_mib:8.2f} {one.last_mib:8.2f}"
            f"  {frame.value:+9.2f} ({frame.low:+.2f} to {frame.high:+.2f})".ljust(73)
            + f"  {hour.value:+.0f} ({hour.low:+.0f} to {hour.high:+.0f})"
        )
    lines += ["", f"{'':4} {'program':<8} {'what':<30} {'seen':<44} wanted"]
    for check in verdict:
        mark = "ok" if check.passed else "FAIL"
        lines.append(
            f"{mark:<4} {check.program:<8} {check.what:<30} {check.seen:<44} {check.wanted}"
        )
    return "\n".join(lines)


def document(
    plan: Plan, seen: Soak, grown: Sequence[Growth], verdict: Sequence[Check]
) -> dict[str, object]:
    """The report for a program."""
    return {
        "seconds": plan.seconds,
        "warm_up_s": plan.warm_up_s,
        "period_s": plan.period_s,
        "blocks": BLOCKS,
        "planted_leak_bytes": plan.keep_bytes,
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "load": seen.load,
        },
        "passed": all(check.passed for check in verdict),
        "growth": [asdict(one) for one in grown],
        "checks": [asdict(one) for one in verdict],
        "programs": {one.name: _program(one) for one in seen.observed},
    }


def _program(one: Observed) -> dict[str, object]:
    recovered = [gap.recovered_s for gap in one.gaps]
    return {
        "source": one.program.source,
        "gaps": [asdict(gap) for gap in one.gaps],
        "recovered_s": {
            "p50": percentile(recovered, 50),
            "p95": percentile(recovered, 95),
            "max": max(recovered, default=None),
        },
        "summary": one.ending.summary,
        "samples": [asdict(sample) for sample in one.samples],
    }
