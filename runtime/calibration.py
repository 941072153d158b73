"""From an engine's score to a probability, the same way in export and on the board."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Calibration:
    """From an engine's score to a probability: sigmoid(slope * logit(clipped score) + offset).

    Slope 1 and offset 0 leave the score as it is, unclipped (Platt scaling; with offset 0,
    temperature).
    """

    slope: float = 1.0
    """Above 0, so that the order of scores is kept."""
    offset: float = 0.0
    clip: float = 1e-7
    """Scores nearer to 0 or 1 than this count as this near; about half a step of the output."""

    def __call__(self, score: float) -> float:
        """Calibrated probability, in [0, 1], of a raw score in [0, 1]."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return min(max(score, 0.0), 1.0)
        clipped = min(max(score, self.clip), 1 - self.clip)
        logit = self.slope * math.log(clipped / (1 - clipped)) + self.offset
        if logit >= 0:
            return 1 / (1 + math.exp(-logit))
        odds = math.exp(logit)
        return odds / (1 + odds)

    def score_at(self, probability: float) -> float:
        """The raw score that is calibrated to a probability strictly between 0 and 1."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return probability
        logit = (math.log(probability / (1 - probability)) - self.offset) / self.slope
        return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0

    def array(self, scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of an array of raw scores, of the same shape.

        It calls the scalar function for each, because NumPy's logarithm may differ from it in the
        last digit: a threshold chosen among these probabilities must meet them on the board.
        """
        flat = map(self, scores.ravel().tolist())
        return np.fromiter(flat, np.float64, scores.size).reshape(scores.shape)
