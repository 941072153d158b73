"""The same figures by source, light and size of the truck: where the mean hides a weakness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .bootstrap import CONFIDENCE, drawn, interval
from .facts import LIGHT, SIZES, Facts
from .figures import Figure, replicated, with_interval
from .sample import Sample

KEYS = ("source", "light", "size")
FEWEST = 5
"""A slice of fewer pictures is not shown."""
COMPARED = 20
"""A slice is compared with the rest only where both have so many pictures that count."""
SHOWN = ("accuracy", "recall", "specificity", "roc_auc")

Verdict = Literal["worse", "better", "like the rest", "too few"]


@dataclass(frozen=True, slots=True)
class Slice:
    """The pictures of which one fact is so."""

    key: str
    """One of `KEYS`."""
    name: str
    n: int
    n_positive: int
    values: dict[str, Figure]
    """By the names of `SHOWN`."""
    compared_by: str
    """`accuracy`; `recall` for sizes, which only pictures with a truck have."""
    difference: float | None
    """Of that figure to the other pictures whose fact is known; None: too few."""
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "key": self.key,
            "name": self.name,
            "n": self.n,
            "n_positive": self.n_positive,
            **{name: figure.as_json() for name, figure in self.values.items()},
            "compared_by": self.compared_by,
            "difference": None if self.difference is None else round(self.difference, 6),
            "verdict": self.verdict,
        }


def slices(sample: Sample, facts: Sequence[Facts], seed: int = 0) -> list[Slice]:
    """Every slice of at least `FEWEST` pictures, of the keys that divide the sample.

    A slice is called worse or better where the interval of its difference to the rest, by the same
    bootstrap draws, leaves out 0. The confidence is raised by the number of slices that are
    compared (Bonferroni), so that looking at many finds none by chance.

    Args:
        sample: n pictures.
        facts: (n,) of each.
        seed: of the bootstrap.
    """
    parts = [
        (key, name, mask, rest)
        for key in KEYS
        for name, mask, rest in _parts(key, np.array([one.get(key) or "" for one in facts]))
        if mask.sum() >= FEWEST
    ]
    compared = max(1, sum(_enough(sample, key, mask, rest) for key, _, mask, rest in parts))
    confidence = 1 - (1 - CONFIDENCE) / compared
    return [_slice(sample, *part, confidence, seed) for part in parts]


def _parts(
    key: str, values: npt.NDArray[np.str_]
) -> list[tuple[str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    names = sorted(set(values.tolist()) - {""}, key=_order(key))
    if len(names) < 2:
        return []
    return [(name, values == name, (values != name) & (values != "")) for name in names]


def _order(key: str) -> Any:
    fixed = {"light": list(LIGHT), "size": list(SIZES)}.get(key)
    return (lambda name: fixed.index(name)) if fixed else (lambda name: name)


def _by(key: str) -> str:
    return "recall" if key == "size" else "accuracy"


def _enough(
    sample: Sample, key: str, mask: npt.NDArray[np.bool_], rest: npt.NDArray[np.bool_]
) -> bool:
    counts = sample.positive if key == "size" else np.ones(len(sample), np.bool_)
    return min(int((counts & mask).sum()), int((counts & rest).sum())) >= COMPARED


def _slice(
    sample: Sample,
    key: str,
    name: str,
    mask: npt.NDArray[np.bool_],
    rest: npt.NDArray[np.bool_],
    confidence: float,
    seed: int,
) -> Slice:
    inside, outside, by = sample.part(mask), sample.part(rest), _by(key)
    own: dict[str, list[npt.NDArray[np.float64]]] = {shown: [] for shown in SHOWN}
    apart: list[npt.NDArray[np.float64]] = []
    for weights in drawn(len(sample), sample.groups, seed=seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            found = replicated(inside, weights[:, mask])
            apart.append(found[by] - replicated(outside, weights[:, rest])[by])
        for shown in SHOWN:
            own[shown].append(found[shown])
    values = {shown: with_interval(inside, shown, np.concatenate(own[shown])) for shown in SHOWN}
    difference, verdict = None, "too few"
    if _enough(sample, key, mask, rest):
        ends = interval(np.concatenate(apart), confidence)
        difference = _rate(inside, by) - _rate(outside, by)
        verdict = "like the rest"
        if ends is not None and ends[1] < 0:
            verdict = "worse"
        elif ends is not None and ends[0] > 0:
            verdict = "better"
    hits = int(inside.positive.sum())
    return Slice(key, name, len(inside), hits, values, by, difference, verdict)  # type: ignore[arg-type]


def _rate(sample: Sample, by: str) -> float:
    right = sample.called[sample.positive] if by == "recall" else sample.right
    return float(right.mean())
