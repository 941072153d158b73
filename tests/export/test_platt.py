"""Each variant gets its own probability and threshold; borrowing another's is not the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.export.platt import fit_platt
from trucksight.runtime.errors import DataError
from trucksight.train.scores.operating_point import OperatingPoint, choose

Floats = npt.NDArray[np.float64]
N = 2000


def sigmoid(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-logits))


@pytest.fixture
def truth() -> npt.NDArray[np.bool_]:
    return np.random.default_rng(1).random(N) < 0.4


@pytest.fixture
def logits(truth: npt.NDArray[np.bool_]) -> Floats:
    """Log-odds of a perfectly calibrated model."""
    noise = np.random.default_rng(2).normal(0, 1.5, N)
    evidence = np.where(truth, 1.2, -1.2) + noise
    return 2 * 1.2 / 1.5**2 * evidence + np.log(0.4 / 0.6)


def test_a_calibrated_model_is_left_nearly_as_it_is(
    truth: npt.NDArray[np.bool_], logits: Floats
) -> None:
    calibration, _ = fit_platt(truth, sigmoid(logits), 1e-7)
    assert calibration.slope == pytest.approx(1, abs=0.12)
    assert calibration.offset == pytest.approx(0, abs=0.15)


def test_over_confidence_and_a_shift_are_undone(
    truth: npt.NDArray[np.bool_], logits: Floats
) -> None:
    calibration, report = fit_platt(truth, sigmoid(3 * logits + 2), 1e-7)
    assert calibration.slope == pytest.approx(1 / 3, abs=0.05)
    assert calibration.array(sigmoid(3 * logits + 2)) == pytest.approx(sigmoid(logits), abs=0.06)
    assert report["log_loss_after"] < report["log_loss_before"]
    assert report["brier_after"] < report["brier_before"]


def test_separable_scores_do_not_become_certainty() -> None:
    truth = np.arange(40) % 2 == 0
    calibration, _ = fit_platt(truth, np.where(truth, 0.9, 0.1), 1e-7)
    assert 0.9 < calibration(0.9) < 0.99


def test_scores_that_fall_as_the_truth_rises_stay_as_they_are(
    truth: npt.NDArray[np.bool_], logits: Floats
) -> None:
    calibration, _ = fit_platt(truth, sigmoid(-logits), 1e-7)
    assert (calibration.slope, calibration.offset) == (1.0, 0.0)


def test_one_score_for_all_stays_as_it_is(truth: npt.NDArray[np.bool_]) -> None:
    calibration, _ = fit_platt(truth, np.full(N, 0.3), 1e-7)
    assert calibration(0.3) == 0.3


def test_one_kind_alone_calibrates_nothing() -> None:
    with pytest.raises(DataError, match="positive class and others"):
        fit_platt(np.ones(9, bool), np.full(9, 0.5), 1e-7)


def test_sharing_the_float_threshold_with_int8_is_not_the_same_thing(
    truth: npt.NDArray[np.bool_], logits: Floats
) -> None:
    """Quantising shifts the logits by one and rounds the output to 256 levels."""
    half = slice(0, N, 2), slice(1, N, 2)
    source = sigmoid(logits)
    int8 = np.round(sigmoid(logits - 1.0) * 256).clip(0, 255) / 256
    point = OperatingPoint.parse("recall=0.95")
    shared = choose(truth[half[0]], source[half[0]], point).value
    own = choose(truth[half[0]], int8[half[0]], point).value

    def recall(scores: Floats, threshold: float) -> float:
        judged = half[1]
        return float(np.mean(scores[judged][truth[judged]] >= threshold))

    assert recall(source, shared) == pytest.approx(0.95, abs=0.025)
    assert recall(int8, own) == pytest.approx(0.95, abs=0.025)
    assert recall(int8, shared) < 0.90
