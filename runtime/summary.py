"""What a run came to, measured in bounded memory."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from .decision import Decision, Reason, Verdict
from .events import Event
from .notice import Kind, Notice

KEPT_EVENTS = 100
"""Events that a summary lists; their count goes on."""


class AgeHistogram:
    """Percentiles of ages from a histogram of fixed size.

    Its bins grow by 1 % from 1 microsecond to over 3 hours, so a percentile is right to 0.5 % and
    a run of a year takes as much memory as one of a second.
    """

    _FIRST_MS = 1e-3
    _GROWTH = 1.01
    _BINS = 2320

    def __init__(self) -> None:
        self.count = 0
        self._bins = [0] * self._BINS

    def add(self, age_ms: float) -> None:
        """Count one age; what is outside the range counts at its end."""
        place = 0
        if age_ms > self._FIRST_MS:
            place = int(math.log(age_ms / self._FIRST_MS) / math.log(self._GROWTH))
        self._bins[min(place, self._BINS - 1)] += 1
        self.count += 1

    def percentile(self, percent: int) -> float | None:
        """The age in milliseconds that `percent` % of the ages do not exceed.

        None where fewer than 100 / (100 - percent) ages leave nothing beyond it: the 99th needs
        100 of them, the 50th two.
        """
        if self.count * (100 - percent) < 100:
            return None
        rank = math.ceil(self.count * percent / 100)
        place = bisect_left(list(accumulate(self._bins)), rank)
        return float(self._FIRST_MS * self._GROWTH ** (place + 0.5))


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to. Always: captured = decided + the sum of dropped."""

    captured: int
    """Frames taken from the source."""
    decided: int
    """Frames with a decision."""
    dropped: Mapping[str, int]
    """Frames without one, by reason."""
    verdicts: Mapping[str, int]
    """Decisions by verdict: truck, no_truck, unknown."""
    unknown_reasons: Mapping[str, int]
    """UNKNOWN decisions by reason."""
    events: int
    """Events begun; 0 for pictures that have no time."""
    event_list: tuple[Event, ...]
    """The first `KEPT_EVENTS` of them."""
    notices: Mapping[str, int]
    """What happened to the detector itself, by kind."""
    age_p50_ms: float | None
    """Median age of a decision, right to 0.5 %; None for fewer than 2."""
    age_p99_ms: float | None
    """The age that 99 % do not exceed, right to 0.5 %; None for fewer than 100."""
    seconds: float
    """From asking for the first frame to the end of the last decision."""
    notes: tuple[str, ...]
    """What a reader of the numbers must know."""
    sink_errors: Mapping[str, str]
    """Sinks that failed and were left out from then on, with the reason."""
    source_error: str | None
    """Why the source or the engine broke; None when it ended or was stopped."""

    @property
    def fps(self) -> float | None:
        """Decisions per second of wall time; None for none."""
        return self.decided / self.seconds if self.decided and self.seconds > 0 else None

    def as_json(self) -> dict[str, Any]:
        """The summary as `run --json` prints it."""
        return {
            "captured": self.captured,
            "decided": self.decided,
            "dropped": dict(self.dropped),
            "verdicts": dict(self.verdicts),
            "unknown_reasons": dict(self.unknown_reasons),
            "events": self.events,
            "event_list": [event.as_json() for event in self.event_list],
            "notices": dict(self.notices),
            "age_ms": {"p50": _rounded(self.age_p50_ms), "p99": _rounded(self.age_p99_ms)},
            "fps": _rounded(self.fps),
            "seconds": _rounded(self.seconds),
            "notes": list(self.notes),
            "sink_errors": dict(self.sink_errors),
            "source_error": self.source_error,
        }


@dataclass(slots=True)
class Tally:
    """The running counts behind a summary."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    ages: AgeHistogram = field(default_factory=AgeHistogram)
    events: int = 0
    event_list: list[Event] = field(default_factory=list)
    notices: Counter[Kind] = field(default_factory=Counter)

    def decision(self, decision: Decision) -> None:
        """Count one decision."""
        self.verdicts[decision.verdict] += 1
        if decision.reason:
            self.reasons[decision.reason] += 1
        self.ages.add(decision.age_ms)

    def event(self, event: Event) -> None:
        """Count one event that has ended."""
        self.events += 1
        if len(self.event_list) < KEPT_EVENTS:
            self.event_list.append(event)

    def notice(self, notice: Notice) -> None:
        """Count one notice."""
        self.notices[notice.kind] += 1

    def summary(
        self,
        *,
        captured: int,
        dropped: Mapping[str, int],
        seconds: float,
        notes: list[str],
        sink_errors: Mapping[str, str],
        source_error: str | None,
    ) -> Summary:
        """Put the counts together with what the loop knows."""
        return Summary(
            captured=captured,
            decided=self.verdicts.total(),
            dropped=dict(dropped),
            verdicts={verdict.value: self.verdicts[verdict] for verdict in Verdict},
            unknown_reasons={reason.value: count for reason, count in self.reasons.items()},
            events=self.events,
            event_list=tuple(self.event_list),
            notices={kind.value: count for kind, count in self.notices.items()},
            age_p50_ms=self.ages.percentile(50),
            age_p99_ms=self.ages.percentile(99),
            seconds=seconds,
            notes=tuple(notes),
            sink_errors=dict(sink_errors),
            source_error=source_error,
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
