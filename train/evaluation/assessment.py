"""A sample assessed: figures with intervals, labels, slices, mistakes, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .conclusion import Background, Conclusion
from .conclusions import conclude
from .facts import Facts
from .figures import Figures, figures
from .learning import Learning
from .mistakes import Mistake, worst
from .per_class import OfLabel, per_class
from .sample import Sample
from .slices import Slice, slices

RESAMPLING = (
    "bootstrap over groups of pictures (scene, clip, copies), not stratified; percentiles;"
    " Wilson's interval where a proportion is 0 or 1"
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that is told of a sample."""

    figures: Figures
    per_class: tuple[OfLabel, ...]
    slices: tuple[Slice, ...]
    mistakes: tuple[Mistake, ...]
    """The worst first, at most `mistakes.MOST`."""
    learning: Learning | None
    """None where no training is looked at."""
    conclusions: tuple[Conclusion, ...]

    def as_json(self) -> dict[str, Any]:
        """As report.json holds it, beside what stood there before."""
        return {
            "figures": {**self.figures.as_json(), "resampling": RESAMPLING},
            "per_class": [one.as_json() for one in self.per_class],
            "slices": [one.as_json() for one in self.slices],
            "mistakes": [one.as_json() for one in self.mistakes],
            "learning": self.learning.as_json() if self.learning else None,
            "conclusions": [one.as_json() for one in self.conclusions],
        }


def assess(
    sample: Sample, facts: Sequence[Facts], background: Background, seed: int = 0
) -> Assessment:
    """Assess a sample.

    Args:
        sample: at least one picture.
        facts: (n,) of each.
        background: what is known besides.
        seed: of the bootstrap.
    """
    found = figures(sample, seed)
    parts = slices(sample, facts, seed)
    return Assessment(
        figures=found,
        per_class=tuple(per_class(sample, seed)),
        slices=tuple(parts),
        mistakes=tuple(worst(sample)),
        learning=background.learning,
        conclusions=tuple(conclude(sample, found, parts, background, seed)),
    )
