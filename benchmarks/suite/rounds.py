"""Processes of many cells in turn, in rounds, and again where the machine was disturbed.

Which processes are measured again is decided by what the machine did meanwhile (see
`validity.disturbances`) and never by how long anything took: leaving out the slow ones would make
every cell look faster than it is. So durations that drifted are no reason either.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trucksight.runtime.errors import TrucksightError

from .results import REGIMES, Cell, Process, Regime, SetAside
from .validity import disturbances


class ChildError(TrucksightError):
    """A measuring process ended without an answer."""


class Refused(TrucksightError):
    """The engine does not load the variant, or does not keep the rate."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    processes: int = 3
    """Fresh ones a cell and regime."""
    count: int = 125
    """Pictures of each after its warm-up. Three times that bounds a 99th percentile, see
    `percentiles`."""
    paced_count: int = 125
    warm_up_least: int = 20
    warm_up_most: int = 100
    rate_hz: float = 30.0
    """Of the paced regime."""
    regimes: tuple[Regime, ...] = REGIMES
    retries: int = 3
    """Rounds after these, at most, that measure again what the machine disturbed."""
    retry_share: float = 0.3
    """Time for them, at most, as a share of what the first rounds took..."""
    retry_s: float = 30.0
    """...or so many seconds, whichever is more: of a single cell, one process is a third."""

    def patient(self, seconds: float) -> Amount:
        """The same with so long for measuring again, however many rounds that takes."""
        return replace(self, retries=sys.maxsize, retry_share=0.0, retry_s=seconds)


QUICK = Amount(count=45, paced_count=30, warm_up_least=10, warm_up_most=30)
"""Bounds a 95th percentile, not a 99th."""

Turn = tuple[Cell, Regime]
Measure = Callable[[Cell, Regime], tuple[str, Process]]
"""One cell in one fresh process: the engine in effect and the measurement; raises `Refused` and
`ChildError`."""
Tell = Callable[[str, int, int], None]
"""Called before each process with words, its number from 0 and their number."""


class Rounds:
    """Measures cells in rounds, each in another order, so that a slow minute meets all of them."""

    def __init__(
        self,
        cells: Sequence[Cell],
        amount: Amount,
        measure: Measure,
        rng: np.random.Generator,
        tell: Tell = lambda what, done, of: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Measure nothing yet.

        Args:
            cells: at least one.
            amount: how much.
            measure: how.
            rng: shuffles each round.
            tell: see `Tell`.
            clock: monotonic, seconds.
        """
        self._cells, self._amount = cells, amount
        self._measure, self._rng, self._tell, self._clock = measure, rng, tell, clock
        self._taken: dict[Cell, list[Process]] = {cell: [] for cell in cells}
        self._longest_s: dict[Turn, float] = {}
        self._number = 0
        self.engines: dict[Cell, str] = {}
        self.refused: dict[Turn, str] = {}
        self.broken: dict[Cell, str] = {}
        """Cells of which a process ended without an answer; their turns are refused, too."""
        self.notes: list[str] = []
        """What came of measuring again."""

    def run(self) -> None:
        """Measure the rounds, and then again what was disturbed, as far as the amount allows."""
        begun_s = self._clock()
        rounds = [
            (self._cells[index], regime)
            for _ in range(self._amount.processes)
            for regime in self._amount.regimes
            for index in self._rng.permutation(len(self._cells))
        ]
        for turn in rounds:
            self._take(turn, len(rounds))
        ended_s = self._clock()
        share_s = self._amount.retry_share * (ended_s - begun_s)
        self._again(ended_s, max(share_s, self._amount.retry_s))

    def undisturbed(self, cell: Cell) -> list[Process]:
        """Its processes during which the machine did nothing else, in the order of measurement."""
        return [one for one in self._taken[cell] if not disturbances(one)]

    def disturbed(self, cell: Cell) -> list[SetAside]:
        """Its other processes."""
        return [
            SetAside(one, because) for one in self._taken[cell] if (because := disturbances(one))
        ]

    def taken(self, cell: Cell) -> list[Process]:
        """All of its processes, in the order of measurement."""
        return self._taken[cell]

    def missing(self, cell: Cell) -> Counter[Regime]:
        """How many undisturbed processes it lacks; nothing of a regime that it refused."""
        have = Counter(one.regime for one in self.undisturbed(cell))
        wanted = {
            regime: self._amount.processes
            for regime in self._amount.regimes
            if (cell, regime) not in self.refused
        }
        return Counter(wanted) - have

    def lacking(self, cell: Cell) -> list[str]:
        """A sentence for each regime of which it lacks undisturbed processes."""
        wanted, disturbed = self._amount.processes, self.disturbed(cell)
        return [
            f"only {wanted - missing} of {wanted} processes {in_words(regime)} were undisturbed:"
            f" {whats([one for one in disturbed if one.process.regime == regime])}"
            for regime, missing in self.missing(cell).items()
        ]

    def _again(self, begun_s: float, most_s: float) -> None:
        count, rounds, is_late = 0, 0, False
        while rounds < self._amount.retries and not is_late:
            turns = self._missing_turns()
            if not turns:
                break
            rounds += 1
            of = self._number + len(turns)
            for turn in turns:
                is_late = self._clock() - begun_s + self._longest_s[turn] > most_s
                if is_late:
                    break
                count += self._take(turn, of)
        self._note(count, self._clock() - begun_s, most_s, is_late)

    def _missing_turns(self) -> list[Turn]:
        """The cells that lack least come first: where time is short, more of them get whole."""
        turns = []
        for index in self._rng.permutation(len(self._cells)):
            missing = self.missing(self._cells[index])
            turns.append([(self._cells[index], regime) for regime in missing.elements()])
        return [turn for several in sorted(turns, key=len) for turn in several]

    def _take(self, turn: Turn, of: int) -> bool:
        """Measure one process, unless its turn is refused by now; whether it gave a measurement."""
        cell, regime = turn
        number, self._number = self._number, self._number + 1
        if turn in self.refused:
            return False
        self._tell(f"{cell}, {in_words(regime)}", number, of)
        begun_s = self._clock()
        try:
            self.engines[cell], process = self._measure(cell, regime)
        except ChildError as exc:
            # A crash spoils its own cell, not the hours of the others.
            self.broken[cell] = str(exc)
            self.refused.update({(cell, each): str(exc) for each in self._amount.regimes})
            self._taken[cell] = []
        except Refused as exc:
            self.refused[turn] = str(exc)
            # What its other processes did would pass for all of them.
            self._taken[cell] = [one for one in self._taken[cell] if one.regime != regime]
        else:
            self._taken[cell].append(process)
            spent_s = self._clock() - begun_s
            self._longest_s[turn] = max(spent_s, self._longest_s.get(turn, 0.0))
            return True
        return False

    def _note(self, count: int, spent_s: float, most_s: float, is_late: bool) -> None:
        aside = [one for cell in self._cells for one in self.disturbed(cell)]
        if not aside:
            return
        measured = sum(len(self._taken[cell]) for cell in self._cells)
        self.notes.append(
            f"the machine was disturbed during {len(aside)} of {measured} processes:"
            f" {whats(aside)}; measured again: {count}, in {spent_s:.0f} of at most {most_s:.0f} s"
        )
        lacking = sum(bool(self.missing(cell)) for cell in self._cells)
        if lacking:
            why = "the time was used up" if is_late else f"there were {self._amount.retries} rounds"
            self.notes.append(
                f"cells that still lack undisturbed processes: {lacking} of {len(self._cells)};"
                f" {why}"
            )


def in_words(regime: Regime) -> str:
    """As in a sentence."""
    return regime.replace("-", " ")


def whats(aside: Sequence[SetAside]) -> str:
    """What disturbed them and how many of them, the most frequent first."""
    counts = Counter(each.what for one in aside for each in one.because)
    return ", ".join(f"{what} ({times})" for what, times in counts.most_common())
