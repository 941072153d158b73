"""One model, Keras source or variant, brought to calibrated answers by the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.bundle import Abstain, Calibration
from ..runtime.decision import Verdict
from ..train.scores.metrics import Metrics, decide, measure
from ..train.scores.operating_point import (
    ChosenThreshold,
    OperatingPoint,
    abstain_band,
    carried_over,
    choose,
)
from .curves import curves
from .pictures import HELD_OUT, PictureSet
from .platt import fit_platt


@dataclass(frozen=True, slots=True)
class Rules:
    """What every model of one export is judged with."""

    labels: tuple[str, ...]
    positive: str
    calibration: PictureSet
    """Fits the probability and chooses the threshold."""
    gate: PictureSet
    """Judges; the run's held-out pictures come first."""
    operating_point: OperatingPoint
    abstain_share: float
    """Share of the calibration pictures nearest to the threshold that get no answer; 0: none."""
    seed: int

    @property
    def index(self) -> int:
        """Column of the positive label."""
        return self.labels.index(self.positive)

    @property
    def held_out(self) -> int:
        """So many of the gate's pictures, the first, were held out by training itself."""
        first = self.gate.parts[0]
        assert first.name == HELD_OUT
        return first.n


@dataclass(frozen=True, slots=True)
class Judged:
    """One model's probabilities, threshold and answers."""

    scores: npt.NDArray[np.float64]
    """(n,) of the positive label on the gate's pictures, not calibrated."""
    calibration: Calibration
    calibration_report: dict[str, Any]
    threshold: ChosenThreshold
    """On the calibrated probability."""
    called: int
    """Calibration pictures that reach it."""
    abstain: Abstain | None
    answers: npt.NDArray[np.int64]
    """(n,) label indices for the gate's pictures."""
    measured: Metrics
    """On the pictures that training held out."""
    curves: dict[str, Any]
    """On the same pictures."""

    @property
    def turning_points(self) -> tuple[float, ...]:
        """Calibrated probabilities at which the verdict changes."""
        return (self.abstain.low, self.abstain.high) if self.abstain else (self.threshold.value,)

    def verdict(self, score: float) -> Verdict:
        """What the board says to a score outside the abstain band."""
        found = self.calibration(float(score)) >= self.threshold.value
        return Verdict.TRUCK if found else Verdict.NO_TRUCK


def judge(
    rules: Rules,
    calibration_scores: npt.NDArray[np.float32],
    gate_scores: npt.NDArray[np.float32],
    clip: float,
    source: Judged | None = None,
) -> Judged:
    """Calibrate, choose the threshold, answer.

    A variant takes over the operating point of its source: see `carried_over`. One that states a
    rate is chosen for each variant, which has to keep the rate itself.

    Args:
        rules: the pictures and what is asked for.
        calibration_scores: (n, labels) of the model for `rules.calibration`.
        gate_scores: (m, labels) for `rules.gate`.
        clip: scores nearer to 0 or 1 than this cannot be told from 0 and 1.
        source: of a variant, its Keras model; None: this is the Keras model.

    Raises:
        DataError: the calibration pictures cannot support the operating point, or the scores rank
            them the wrong way round.
    """
    index = rules.index
    positive = rules.calibration.truth == index
    calibration, report = fit_platt(positive, calibration_scores[:, index], clip)
    probabilities = calibration.array(calibration_scores[:, index])
    threshold = choose(positive, probabilities, rules.operating_point, rules.seed)
    if source is not None and rules.operating_point.rate is None:
        threshold = threshold.at(carried_over(source.threshold.value, source.called, probabilities))
    band = (
        Abstain(*abstain_band(probabilities, threshold.value, rules.abstain_share))
        if rules.abstain_share
        else None
    )
    calibrated = np.array(gate_scores, np.float64)
    calibrated[:, index] = calibration.array(gate_scores[:, index])
    held_out = slice(rules.held_out)
    truth = rules.gate.truth[held_out]
    return Judged(
        scores=np.asarray(gate_scores[:, index], np.float64),
        calibration=calibration,
        calibration_report=report,
        threshold=threshold,
        called=int((probabilities >= threshold.value).sum()),
        abstain=band,
        answers=decide(calibrated, index, threshold.value),
        measured=measure(
            truth, calibrated[held_out], rules.labels, rules.positive, threshold.value
        ),
        curves=curves(truth == index, calibrated[held_out, index]),
    )
