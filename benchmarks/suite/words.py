"""What a report says in sentences, made of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import ends, figure, percent
from .results import Results
from .summary import Row, fastest


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a reader may miss."""

    what: str
    why: str
    cure: str
    """A command or a sentence."""
    is_command: bool


def headline(ranked: Sequence[Row]) -> str:
    """Which cell to take, in one sentence."""
    best = fastest(ranked)
    if best is None or best.p50 is None:
        return "No cell both passed its gate and was measured validly."
    return f"{best.cell}: half of the pictures within {figure(best.p50.value)} ms"


def details(ranked: Sequence[Row], rate_hz: float) -> list[str]:
    """What has to be known with the headline, a sentence each."""
    best = fastest(ranked)
    if best is None or best.p50 is None:
        return _why_none(ranked)
    valid = sum(not row.invalid and row.p50 is not None for row in ranked)
    which = f"Of {valid} cells measured validly, the fastest that passed its gate"
    if valid == 1:
        which = f"The only one of {len(ranked)} cells that was measured validly; it passed its gate"
    said = [f"{which}; 95 % interval of the median {ends(best.p50)} ms."]
    tail = best.p99 or best.p95
    name = "p99" if best.p99 else "p95"
    pace = [f"{figure(best.rate_hz)} pictures a second back to back"]
    if tail:
        pace.append(f"{name} {figure(tail.value)} ms")
    if best.accuracy:
        pace.append(f"{percent(best.accuracy.value)} % of {best.decided} verdicts right")
    pace.append(f"{figure(best.peak_mib)} MiB at most")
    said.append(f"{', '.join(pace)}.")
    if best.late is not None:
        said.append(
            f"At {rate_hz:g} pictures a second,"
            f" {percent(best.late)} % took longer than the camera's period."
        )
    return said + _rivals(best, ranked)


def gaps(results: Results, ranked: Sequence[Row]) -> list[Gap]:
    """What was not measured, and what was measured too little to state."""
    found = [
        Gap(one.what, one.why, one.cure, True)
        if one.cure
        else Gap(one.what, one.why, "nothing on this machine would bring it", False)
        for one in results.absent
    ]
    for what, lacking, why, cure in (
        (
            "p99",
            [row for row in ranked if row.p99 is None],
            "too few pictures for its interval",
            "leave out --quick, or ask for more --processes",
        ),
        (
            "accuracy",
            [row for row in ranked if row.accuracy is None],
            "no picture with a label was decided on",
            "measure pictures that have labels",
        ),
        (
            "energy",
            [row for row in ranked if row.energy_mj is None],
            "not measured",
            "a board or processor that tells its energy, and the right to read it",
        ),
    ):
        if lacking and len(lacking) == len(ranked):
            found.append(Gap(f"{what}, of every cell", why, cure, False))
        else:
            found += [Gap(f"{what} of {row.cell}", why, cure, False) for row in lacking]
    return found


def faults(ranked: Sequence[Row]) -> list[tuple[str, str]]:
    """Cells that are to be taken with care and why: invalid first, then not gated, then others."""
    gravest = sorted(ranked, key=lambda row: (not row.invalid, row.passed))
    return [(str(row.cell), "; ".join(why)) for row in gravest if (why := _faults_of(row))]


def _faults_of(row: Row) -> list[str]:
    found = [f"invalid: {'; '.join(row.invalid)}"] if row.invalid else []
    if not row.passed:
        found.append(row.gate)
    if not row.steady:
        found.append("measured before its durations had settled")
    if row.set_aside:
        found.append(_aside(row))
    if row.kept_apart:
        found.append(_apart(row))
    return found


def machine(results: Results) -> tuple[str, str]:
    """The machine in two lines."""
    board = results.board
    memory = "memory unknown" if board.memory_mib is None else f"{board.memory_mib} MiB"
    parts = [board.board or "unknown board", board.processor or "unknown processor"]
    parts += [f"{board.cpus} processors", memory]
    versions = [f"{name} {number}" for name, number in board.versions.items()]
    return (
        ", ".join(parts),
        ", ".join([board.architecture, " ".join(board.features), board.kernel, *versions]),
    )


def subject(results: Results) -> str:
    """What was decided on, and how."""
    pictures = results.pictures
    sizes = ", ".join(f"{width}x{height}" for width, height in pictures.sizes_wh)
    return (
        f"{_decided_on(results)} of {sizes} from {pictures.source}, order by seed"
        f" {pictures.seed}; paced at {results.rate_hz:g} a second"
    )


def moment(created: str) -> str:
    """When it was made, to the minute."""
    return f"{created[:16].replace('T', ' ')} UTC"


def _decided_on(results: Results) -> str:
    """A short measurement does not come to the last picture, and cells warm up for as long as each
    needs, so they may not have decided on equally many."""
    count = results.pictures.count
    by_cell = {max(len(process.verdicts) for process in one.processes) for one in results.measured}
    if not by_cell or by_cell == {count}:
        return f"{count} pictures"
    least, most = min(by_cell), max(by_cell)
    return (
        f"{least} to {most} of {count} pictures" if least < most else f"{most} of {count} pictures"
    )


def _aside(row: Row) -> str:
    """Counts the processes that were measured for it, those set aside too."""
    of = len(row.set_aside) + len(row.measured.processes)
    whats = dict.fromkeys(each.what for one in row.set_aside for each in one.because)
    return f"{len(row.set_aside)} of {of} processes set aside: {', '.join(whats)}"


def _apart(row: Row) -> str:
    of = sum(process.pictures for process in row.measured.processes)
    return f"{row.kept_apart} of {of} pictures never reached the engine; in no duration"


def _why_none(ranked: Sequence[Row]) -> list[str]:
    if not ranked:
        return ["Nothing was measured."]
    invalid = sum(bool(row.invalid) for row in ranked)
    refused = sum(not row.passed for row in ranked)
    return [f"Of {len(ranked)} cells, {invalid} are invalid and {refused} did not pass their gate."]


def _rivals(best: Row, ranked: Sequence[Row]) -> list[str]:
    """Cells that may be as fast, and those that are faster and were not taken."""
    said, high = [], best.p50.high if best.p50 else 0.0
    for row in ranked:
        if row.invalid or row is best or row.p50 is None:
            continue
        if ranked.index(row) < ranked.index(best):
            said.append(f"{row.cell} is faster ({figure(row.p50.value)} ms), but not passed.")
        elif row.p50.low <= high and row.passed:
            said.append(f"{row.cell} may be as fast: the intervals of the medians overlap.")
    return said
