"""What the machine disturbed is measured again within bounds, and durations decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from trucksight.benchmarks.suite.results import Cell, Process, Regime
from trucksight.benchmarks.suite.rounds import Amount, ChildError, Measure, Refused, Rounds

A, B = Cell("int8", "litert", 1), Cell("int8", "litert", 2)
BURSTS = Amount(regimes=("back-to-back",), retry_share=10.0, retry_s=0.0)
STOLEN = "CPU time stolen"


class Machine:
    """Measures by a list of what happens: 0 is nothing, a share is stolen; then nothing more does.

    A second passes with each process.
    """

    def __init__(self, process: Callable[..., Process], stolen: Iterable[float]) -> None:
        self.order: list[tuple[Cell, Regime]] = []
        self.took_ms = 10.0
        self.now_s = 0.0
        self._process, self._stolen = process, iter(stolen)

    def __call__(self, cell: Cell, regime: Regime) -> tuple[str, Process]:
        self.order.append((cell, regime))
        self.now_s += 1.0
        share = next(self._stolen, 0.0)
        one = self._process(*[self.took_ms] * 20, regime=regime)
        begun = replace(one.before, steal_s=0.0, busy_s=0.0, idle_s=0.0)
        ended = replace(begun, steal_s=share, busy_s=1.0 - share, idle_s=3.0)
        return "engine", replace(one, before=begun, after=ended, cpu_ms=50 * (1 - share))

    def rounds(self, amount: Amount, *cells: Cell, measure: Measure | None = None) -> Rounds:
        rng = np.random.default_rng(0)
        made = Rounds(cells, amount, measure or self, rng, clock=lambda: self.now_s)
        made.run()
        return made


Happening = Callable[..., Machine]


@pytest.fixture
def machine(process: Callable[..., Process]) -> Happening:
    return lambda *stolen: Machine(process, stolen)


def test_nothing_is_measured_again_on_a_quiet_machine(machine: Happening) -> None:
    quiet = machine(*[0.04] * 6)
    rounds = quiet.rounds(BURSTS, A, B)
    assert len(quiet.order) == 6
    assert (len(rounds.undisturbed(A)), rounds.disturbed(A), rounds.lacking(A)) == (3, [], [])
    assert rounds.notes == []


def test_as_many_as_the_machine_disturbed_are_measured_again(machine: Happening) -> None:
    restless = machine(0.2, 0, 0, 0.3)
    rounds = restless.rounds(BURSTS, A)
    assert len(restless.order) == 5
    aside = rounds.disturbed(A)
    assert [[one.what for one in each.because] for each in aside] == [[STOLEN]] * 2
    assert "20.0 % of the processor time" in aside[0].because[0].words
    assert rounds.taken(A)[0] is aside[0].process
    assert rounds.undisturbed(A) == [one for n, one in enumerate(rounds.taken(A)) if n in (1, 2, 4)]
    assert rounds.lacking(A) == []
    assert rounds.notes == [
        f"the machine was disturbed during 2 of 5 processes: {STOLEN} (2);"
        " measured again: 2, in 2 of at most 30 s"
    ]


def test_a_slow_process_on_a_quiet_machine_keeps_its_place(machine: Happening) -> None:
    """Leaving it out would make every cell look fast."""
    quiet = machine()
    rng = np.random.default_rng(1)

    def measure(cell: Cell, regime: Regime) -> tuple[str, Process]:
        quiet.took_ms = float(rng.choice([10.0, 1000.0]))
        return quiet(cell, regime)

    rounds = quiet.rounds(replace(BURSTS, processes=20), A, measure=measure)
    medians = {one.end_to_end_ns[0] for one in rounds.undisturbed(A)}
    assert (len(quiet.order), len(medians)) == (20, 2)


def test_which_are_kept_does_not_depend_on_how_long_they_took(machine: Happening) -> None:
    """The same machine with other durations: the same processes are set aside."""
    stolen = np.where(np.random.default_rng(2).random(40) < 0.4, 0.2, 0.0)

    def places(took_ms: Iterable[float]) -> list[int]:
        same, took = machine(*stolen), iter(took_ms)

        def measure(cell: Cell, regime: Regime) -> tuple[str, Process]:
            same.took_ms = next(took)
            return same(cell, regime)

        rounds = same.rounds(replace(BURSTS, processes=8), A, measure=measure)
        kept = rounds.undisturbed(A)
        return [n for n, one in enumerate(rounds.taken(A)) if any(one is each for each in kept)]

    even, uneven = places([10.0] * 40), places(np.random.default_rng(3).uniform(1, 1000, 40))
    assert even == uneven
    assert len(even) == 8


def test_rounds_have_a_bound_and_what_is_lacking_is_told(machine: Happening) -> None:
    stolen = machine(*[0.2] * 100)
    rounds = stolen.rounds(replace(BURSTS, retries=2), A)
    assert len(stolen.order) == 3 + 2 * 3
    assert rounds.lacking(A) == [
        f"only 0 of 3 processes back to back were undisturbed: {STOLEN} (9)"
    ]
    assert (
        rounds.notes[-1]
        == "cells that still lack undisturbed processes: 1 of 1; there were 2 rounds"
    )


def test_time_has_a_bound_and_it_is_told_when_it_is_reached(machine: Happening) -> None:
    stolen = machine(*[0.2] * 100)
    rounds = stolen.rounds(replace(BURSTS, retry_share=0.5), A, B)
    assert len(stolen.order) == 6 + 3, "half of six seconds"
    assert "measured again: 3, in 3 of at most 3 s" in rounds.notes[0]
    assert rounds.notes[1] == (
        "cells that still lack undisturbed processes: 2 of 2; the time was used up"
    )


def test_a_short_measurement_has_its_seconds_all_the_same(machine: Happening) -> None:
    stolen = machine(0.2, 0.2)
    stolen.rounds(replace(BURSTS, retry_share=0.1, retry_s=2.0), A)
    assert len(stolen.order) == 3 + 2


def test_who_is_patient_measures_on_until_the_machine_is_quiet(machine: Happening) -> None:
    stolen = machine(*[0.2] * 50)
    rounds = stolen.rounds(BURSTS.patient(600), A)
    assert len(stolen.order) == 53
    assert rounds.lacking(A) == []
    assert "measured again: 50, in 50 of at most 600 s" in rounds.notes[0]


def test_no_process_is_begun_that_would_not_end_in_time(machine: Happening) -> None:
    stolen = machine(*[0.2] * 100)
    stolen.rounds(replace(BURSTS, retry_share=0.32), A)
    assert len(stolen.order) == 3


def test_the_cell_that_lacks_least_comes_first(machine: Happening) -> None:
    """Where time is short, more cells get whole."""
    first = machine()
    first.rounds(BURSTS, A, B)
    rest = [0.2 if cell == A else 0.0 for cell, _ in first.order]
    rest[[cell for cell, _ in first.order].index(B)] = 0.2
    again = machine(*rest)
    rounds = again.rounds(BURSTS, A, B)
    assert [cell for cell, _ in again.order[6:]] == [B, A, A, A]
    assert (rounds.lacking(A), rounds.lacking(B)) == ([], [])


def test_each_regime_gets_what_it_lacks(machine: Happening) -> None:
    amount = replace(BURSTS, regimes=("back-to-back", "paced"))
    disturbed = machine(0, 0.2)
    rounds = disturbed.rounds(amount, A)
    assert disturbed.order[6:] == [(A, "paced")]
    assert rounds.lacking(A) == []


def test_a_rate_that_is_not_kept_when_measured_again_is_not_kept(machine: Happening) -> None:
    disturbed = machine(0.2)

    def measure(cell: Cell, regime: Regime) -> tuple[str, Process]:
        if len(disturbed.order) == 3:
            raise Refused("it cannot keep up")
        return disturbed(cell, regime)

    rounds = disturbed.rounds(BURSTS, A, measure=measure)
    assert rounds.refused == {(A, "back-to-back"): "it cannot keep up"}
    assert (rounds.taken(A), rounds.lacking(A)) == ([], [])


def test_a_crash_ends_the_turns_of_its_cell(machine: Happening) -> None:
    steady = machine()

    def measure(cell: Cell, regime: Regime) -> tuple[str, Process]:
        if cell == B:
            raise ChildError("killed")
        return steady(cell, regime)

    rounds = steady.rounds(BURSTS, A, B, measure=measure)
    assert rounds.broken == {B: "killed"}
    assert len(rounds.undisturbed(A)) == 3
    assert rounds.lacking(B) == []


def test_progress_counts_what_is_measured_again(machine: Happening) -> None:
    disturbed, told = machine(0.2), list[tuple[int, int]]()

    def tell(what: str, number: int, of: int) -> None:
        told.append((number, of))

    clock = lambda: disturbed.now_s  # noqa: E731
    Rounds([A], BURSTS, disturbed, np.random.default_rng(0), tell, clock).run()
    assert told == [(0, 3), (1, 3), (2, 3), (3, 4)]
