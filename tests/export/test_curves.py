from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import auc, roc_auc_score

from trucksight.export.curves import MOST_BINS, MOST_POINTS, curves

Truth, Probabilities = npt.NDArray[np.bool_], npt.NDArray[np.float64]


@pytest.fixture
def many() -> tuple[Truth, Probabilities]:
    """4000 pictures, every probability another."""
    rng = np.random.default_rng(0)
    positive = rng.random(4000) < 0.4
    return positive, 1 / (1 + np.exp(-rng.normal(2.0 * positive - 1, 1.0)))


@pytest.fixture
def integers(many: tuple[Truth, Probabilities]) -> tuple[Truth, Probabilities]:
    """As from an integer model: 32 different probabilities, the pictures sorted by label."""
    positive, probabilities = many
    order = np.argsort(positive, kind="stable")
    return positive[order], np.round(probabilities[order] * 31) / 31


def test_a_thinned_roc_curve_keeps_its_area(many: tuple[Truth, Probabilities]) -> None:
    roc = curves(*many)["roc"]
    assert len(roc["fpr"]) == len(roc["tpr"]) == MOST_POINTS
    assert auc(roc["fpr"], roc["tpr"]) == pytest.approx(roc_auc_score(*many), abs=1e-3)


def test_a_roc_curve_rises_from_0_to_1(many: tuple[Truth, Probabilities]) -> None:
    for rates in curves(*many)["roc"].values():
        assert (rates[0], rates[-1]) == (0, 1)
        assert rates == sorted(rates)


def test_a_roc_curve_of_a_few_pictures_is_their_corners() -> None:
    positive = np.array([False, True, False, True])
    roc = curves(positive, np.array([0.1, 0.4, 0.6, 0.9]))["roc"]
    assert roc == {"fpr": [0, 0, 0.5, 0.5, 1], "tpr": [0, 0.5, 0.5, 1, 1]}


@pytest.mark.parametrize("kind", [True, False])
def test_pictures_of_one_kind_have_no_roc_curve(kind: bool) -> None:
    found = curves(np.array([kind, kind]), np.array([0.2, 0.7]))
    assert found["roc"] == {"fpr": [], "tpr": []}
    assert [one["share"] for one in found["reliability"]] == [float(kind)] * 2


def test_bins_hold_equal_numbers_and_all_pictures(many: tuple[Truth, Probabilities]) -> None:
    assert [one["n"] for one in curves(*many)["reliability"]] == [4000 // MOST_BINS] * MOST_BINS


def test_a_bin_tells_its_mean_probability_and_its_share_of_positives() -> None:
    positive = np.arange(16) % 4 == 0
    first = curves(positive, np.arange(16) / 20)["reliability"][0]
    assert first == {"mean": 0.025, "share": 0.5, "n": 2}


def test_pictures_of_equal_probability_are_never_divided(
    integers: tuple[Truth, Probabilities],
) -> None:
    positive, probabilities = integers
    bins = curves(positive, probabilities)["reliability"]
    assert sum(one["n"] for one in bins) == len(positive)
    ends = np.cumsum([one["n"] for one in bins])[:-1]
    ascending = np.sort(probabilities)
    assert (ascending[ends - 1] < ascending[ends]).all()


def test_curves_do_not_depend_on_the_order_of_the_pictures(
    integers: tuple[Truth, Probabilities],
) -> None:
    positive, probabilities = integers
    order = np.random.default_rng(1).permutation(len(positive))
    assert curves(positive[order], probabilities[order]) == curves(positive, probabilities)


def test_one_probability_for_all_pictures_is_one_bin() -> None:
    found = curves(np.array([True, False, True, True]), np.full(4, 0.3))
    assert found["reliability"] == [{"mean": 0.3, "share": 0.75, "n": 4}]


def test_curves_are_json_with_four_digits(many: tuple[Truth, Probabilities]) -> None:
    found = curves(*many)
    assert json.loads(json.dumps(found)) == found
    numbers = [*found["roc"]["tpr"], *(one["mean"] for one in found["reliability"])]
    assert all(number == round(number, 4) for number in numbers)
