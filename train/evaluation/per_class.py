"""What the answers are worth, label by label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .bootstrap import drawn
from .figures import Figure, replicated, with_interval
from .sample import Sample

NAMES = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class OfLabel:
    """One label against the rest."""

    label: str
    n: int
    """Pictures of it."""
    precision: Figure
    recall: Figure
    f1: Figure

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "label": self.label,
            "n": self.n,
            **{name: getattr(self, name).as_json() for name in NAMES},
        }


def per_class(sample: Sample, seed: int = 0) -> list[OfLabel]:
    """Precision, recall and F1 of every label, in the labels' order."""
    return [_of(replace(sample, index=index), seed) for index in range(len(sample.labels))]


def _of(sample: Sample, seed: int) -> OfLabel:
    blocks = [
        replicated(sample, weights, areas=False)
        for weights in drawn(len(sample), sample.groups, seed=seed)
    ]
    return OfLabel(
        sample.labels[sample.index],
        int(sample.positive.sum()),
        *(
            with_interval(sample, name, np.concatenate([block[name] for block in blocks]))
            for name in NAMES
        ),
    )
