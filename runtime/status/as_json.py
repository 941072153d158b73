"""What `/status.json` says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..decision import Verdict
from .record import PastEvent, Report

SILENT_S = 5.0
"""A detector without a decision for this long is called silent, seconds."""


def as_json(report: Report, version: Callable[[int], int | None]) -> dict[str, Any]:
    """A report for the page; fields ending in `_s` are seconds, in `_ms` milliseconds.

    Args:
        report: how things stand.
        version: of the picture of an event, by its number; None where there is none.
    """
    verdicts: Counter[str] = Counter({verdict.value: 0 for verdict in Verdict})
    reasons: Counter[str] = Counter()
    for (verdict, reason), count in report.decided.items():
        verdicts[verdict.value] += count
        if reason:
            reasons[reason.value] += count

    def past(event: PastEvent) -> dict[str, Any]:
        number = event.event.number
        taken = version(number)
        return {
            **event.event.as_json(),
            "ago_s": round(max(0, report.now_ns - event.seen_ns) / 1e9, 1),
            "snapshot": None if taken is None else f"/snapshot/{number}.jpg?v={taken}",
        }

    latest = report.latest
    return {
        "source": report.source,
        "verdict": latest.verdict.value if latest else None,
        "reason": latest.reason.value if latest and latest.reason else None,
        "detail": latest.detail if latest else None,
        "probability": _number(latest.probability) if latest else None,
        "age_ms": round(latest.age_ms, 1) if latest else None,
        "since_s": round(report.since_s, 1),
        "silent": report.since_s >= SILENT_S,
        "ready": report.not_ready is None,
        "not_ready": report.not_ready,
        "per_second": round(report.rate, 1),
        "captured": report.captured,
        "decided": dict(verdicts),
        "unknown": dict(reasons),
        "dropped": report.dropped,
        "event_count": report.event_count,
        "open_event": past(report.open) if report.open else None,
        "events": [past(event) for event in reversed(report.events)],
        "sinks": report.peers,
        "notices": [
            one.notice.as_json() | {"ago_s": round(max(0, report.now_ns - one.came_ns) / 1e9, 1)}
            for one in reversed(report.notices)
        ],
    }


def _number(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None
