"""Has the model learned to say one thing whatever it sees?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .metrics import decide

NARROW = 0.01
"""A spread of scores (1st to 99th percentile) under this is as good as constant."""


def collapsed(
    scores: npt.NDArray[np.floating],
    labels: tuple[str, ...],
    positive: str,
    threshold: float,
    learning_rate: float,
) -> str | None:
    """A sentence with advice if the model collapsed, else None.

    Args:
        scores: (n, labels) on the select split.
        labels: names in output order.
        positive: the label that is looked for.
        threshold: the run's.
        learning_rate: what it was trained with.
    """
    index = labels.index(positive)
    advice = f"; train again with a lower --learning-rate (it was {learning_rate:g})"
    if not np.isfinite(scores).all():
        return f"collapsed: the scores are not numbers{advice}"
    low, high = np.percentile(scores[:, index], [1, 99])
    if high - low < NARROW:
        return (
            f"collapsed: every picture scores nearly the same ({low:.4f} to {high:.4f} for"
            f" {positive}){advice} or another --seed"
        )
    answers = set(decide(scores, index, threshold).tolist())
    if len(answers) == 1:
        return f"collapsed: every picture is called {labels[answers.pop()]}{advice}"
    return None
