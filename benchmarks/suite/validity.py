"""Whether a measurement says something about the machine, or about what disturbed it.

What is unknown disturbs nothing: a machine that tells little passes, and its results show how
little it told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .results import Conditions, Disturbance, Process

FIXED_GOVERNORS = ("performance", "userspace")
"""They hold the clock where it is, so that a fall has another cause. `powersave` is not one of
them: intel_pstate's moves with the load."""
_NOW = {
    0x1: "under-voltage",
    0x2: "clock capped",
    0x4: "throttled",
    0x8: "soft temperature limit",
}
"""A Raspberry Pi's bits, see raspberrypi.com/documentation/computers/os.html#get_throttled; 16 bits
further left each says that it has been so since the start."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much disturbance a measurement bears."""

    stolen_share: float = 0.05
    """Of the processor time that was asked for, what the hypervisor gave to others. Durations are
    longer by as much on average, and those of the slowest pictures by far more, so differences
    between cells of that size mean nothing. The everyday noise of a shared virtual machine lies
    below: on one of four busy processors, of a hundred windows of 2 s half had more than 0.7 % and
    a tenth more than 4.3 %."""
    others_share: float = 0.10
    """Of all processors' time, what other programs used. The services of a board at rest use far
    less; at a tenth, of four processors nearly half of one is gone, and a
    thread of the engine waits for it."""
    clock_fall_share: float = 0.10
    """By which the fastest processor may be slower in the end. A clock that is held stays where it
    is; an x86 gives up some of its turbo when more of its processors work, which is no fault."""
    least_busy_s: float = 0.5
    """Processor time from which on shares are judged: the kernel counts hundredths of seconds, so
    a share of 5 % of less is a tick or two."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Between two moments; processor time is None where either did not tell it."""

    before: Conditions
    after: Conditions
    own_s: float | None

    @property
    def busy_s(self) -> float | None:
        return _passed(self.before.busy_s, self.after.busy_s)

    @property
    def idle_s(self) -> float | None:
        return _passed(self.before.idle_s, self.after.idle_s)

    @property
    def stolen_s(self) -> float | None:
        return _passed(self.before.steal_s, self.after.steal_s)


def invalid(
    before: Conditions,
    after: Conditions,
    own_s: float | None = None,
    drift: bool = False,
    limits: Limits | None = None,
) -> list[str]:
    """Why what was measured between two moments says nothing about the machine.

    Args:
        before: when the measured time began.
        after: when it ended.
        own_s: processor time that the measured program used between them; None: unknown, and
            other programs are not judged.
        drift: whether durations were found to change in the course of it.
        limits: None takes the defaults.

    Returns:
        One sentence a reason, with the figure and the limit; empty where there is none.
    """
    return _reasons([_Span(before, after, own_s)], drift, limits or Limits())


def invalid_of(
    processes: Sequence[Process], drift: bool = False, limits: Limits | None = None
) -> list[str]:
    """The same of all processes of a cell together.

    Processor time is added up over them, for what is shown is made of all their durations, and one
    bad second among ten good processes does not decide. A processor that was slowed down does, in
    whichever of them it was.

    Args:
        processes: `before` and `after` of each enclose what its `cpu_ms` counts.
        drift: see `invalid`.
        limits: see `invalid`.
    """
    return _reasons([_span_of(one) for one in processes], drift, limits or Limits())


def disturbances(process: Process, limits: Limits | None = None) -> list[Disturbance]:
    """What the machine did in the measured time of one process; its durations are not looked at."""
    return _disturbances([_span_of(process)], limits or Limits())


def _span_of(process: Process) -> _Span:
    return _Span(process.before, process.after, process.cpu_ms * process.pictures / 1000)


def _disturbances(spans: list[_Span], limits: Limits) -> list[Disturbance]:
    found = {
        "CPU time stolen": _stolen(spans, limits),
        "other programs": _crowded(spans, limits),
        "slowed by the firmware": _throttled(spans),
        "clock fell": _slowed(spans, limits),
        "too hot": _hot(spans),
    }
    return [Disturbance(what, words) for what, told in found.items() for words in told]


def _reasons(spans: list[_Span], drift: bool, limits: Limits) -> list[str]:
    reasons = [one.words for one in _disturbances(spans, limits)]
    if drift:
        reasons.append("the durations changed in the course of the measurement; none may")
    return reasons


def _stolen(spans: list[_Span], limits: Limits) -> Iterator[str]:
    told = [
        (span.stolen_s, span.busy_s)
        for span in spans
        if span.stolen_s is not None and span.busy_s is not None
    ]
    stolen_s = sum(stolen for stolen, _ in told)
    asked_s = stolen_s + sum(busy for _, busy in told)
    if asked_s >= limits.least_busy_s and stolen_s > limits.stolen_share * asked_s:
        yield (
            f"the hypervisor gave {_percent(stolen_s / asked_s)} of the processor time asked for"
            f" to others, {stolen_s:.2f} of {asked_s:.2f} s; at most"
            f" {_percent(limits.stolen_share)} may be"
        )


def _crowded(spans: list[_Span], limits: Limits) -> Iterator[str]:
    others_s = all_s = busy_s = 0.0
    for span in spans:
        if span.own_s is not None and span.busy_s is not None and span.idle_s is not None:
            others_s += max(0.0, span.busy_s - span.own_s)
            all_s += span.busy_s + span.idle_s + (span.stolen_s or 0.0)
            busy_s += span.busy_s
    if busy_s >= limits.least_busy_s and others_s > limits.others_share * all_s:
        yield (
            f"other programs used {_percent(others_s / all_s)} of the processors' time,"
            f" {others_s:.2f} of {all_s:.2f} s; at most {_percent(limits.others_share)} may be"
        )


def _throttled(spans: list[_Span]) -> Iterator[str]:
    now = since = 0
    for span in spans:
        before, after = span.before.throttled or 0, span.after.throttled or 0
        now |= (before | after) & 0xF
        if span.before.throttled is not None:
            since |= (after & ~before) >> 16 & 0xF
    if now or since:
        yield (
            f"the firmware slowed the board down or saw a reason to: {_bits(now | since)}"
            f" (bits {now | since << 16:#x}); none may be set"
        )


def _slowed(spans: list[_Span], limits: Limits) -> Iterator[str]:
    falls = []
    for span in spans:
        governors = {*span.before.governors, *span.after.governors}
        fixed = bool(governors) and governors.issubset(FIXED_GOVERNORS)
        if fixed and span.before.megahertz and span.after.megahertz:
            # Idle processors tell any clock; one of the fastest did the work.
            first, last = max(span.before.megahertz), max(span.after.megahertz)
            if first > 0:
                falls.append((1 - last / first, first, last, "/".join(sorted(governors))))
    fall, first, last, governor = max(falls, default=(0.0, 0.0, 0.0, ""))
    if fall > limits.clock_fall_share:
        yield (
            f"the clock fell by {_percent(fall)}, from {first:.0f} to {last:.0f} MHz, under the"
            f" governor {governor}; at most {_percent(limits.clock_fall_share)} may be"
        )


def _hot(spans: list[_Span]) -> Iterator[str]:
    hottest: dict[str, tuple[float, float]] = {}
    for at in _moments(spans):
        for zone, trip in at.trip_celsius.items():
            celsius = at.celsius.get(zone)
            if celsius is not None and celsius >= trip:
                hottest[zone] = max((celsius, trip), hottest.get(zone, (celsius, trip)))
    for zone, (celsius, trip) in sorted(hottest.items()):
        yield f"{zone} had {celsius:.1f} °C; the kernel slows the machine down at {trip:.1f} °C"


def _moments(spans: list[_Span]) -> Iterable[Conditions]:
    return (at for span in spans for at in (span.before, span.after))


def _bits(bits: int) -> str:
    return ", ".join(name for bit, name in _NOW.items() if bits & bit)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _passed(before: float | None, after: float | None) -> float | None:
    """Never negative: the kernel's idle time may run back by a tick, see proc_stat(5)."""
    return None if before is None or after is None else max(0.0, after - before)
