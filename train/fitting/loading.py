"""The pictures of a split for a network, decoded no more often than need be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract
from ..data.dataset import Dataset
from ..scores.metrics import truth_of
from ..scores.scoring import load_pixels
from .stages import Labelled


def load_labelled(
    data: Dataset, split: str, labels: tuple[str, ...], contract: InputContract
) -> Labelled:
    """One split; its pictures are those that the data set keeps, or read when they are asked for.

    Args:
        data: split; what it keeps was made for the same contract.
        split: train, select or holdout.
        labels: in output order.
        contract: the model's input.
    """
    examples = data.of(split)
    truth: npt.NDArray[np.int64] = truth_of([one.label for one in examples], labels)
    hashes = tuple(one.sha256 for one in examples)
    if data.pixels is not None:
        return Labelled(data.pixels.rows(examples), truth, hashes)
    return Labelled(lambda: load_pixels(examples, contract), truth, hashes)
