"""What a soak must show, and whether it did."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .slope import Slope, slope
from .soak_gaps import Gap
from .soak_programs import Ending, Program, most_written_bytes
from .soak_watch import Sample

CONFIDENCE = 0.95
"""Of all intervals of a soak together."""
NOTICED_S = 2.5
"""Two seconds of silence mean that a camera is lost; the rest is for a busy machine."""
RECOVERED_S = 5.0
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One program, from its first sample to its end."""

    name: str
    program: Program
    samples: Sequence[Sample]
    """After the warm-up."""
    gaps: Sequence[Gap]
    """From the first decision on."""
    ending: Ending


@dataclass(frozen=True, slots=True)
class Growth:
    """How the memory of one process went on."""

    program: str
    process: str
    """loop or capture."""
    per_frame: Slope
    """Bytes."""
    per_hour: Slope
    """KiB."""
    first_mib: float
    last_mib: float


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verdict."""

    program: str
    what: str
    seen: str
    wanted: str
    passed: bool


def growths(observed: Sequence[Observed]) -> list[Growth]:
    """How memory went on, with intervals that hold together at `CONFIDENCE`.

    A capture process is judged where one and the same lived all the time. By Bonferroni's
    inequality each of n intervals has the confidence 1 - (1 - CONFIDENCE) / n.

    Raises:
        ValueError: too few samples, or a program that stood still.
    """
    series: list[tuple[str, str, Sequence[Sample], list[int]]] = []
    for one in observed:
        series.append((one.name, "loop", one.samples, [s.loop_bytes for s in one.samples]))
        if one.program.live and len({s.capture_pid for s in one.samples}) == 1:
            captured = [s.capture_bytes for s in one.samples if s.capture_bytes is not None]
            series.append((one.name, "capture", one.samples, captured))
    each = 1 - (1 - CONFIDENCE) / len(series)
    return [_growth(*one, each) for one in series]


def checks(observed: Sequence[Observed], grown: Sequence[Growth]) -> list[Check]:
    """Everything that must hold, program by program."""
    found = [check for one in observed for check in _of_program(one)]
    return [*found, *(_steady_memory(growth) for growth in grown)]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The value that `percent` % do not exceed; None where too few leave nothing beyond it."""
    if len(values) * (100 - percent) < 100:
        return None
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def _growth(
    program: str, process: str, samples: Sequence[Sample], own: list[int], each: float
) -> Growth:
    per_frame = slope([s.frames for s in samples], own, each)
    per_hour = slope([s.at_s for s in samples], own, each).times(HOUR_S / 1024)
    return Growth(program, process, per_frame, per_hour, own[0] / 2**20, own[-1] / 2**20)


def _steady_memory(growth: Growth) -> Check:
    of = growth.per_frame
    seen = f"{of.value:+.2f} ({of.low:+.2f} to {of.high:+.2f}) bytes a frame"
    what = f"memory of the {growth.process} process"
    return Check(growth.program, what, seen, "an interval with zero in it", of.covers_zero)


def _of_program(one: Observed) -> list[Check]:
    def check(what: str, seen: object, wanted: object, passed: bool) -> Check:
        return Check(one.name, what, str(seen), str(wanted), passed)

    summary, ending = one.ending.summary, one.ending
    dropped = sum(summary["dropped"].values())
    broken = summary["source_error"] or summary["sink_errors"] or ending.status
    most_written = max(sample.written_bytes for sample in one.samples)
    counted = f"{summary['captured']} = {summary['decided']} + {dropped}"
    found = [
        check("ends well", broken or "yes", "yes", not broken),
        check(
            "captured = decided + dropped",
            counted,
            "equal",
            summary["captured"] == summary["decided"] + dropped,
        ),
        check("lines", ending.lines, summary["decided"], ending.lines == summary["decided"]),
        _same(one, "descriptors", lambda sample: sample.descriptors),
        _same(one, "threads", lambda sample: sample.threads),
        check("processes left", ending.orphans, 0, ending.orphans == 0),
        check(
            "written, MB",
            f"{most_written / 1e6:.2f}",
            f"at most {most_written_bytes() / 1e6:.2f}",
            most_written <= most_written_bytes(),
        ),
    ]
    most_children, allowed = max(sample.children for sample in one.samples), int(one.program.live)
    found.append(check("children", most_children, f"at most {allowed}", most_children <= allowed))
    return found + (_gaps(one) if one.program.gaps_fps else [])


def _same(one: Observed, what: str, number: Callable[[Sample], int]) -> Check:
    """The commonest number in the first and in the last quarter, while a camera is read.

    The commonest, because one that an event is being posted with comes and goes.
    """
    usual = [sample for sample in one.samples if sample.children == int(one.program.live)]
    if len(usual) < 8:
        return Check(one.name, what, "too few samples", "8 or more", False)
    quarter = len(usual) // 4
    ends = (usual[:quarter], usual[-quarter:])
    first, last = (Counter(map(number, some)).most_common(1)[0][0] for some in ends)
    return Check(one.name, what, f"{first} then {last}", "equal", first == last)


def _gaps(one: Observed) -> list[Check]:
    if not one.gaps:
        return [Check(one.name, "camera lost", "never", "at least once", False)]
    noticed = max(gap.noticed_s for gap in one.gaps)
    recovered = [gap.recovered_s for gap in one.gaps]
    p95 = percentile(recovered, 95)
    judged = max(recovered) if p95 is None else p95
    said = "-" if p95 is None else f"{p95:.2f}"
    p50 = percentile(recovered, 50)
    middle = "-" if p50 is None else f"{p50:.2f}"
    return [
        Check(
            one.name,
            "lost camera noticed, s",
            f"{noticed:.2f} at most, {len(recovered)} times",
            f"at most {NOTICED_S:g}",
            noticed <= NOTICED_S,
        ),
        Check(
            one.name,
            "camera back to decision, s",
            f"p50 {middle}, p95 {said}, max {max(recovered):.2f}",
            f"p95 at most {RECOVERED_S:g}",
            judged <= RECOVERED_S,
        ),
    ]
