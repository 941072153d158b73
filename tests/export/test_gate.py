"""The gate lets in what is shown to be as good, and says how many pictures it still needs."""

from __future__ import annotations

from math import lgamma

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.gate import gate, pictures_needed
from trucksight.export.paired import drop_bounds
from trucksight.runtime.errors import UsageError

Ints = npt.NDArray[np.int64]


def half_trucks(n: int) -> Ints:
    return np.arange(n) % 2


def wrong_on(truth: Ints, places: slice) -> Ints:
    answers = truth.copy()
    answers[places] = 1 - answers[places]
    return answers


def test_the_bounds_are_those_of_the_published_example() -> None:
    """Airway reactivity before and after a transplantation, Fagerland, Lydersen and Laake 2014."""
    lower, upper = drop_bounds(1, 7, 21, confidence=0.975)
    assert (round(lower, 3), round(upper, 3)) == (-0.517, -0.026)


@pytest.mark.parametrize("n", [20, 133, 1000])
def test_without_any_difference_the_bound_is_that_of_a_share_of_zero(n: int) -> None:
    lower, upper = drop_bounds(0, 0, n)
    z2 = 1.6448536**2
    assert upper == pytest.approx(z2 / (n + z2), abs=1e-6)
    assert lower == pytest.approx(-upper)


def test_losing_and_winning_mirror_each_other() -> None:
    assert drop_bounds(7, 2, 90) == pytest.approx([-end for end in drop_bounds(2, 7, 90)[::-1]])


def test_the_ends_of_the_range_are_reached() -> None:
    assert drop_bounds(9, 0, 9)[1] == 1.0
    assert drop_bounds(0, 9, 9)[0] == -1.0
    with pytest.raises(ValueError, match="do not fit"):
        drop_bounds(3, 3, 5)


@pytest.mark.parametrize("n", [50, 133, 400])
def test_the_bound_misses_the_true_drop_in_at_most_seven_samples_of_a_hundred(n: int) -> None:
    most = 30
    tables = [(lost, won) for lost in range(most) for won in range(most - lost)]
    lost, won = np.array(tables).T
    upper = np.array([drop_bounds(int(one), int(other), n)[1] for one, other in tables])
    ways = np.array(
        [lgamma(n + 1) - lgamma(a + 1) - lgamma(b + 1) - lgamma(n - a - b + 1) for a, b in tables]
    )
    worst = 0.0
    for drop in np.arange(0.002, 0.05, 0.002):
        for wins in (1e-12, 0.001, 0.005, 0.01):
            losses = drop + wins
            if (losses + wins) * n > 12:
                continue
            log = ways + lost * np.log(losses) + won * np.log(wins)
            chance = np.exp(log + (n - lost - won) * np.log1p(-losses - wins))
            assert chance.sum() == pytest.approx(1, abs=1e-3)
            worst = max(worst, float(chance[upper < drop].sum()))
    assert 0.03 < worst < 0.07


def test_twenty_pictures_are_undecided_and_the_number_needed_is_said() -> None:
    truth = half_trucks(20)
    found = gate(truth, truth, truth, 1, "truck")
    assert found.verdict == "undecided"
    assert (found.needs_n, found.needs_positive) == (266, 133)
    assert found.reason.startswith("undecided: needs n >= 266 (133 of them truck)")
    assert found.as_json()["accepted"] is None


def test_as_many_as_it_asked_for_decide() -> None:
    truth = half_trucks(266)
    assert gate(truth, truth, truth, 1, "truck").verdict == "passed"
    assert gate(truth[:264], truth[:264], truth[:264], 1, "truck").verdict == "undecided"


def test_a_large_loss_fails_with_its_numbers() -> None:
    truth = half_trucks(200)
    found = gate(truth, truth, wrong_on(truth, slice(0, 40)), 1, "truck")
    assert found.verdict == "failed"
    assert "drops by 0.200, from 1.000 to 0.800 on 200 pictures" in found.reason


def test_a_loss_of_trucks_alone_fails_by_recall() -> None:
    truth = np.r_[np.zeros(2000, np.int64), np.ones(200, np.int64)]
    found = gate(truth, truth, wrong_on(truth, slice(2000, 2020)), 1, "truck")
    assert found.accuracy.verdict == "passed"
    assert found.recall is not None
    assert found.recall.verdict == found.verdict == "failed"
    assert "recall of truck drops" in found.reason


def test_winning_does_not_hide_behind_the_bound() -> None:
    truth = half_trucks(400)
    source = wrong_on(truth, slice(0, 40))
    found = gate(truth, source, truth, 1, "truck")
    assert found.verdict == "passed"
    assert found.accuracy.upper < 0


def test_without_a_truck_nothing_is_decided() -> None:
    truth = np.zeros(500, np.int64)
    found = gate(truth, truth, truth, 1, "truck")
    assert found.verdict == "undecided"
    assert found.recall is None
    assert "none of the pictures is truck" in found.reason


def test_accuracy_counts_every_label() -> None:
    truth = np.arange(900) % 3
    variant = truth.copy()
    variant[truth == 0] = 2
    found = gate(truth, truth, variant, 1, "truck")
    assert found.accuracy.lost == 300
    assert found.recall is not None
    assert found.recall.lost == 0


@pytest.mark.parametrize(("lost", "won", "n"), [(0, 0, 20), (3, 1, 200), (8, 0, 100)])
def test_the_number_needed_is_the_first_that_decides(lost: int, won: int, n: int) -> None:
    needed = pictures_needed(lost, won, n, 0.02)
    assert needed is not None

    def decided(size: int) -> bool:
        counts = [min(size, -(-count * size // n)) for count in (lost, won)]
        lower, upper = drop_bounds(*counts, size)
        return upper <= 0.02 if (lost - won) / n < 0.02 else lower > 0.02

    assert decided(needed)
    assert not decided(needed - 1)


def test_a_drop_of_the_tolerance_itself_is_never_decided() -> None:
    assert pictures_needed(2, 0, 100, 0.02) is None


def test_an_override_keeps_the_verdict_and_needs_a_reason() -> None:
    truth = half_trucks(20)
    found = gate(truth, truth, truth, 1, "truck")
    accepted = found.with_acceptance("  a trial\non my desk ")
    assert accepted.as_json()["accepted"] == {"because": "a trial on my desk"}
    assert accepted.verdict == "undecided"
    with pytest.raises(UsageError):
        found.with_acceptance(" ")
