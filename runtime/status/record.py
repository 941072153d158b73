"""What has happened so far, told by the loop and asked for by viewers."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..decision import Decision, Reason, Verdict
from ..events import Event
from ..notice import Notice
from .pictures import KEPT_EVENTS

AGE_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
"""Upper bounds of the histogram of ages, seconds."""
KEPT_NOTICES = 5
"""Notices that viewers can see."""
_RATE_S = 10.0
"""Decisions per second are an average over this long, seconds."""
_RATE_DECISIONS = 512
"""And over no more than so many decisions."""


class Drops(Protocol):
    """What leaves frames away: a pace, or a source."""

    @property
    def dropped(self) -> Counter[str]: ...


class Watched(Drops, Protocol):
    """What the server reads from a source."""

    @property
    def name(self) -> str: ...
    @property
    def captured(self) -> int: ...


Peers = Callable[[], dict[str, dict[str, Any]]]
"""Gives counts of other sinks by name and by what is counted; a text is why one has failed."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event and when it was, on the monotonic clock."""

    event: Event
    seen_ns: int
    """`decided_ns` of its last TRUCK frame, as far as known."""


@dataclass(frozen=True, slots=True)
class PastNotice:
    """A notice and when it came, on the monotonic clock."""

    notice: Notice
    came_ns: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything at one moment; counts are since the start."""

    source: str | None
    captured: int | None
    """None where no source is watched."""
    dropped: dict[str, int]
    """Frames by reason."""
    decided: dict[tuple[Verdict, Reason | None], int]
    """Frames by what was said."""
    ages: tuple[int, ...]
    """Decisions by age: one count for each of `AGE_BOUNDS_S`, not summed up."""
    age_sum_s: float
    latest: Decision | None
    since_s: float
    """Since the last decision, or since the start where there is none; seconds."""
    rate: float
    """Decisions per second, lately."""
    open: PastEvent | None
    events: tuple[PastEvent, ...]
    """The last ones that have ended, oldest first."""
    event_count: int
    """Events that have ended."""
    notices: tuple[PastNotice, ...]
    """The last ones, oldest first."""
    peers: dict[str, dict[str, Any]]
    """What became of what other sinks were told, see `Peers`."""
    not_ready: str | None
    """Why there is no use in asking this detector now, in one line; None when there is."""
    now_ns: int


class Record:
    """One writer, any number of readers; no lock is held for longer than a few copies take."""

    def __init__(self, ready_s: float, clock_ns: Callable[[], int]) -> None:
        self._ready_s = ready_s
        self._clock_ns = clock_ns
        self._started_ns = clock_ns()
        self._lock = threading.Lock()
        self._source: Watched | None = None
        self._pace: Drops | None = None
        self._peers: Peers | None = None
        self._decided: Counter[tuple[Verdict, Reason | None]] = Counter()
        self._ages = [0] * len(AGE_BOUNDS_S)
        self._age_sum_s = 0.0
        self._latest: Decision | None = None
        self._useful_ns: int | None = None
        """Last decision for which the source gave something."""
        self._times: deque[int] = deque(maxlen=_RATE_DECISIONS)
        self._open: PastEvent | None = None
        self._events: deque[PastEvent] = deque(maxlen=KEPT_EVENTS)
        self._event_count = 0
        self._notices: deque[PastNotice] = deque(maxlen=KEPT_NOTICES)

    def watch(self, source: Watched, pace: Drops | None, peers: Peers | None = None) -> None:
        """Read these counters when asked for a report."""
        with self._lock:
            self._source, self._pace, self._peers = source, pace, peers

    def frame(self, decision: Decision, event: Event | None) -> None:
        """Count a decision."""
        now_ns, age_s = decision.decided_ns, decision.age_ms / 1e3
        with self._lock:
            self._latest = decision
            self._decided[decision.verdict, decision.reason] += 1
            self._ages[bisect_left(AGE_BOUNDS_S, age_s)] += 1
            self._age_sum_s += age_s
            self._times.append(now_ns)
            if decision.reason is not Reason.LOST:
                self._useful_ns = now_ns
            if event is None:
                self._open = None
            elif self._open is None or self._open.event != event:
                self._open = PastEvent(event, now_ns)

    def event(self, event: Event) -> None:
        """Take an event that has ended."""
        with self._lock:
            seen = self._open
            if seen is None or seen.event.number != event.number:
                seen = PastEvent(event, self._latest.decided_ns if self._latest else 0)
            self._events.append(PastEvent(event, seen.seen_ns))
            self._event_count += 1
            self._open = None

    def notice(self, notice: Notice) -> None:
        """Take what happened to the detector itself."""
        with self._lock:
            self._notices.append(PastNotice(notice, self._clock_ns()))

    def report(self) -> Report:
        """How things stand."""
        with self._lock:
            source, pace, peers = self._source, self._pace, self._peers
            now_ns = self._clock_ns()
            latest, useful_ns = self._latest, self._useful_ns
            decided, ages, age_sum_s = dict(self._decided), tuple(self._ages), self._age_sum_s
            times = tuple(self._times)
            open_event, events, count = self._open, tuple(self._events), self._event_count
            notices = tuple(self._notices)
        # dict() of a dict is one step for the interpreter: no other thread adds a reason meanwhile.
        dropped = Counter(dict(source.dropped)) if source else Counter[str]()
        if pace:
            dropped.update(dict(pace.dropped))
        since_s = (now_ns - (latest.decided_ns if latest else self._started_ns)) / 1e9
        return Report(
            source=source.name if source else None,
            captured=source.captured if source else None,
            dropped=dict(dropped),
            decided=decided,
            ages=ages,
            age_sum_s=age_sum_s,
            latest=latest,
            since_s=max(0.0, since_s),
            rate=_rate(times, now_ns),
            open=open_event,
            events=events,
            event_count=count,
            notices=notices,
            peers=peers() if peers else {},
            not_ready=self._not_ready(latest, useful_ns, now_ns),
            now_ns=now_ns,
        )

    def _not_ready(self, latest: Decision | None, useful_ns: int | None, now_ns: int) -> str | None:
        since_ns = self._started_ns if useful_ns is None else useful_ns
        if useful_ns is not None and now_ns - useful_ns <= self._ready_s * 1e9:
            return None
        if latest is None:
            return f"no decision since the start {(now_ns - since_ns) / 1e9:.1f} s ago"
        if latest.reason is Reason.LOST and now_ns - latest.decided_ns <= self._ready_s * 1e9:
            detail = f": {' '.join(latest.detail.split())}" if latest.detail else ""
            return f"no picture from the source for {(now_ns - since_ns) / 1e9:.1f} s{detail}"
        return f"no decision for {(now_ns - latest.decided_ns) / 1e9:.1f} s"


def _rate(times_ns: tuple[int, ...], now_ns: int) -> float:
    """Decisions per second; falls towards 0 while none comes."""
    recent = [time_ns for time_ns in times_ns if now_ns - time_ns <= _RATE_S * 1e9]
    if len(recent) < 2 or now_ns <= recent[0]:
        return 0.0
    return (len(recent) - 1) / ((now_ns - recent[0]) / 1e9)
