"""Two ways to run a bundle, measured in turn: is the second one slower?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median

from trucksight.runtime import Bundle, load_bundle
from trucksight.runtime.detector import choose, default_threads, resolve_bundle
from trucksight.runtime.errors import UsageError

from .conduct import measure_once
from .pictures import PictureSet
from .results import Cell, Process
from .rounds import Amount
from .validity import Limits, invalid_of
from .verdict import GROUPS, Verdict, verdict

LEAST_GROUPS = 6
"""Fewer cannot give 95 %, see `verdict`."""


SHARED = Limits(stolen_share=1.0, others_share=1.0)
"""Others who take time from A and B alike widen the interval, and that is all: a runner of CI is
never alone. A processor that is slowed down for good is another machine."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    text: str
    bundle: Bundle
    cell: Cell
    python: str
    """The interpreter that measures it; another one may have another version installed."""

    @classmethod
    def parse(cls, text: str, python: str | None = None) -> Side:
        """Understand `BUNDLE[#VARIANT[,BACKEND[,THREADS]]]`.

        Raises:
            UsageError: it cannot be understood; BundleError and BackendError as for a detector.
        """
        name, _, rest = text.partition("#")
        variant, backend, threads = [*(part or None for part in rest.split(",")), None, None][:3]
        if len(rest.split(",")) > 3 or (threads is not None and not threads.isdigit()):
            raise UsageError(f"{text}: expected BUNDLE#VARIANT,BACKEND,THREADS, the last a number")
        bundle = load_bundle(resolve_bundle(name or None))
        chosen, engine = choose(bundle, variant, backend)
        count = int(threads) if threads else default_threads()
        if count < 1:
            raise UsageError(f"{text}: threads must be 1 or more")
        return cls(text, bundle, Cell(chosen.name, engine, count), python or sys.executable)

    @property
    def told(self) -> str:
        """For a table."""
        other = "" if self.python == sys.executable else f", by {self.python}"
        return f"{self.bundle.name}: {self.cell}{other}"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides, and what their durations say."""

    a: str
    b: str
    engines: tuple[str, str]
    verdict: Verdict
    """Of the end-to-end medians of the blocks."""
    a_ms: float
    b_ms: float
    """Medians over the blocks."""
    cpu_ratio: float
    """Processor time a picture, B over A, medians over the blocks."""
    memory_ratio: float
    too_few: bool = False
    """Whether too few groups were sound, so that the verdict is undecided."""
    invalid: list[str] = field(default_factory=list)
    """Of groups that were left out, why."""
    disturbed: list[str] = field(default_factory=list)
    """What others did to the machine meanwhile."""

    def as_text(self) -> str:
        """For a terminal."""
        lines = [
            f"A  {self.a} ({self.engines[0]}): median {self.a_ms:.2f} ms",
            f"B  {self.b} ({self.engines[1]}): median {self.b_ms:.2f} ms",
            f"B is {self.verdict}",
            self._others(),
        ]
        if self.too_few:
            lines.append("nothing is said: too few groups without a fault of the machine")
        return "\n".join(lines + self._faults())

    def as_markdown(self) -> str:
        """For a comment."""
        from .report_markdown import Compared as Figure
        from .report_markdown import comparison_markdown, prose
        from .summary import Interval

        found = self.verdict
        figure = Figure(
            "end to end, medians of blocks",
            Interval(found.ratio, found.low, found.high),
            found.word,
            "too few groups without a fault of the machine" if self.too_few else "",
        )
        table = comparison_markdown(self.a, self.b, [figure], found.confidence)
        notes = [
            f"A: {self.a_ms:.2f} ms, B: {self.b_ms:.2f} ms; {found.groups} groups A-B-B-A.",
            self._others(),
            *self._faults(),
        ]
        return table + "\n" + "\n".join(f"- {prose(one)}" for one in notes) + "\n"

    def _faults(self) -> list[str]:
        """With too few groups left, the figures are of all of them."""
        what = "not left out, invalid" if self.too_few else "left out"
        told = [f"{what}: {why}" for why in self.invalid]
        return told + [f"all the while: {why}" for why in self.disturbed]

    def _others(self) -> str:
        return (
            f"processor time {self.cpu_ratio:.3f} times, memory {self.memory_ratio:.3f} times"
            " (medians, not judged)"
        )


def compare(
    a: Side,
    b: Side,
    pictures: PictureSet,
    amount: Amount,
    groups: int = GROUPS,
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> Compared:
    """Measure A-B-B-A, B-A-A-B and so on, a fresh process a block.

    A group of four in which a processor was slowed down is left out and told; with fewer
    than `LEAST_GROUPS` left the verdict is undecided.

    Raises:
        UsageError: no picture reached the engine.
        Refused: a side's engine does not do it.
        ChildError: a process broke.
    """
    taken: list[tuple[list[Process], list[Process]]] = []
    engines = ["", ""]
    for group in range(groups):
        sides: tuple[list[Process], list[Process]] = ([], [])
        for place, which in enumerate((0, 1, 1, 0) if group % 2 == 0 else (1, 0, 0, 1)):
            side = (a, b)[which]
            tell(side.told, 4 * group + place, 4 * groups)
            engines[which], process = measure_once(
                side.bundle, side.cell, "back-to-back", pictures, amount, side.python
            )
            if not process.end_to_end_ns:
                raise UsageError("no picture reached the engine: each of them is unknown")
            sides[which].append(process)
        taken.append(sides)
    reasons = [invalid_of([*of_a, *of_b], limits=SHARED) for of_a, of_b in taken]
    disturbed = invalid_of([one for sides in taken for several in sides for one in several])
    sound = [sides for sides, why in zip(taken, reasons, strict=True) if not why]
    kept = sound if len(sound) >= LEAST_GROUPS else taken
    blocks_a, blocks_b = ([one for sides in kept for one in sides[which]] for which in (0, 1))
    found = verdict([[*map(_median_ms, (a1, b1, b2, a2))] for (a1, a2), (b1, b2) in kept])
    if len(sound) < LEAST_GROUPS:
        found = replace(found, word="undecided")
    return Compared(
        a=a.told,
        b=b.told,
        engines=(engines[0], engines[1]),
        verdict=found,
        a_ms=median(map(_median_ms, blocks_a)),
        b_ms=median(map(_median_ms, blocks_b)),
        cpu_ratio=_ratio(blocks_a, blocks_b, lambda one: one.cpu_ms),
        memory_ratio=_ratio(blocks_a, blocks_b, lambda one: one.peak_mib),
        too_few=len(sound) < LEAST_GROUPS,
        invalid=sorted({why for several in reasons for why in several}),
        disturbed=disturbed,
    )


def _median_ms(process: Process) -> float:
    return median(process.end_to_end_ns) / 1e6


def _ratio(a: list[Process], b: list[Process], of: Callable[[Process], float]) -> float:
    return median(map(of, b)) / median(map(of, a))
