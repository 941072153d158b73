"""Measuring a run or a bundle on labelled pictures, and saying what the figures come to."""

from .evaluating import Evaluation, choose_split, evaluate

__all__ = ["Evaluation", "choose_split", "evaluate"]
