"""A sentence made from numbers, and what it may rest on besides the sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..scores.metrics import Metrics
from .figures import Figure
from .learning import Learning

Kind = Literal["finding", "warning"]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One sentence."""

    about: str
    """One word: accuracy, ranking, leak, select, errors, probability, size, groups, imbalance,
    slice, learning, seen."""
    kind: Kind
    text: str
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain text."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Background:
    """What is known besides the sample."""

    of: str = "pictures"
    """What the sample is, in words: `held-out pictures`."""
    learning: Learning | None = None
    select: Metrics | None = None
    """On the pictures that epoch and threshold were chosen by."""
    train_counts: Mapping[str, int] | None = None
    """Training pictures by label."""
    seen: int = 0
    """Pictures of the sample that training or its choices have seen."""
    calibrated: bool = False
    """Whether the scores are a bundle's probabilities."""

    @property
    def trust(self) -> str:
        """What to do about scores that are no good as probabilities."""
        if self.calibrated:
            return "export again, with select pictures that are like these"
        return "take the probability of an exported bundle, which is calibrated on select"


def share_words(figure: Figure) -> str:
    """A share and its interval in per cent."""
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.1%}"
    return f"{figure.value:.1%} (95 %: {figure.low:.1%} to {figure.high:.1%})"
