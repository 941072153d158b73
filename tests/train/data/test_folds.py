"""Folds against scikit-learn's own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from trucksight.train.data.folds import GroupFolds, drawn_folds


@pytest.mark.parametrize("seed", range(12))
def test_they_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, classes = int(rng.integers(30, 160)), int(rng.integers(2, 5))
    labels = rng.integers(0, classes, n).astype(str)
    groups = rng.integers(0, max(10, n // int(rng.integers(1, 5))), n)
    folds = int(rng.integers(2, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may have fewer members than folds
        theirs = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        expected = [fold.tolist() for _, fold in theirs.split(labels, labels, groups)]
        found = [fold.tolist() for fold in drawn_folds(folds, labels, groups, seed)]
    assert found == expected


def test_scikit_learn_asks_for_the_best_fold_by_the_name_that_is_replaced() -> None:
    asked = []

    class Counting(GroupFolds):  # type: ignore[misc]
        def _find_best_fold(self, **given: object) -> int:
            asked.append(given)
            return int(super()._find_best_fold(**given))

    labels, groups = np.array(list("abab")), np.arange(4)
    list(Counting(2, shuffle=True, random_state=0).split(labels, labels, groups))
    assert len(asked) == 4
