"""A verdict finds what was planted and accuses nobody else, on a machine that is not still."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from trucksight.benchmarks.suite.planted import QUIET, NoisyMachine, Trouble
from trucksight.benchmarks.suite.verdict import (
    GROUPS,
    ORDER,
    Verdict,
    Word,
    exit_status,
    medians,
    outer_means,
    verdict,
)

DRIFTING = Trouble(drift=0.03, wander=0.03)
MACHINES = [QUIET, Trouble(), DRIFTING]


def compared(seed: int, trouble: Trouble, b_over_a: float, groups: int = GROUPS) -> Verdict:
    machine = NoisyMachine(seed, trouble)
    return verdict(medians(machine.groups(20, 20 * b_over_a, groups, pictures=20)))


@pytest.mark.parametrize("trouble", MACHINES)
def test_a_against_a_is_accused_in_at_most_five_of_a_hundred(trouble: Trouble) -> None:
    found = [compared(seed, trouble, 1.0) for seed in range(100)]
    assert sum(one.word in ("slower", "faster") for one in found) <= 5
    assert sum(one.low <= 1 <= one.high for one in found) >= 91  # 95, less two deviations


@pytest.mark.parametrize("trouble", [QUIET, Trouble()])
@pytest.mark.parametrize(("b_over_a", "word"), [(1.1, "slower"), (1 / 1.1, "faster")])
def test_ten_percent_are_found_in_95_of_a_hundred_and_never_the_other_way(
    trouble: Trouble, b_over_a: float, word: Word
) -> None:
    found = [compared(seed, trouble, b_over_a) for seed in range(100)]
    assert sum(one.word == word for one in found) >= 95
    assert {one.word for one in found} <= {word, "undecided"}


@pytest.mark.parametrize("groups", [6, 8, 10, 12])
@pytest.mark.parametrize("tails", ["normal", "student 2", "now and then tenfold"])
def test_the_interval_holds_the_truth_whatever_the_tails(groups: int, tails: str) -> None:
    rng, runs, truth = np.random.default_rng([11, groups, len(tails)]), 400, 1.3
    size = (runs, groups, len(ORDER))
    noise = {
        "normal": rng.normal(0, 1, size),
        "student 2": rng.standard_t(2, size),
        "now and then tenfold": rng.normal(0, 1, size) * np.where(rng.random(size) < 0.1, 10, 1),
    }[tails]
    times = np.exp(0.02 * noise) * np.where([name == "B" for name in ORDER], truth, 1.0)
    found = [verdict(run.tolist()) for run in times]
    held = sum(one.low <= truth <= one.high for one in found)
    stated = found[0].confidence
    assert stated >= 0.95
    assert held >= (stated - 2 * math.sqrt(stated * (1 - stated) / runs)) * runs


@pytest.mark.parametrize(("groups", "confidence"), [(6, 0.95), (8, 0.95), (10, 0.99), (12, 0.5)])
def test_means_are_left_out_as_fair_coins_allow(groups: int, confidence: float) -> None:
    """Every way in which signs can fall, counted one by one."""
    sums = [
        sum(itertools.compress(range(1, groups + 1), picked))
        for picked in itertools.product((0, 1), repeat=groups)
    ]
    outside, attained = outer_means(groups, confidence)
    assert attained == 1 - 2 * sum(one <= outside for one in sums) / 2**groups
    assert attained >= confidence > 1 - 2 * sum(one <= outside + 1 for one in sums) / 2**groups


def test_a_drift_that_is_even_cancels() -> None:
    slower_and_slower = 1.02 ** np.arange(24).reshape(6, 4)
    found = verdict((slower_and_slower * [10, 11, 11, 10]).tolist())
    assert (found.ratio, found.low, found.high) == pytest.approx((1.1, 1.1, 1.1))
    assert (found.word, found.groups, found.confidence) == ("slower", 6, 0.96875)


def test_one_wild_group_does_not_decide() -> None:
    found = verdict([[10, 10, 10, 10]] * 11 + [[10, 1000, 1000, 10]])
    assert (found.ratio, found.word) == (1.0, "level")


@pytest.mark.parametrize(
    ("b_over_a", "word"),
    [(1.031, "slower"), (1 / 1.031, "faster"), (1.029, "level"), (1 / 1.029, "level")],
)
def test_a_certain_difference_matters_from_the_least_effect_on(b_over_a: float, word: Word) -> None:
    assert verdict([[1, b_over_a, b_over_a, 1]] * 6).word == word


def test_neither_a_difference_nor_a_level_that_is_not_sure_is_claimed() -> None:
    """Around 1 and too wide; beyond 1 and perhaps more than it takes to matter."""
    wide = [[1, b, b, 1] for b in (0.9, 0.92, 0.98, 1.02, 1.08, 1.1)]
    small = [[1, b, b, 1] for b in (1.01, 1.01, 1.02, 1.02, 1.03, 1.05)]
    longer, shorter = ([[1, b * f, b * f, 1] for _, b, _, _ in wide] for f in (1.06, 0.94))
    assert verdict(wide).word == "undecided"
    assert (verdict(longer).ratio > 1.05, verdict(longer).word) == (True, "undecided")
    assert (verdict(shorter).ratio < 0.95, verdict(shorter).word) == (True, "undecided")
    assert verdict(small).low > 1
    assert verdict(small).word == "undecided"
    assert verdict(small, least_effect=0.01).word == "slower"
    assert verdict(small, least_effect=0.06).word == "level"


def test_a_and_b_exchanged_turn_the_verdict_around() -> None:
    groups = medians(NoisyMachine(4).groups(20, 22, GROUPS, 20))
    there = verdict(groups)
    back = verdict([[b1, a1, a2, b2] for a1, b1, b2, a2 in groups])
    assert (there.word, back.word) == ("slower", "faster")
    assert (back.ratio, back.low, back.high) == pytest.approx(
        (1 / there.ratio, 1 / there.high, 1 / there.low)
    )


def test_a_verdict_reads_as_one_line() -> None:
    said = str(verdict([[2, 3, 3, 2]] * 6))
    assert said == "slower: 1.500 times (96.9%: 1.500 to 1.500, 6 groups)"


def test_only_slower_is_a_failure() -> None:
    words: list[Word] = ["faster", "level", "undecided", "slower"]
    assert [exit_status(word) for word in words] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ([[1, 1, 1, 1]] * 5, "5 groups give a confidence of at most 0.9375, not 0.95"),
        ([], "0 groups"),
        ([[1, 1, 1]] * 6, "four times above 0, in the order ABBA"),
        ([[1, 1, 1, 0]] * 6, "four times above 0"),
        ([[1, 1, 1, math.nan]] * 6, "four times above 0"),
        ([[1, 1, 1, math.inf]] * 6, "four times above 0"),
    ],
)
def test_too_little_to_compare_is_an_error(groups: list[list[float]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        verdict(groups)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="more than 0 and less than 1"):
        verdict([[1, 1, 1, 1]] * 6, confidence)
