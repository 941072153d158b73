"""The gate: does a variant answer as well as its float source, on pictures that neither has seen?

Both answer the same pictures, so only those count on which they differ: `lost` are right by the
source alone, `won` by the variant alone. A variant passes when the drop in accuracy and the drop in
recall of the positive label are both shown to be at most the tolerance (one-sided 95 % bounds, see
`paired`), fails when one is shown to be more, and is undecided in between: then more pictures are
needed, and how many.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..runtime.errors import UsageError
from .paired import CONFIDENCE, METHOD, drop_bounds

MAX_DROP = 0.02
"""Default tolerance, as a proportion."""
MOST_PICTURES = 10_000_000
"""Where more would be needed, no number is given."""

Verdict = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Right answers of source and variant for the same pictures."""

    n: int
    source: float
    """Share of right answers, in [0, 1]."""
    variant: float
    lost: int
    """Right by the source alone."""
    won: int
    """Right by the variant alone."""
    drop: float
    """Share of the source less share of the variant."""
    lower: float
    """One-sided bounds of the true drop, in [-1, 1]."""
    upper: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Gate:
    """What the comparison came to."""

    verdict: Verdict
    reason: str
    """One sentence."""
    max_drop: float
    accuracy: Comparison
    """Over all pictures and labels."""
    recall: Comparison | None
    """Over the pictures of the positive label; None where there is none."""
    needs_n: int | None
    """Pictures needed for a verdict, at the rates seen so far; None: decided, or not to be had."""
    needs_positive: int | None
    """So many of them of the positive label."""
    accepted: str | None = None
    """Why the variant is let in all the same."""

    def as_json(self) -> dict[str, Any]:
        """The gate as `bundle.json` holds it."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "max_drop": self.max_drop,
            "confidence": CONFIDENCE,
            "method": METHOD,
            "accuracy": asdict(self.accuracy),
            "recall": asdict(self.recall) if self.recall else None,
            "needs_n": self.needs_n,
            "needs_positive": self.needs_positive,
            "accepted": {"because": self.accepted} if self.accepted else None,
        }

    def with_acceptance(self, because: str) -> Gate:
        """The same gate, overridden.

        Raises:
            UsageError: no reason is given.
        """
        if not because.strip():
            raise UsageError("a variant is accepted against its gate only with a reason")
        return replace(self, accepted=" ".join(because.split()))


def gate(
    truth: npt.NDArray[np.int64],
    source: npt.NDArray[np.int64],
    variant: npt.NDArray[np.int64],
    positive: int,
    label: str,
    max_drop: float = MAX_DROP,
) -> Gate:
    """Compare the answers of a variant with those of its source.

    Args:
        truth: (n,) index of the true label; n at least 1.
        source: (n,) answers of the float source.
        variant: (n,) answers of the variant.
        positive: index of the label whose recall counts.
        label: its name.
        max_drop: largest drop that is tolerated, in (0, 1).
    """
    found = truth == positive
    accuracy = compare(source == truth, variant == truth, max_drop)
    recall = (
        compare((source == truth)[found], (variant == truth)[found], max_drop)
        if found.any()
        else None
    )
    parts = {"accuracy": accuracy, f"recall of {label}": recall}
    verdicts = {"undecided" if part is None else part.verdict for part in parts.values()}
    verdict: Verdict = (
        "failed" if "failed" in verdicts else "undecided" if "undecided" in verdicts else "passed"
    )
    needs_n, needs_positive = _needs(accuracy, recall, max_drop)
    if verdict != "undecided":
        needs_n = needs_positive = None
    reason = {
        "passed": lambda: _passed(parts, max_drop),
        "failed": lambda: _failed(parts, max_drop),
        "undecided": lambda: _undecided(parts, max_drop, label, needs_n, needs_positive),
    }[verdict]()
    return Gate(verdict, reason, max_drop, accuracy, recall, needs_n, needs_positive)


def compare(
    source_right: npt.NDArray[np.bool_], variant_right: npt.NDArray[np.bool_], max_drop: float
) -> Comparison:
    """Compare right answers for the same pictures, both (n,), n at least 1."""
    n = len(source_right)
    lost = int(np.sum(source_right & ~variant_right))
    won = int(np.sum(~source_right & variant_right))
    lower, upper = drop_bounds(lost, won, n)
    return Comparison(
        n=n,
        source=float(source_right.mean()),
        variant=float(variant_right.mean()),
        lost=lost,
        won=won,
        drop=(lost - won) / n,
        lower=lower,
        upper=upper,
        verdict="passed" if upper <= max_drop else "failed" if lower > max_drop else "undecided",
    )


def pictures_needed(lost: int, won: int, n: int, max_drop: float) -> int | None:
    """The smallest number of pictures that decides, if lost and won keep their shares.

    Returns:
        None when the drop seen is the tolerance itself, or so near that over `MOST_PICTURES` would
        be needed.
    """
    drop = (lost - won) / n

    def decided(size: int) -> bool:
        lower, upper = drop_bounds(_share(lost, n, size), _share(won, n, size), size)
        return upper <= max_drop if drop < max_drop else lower > max_drop

    if drop == max_drop:
        return None
    low, high = 1, max(n, 2)
    while not decided(high):
        low, high = high, 2 * high
        if high > MOST_PICTURES:
            return None
    while high - low > 1:  # decided() turns once, up to the rounding of the counts
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high


def _share(count: int, n: int, size: int) -> int:
    """`count` in `n`, in `size`: rounded up, so that a loss seen once is never forgotten."""
    return min(size, math.ceil(count * size / n))


def _needs(
    accuracy: Comparison, recall: Comparison | None, max_drop: float
) -> tuple[int | None, int | None]:
    if recall is None:
        return None, None
    share = recall.n / accuracy.n
    total, positive = (
        pictures_needed(part.lost, part.won, part.n, max_drop)
        if part.verdict == "undecided"
        else part.n
        for part in (accuracy, recall)
    )
    if total is None or positive is None:
        return None, None
    n = max(total, math.ceil(positive / share))
    return n, max(positive, math.ceil(n * share))


def _passed(parts: dict[str, Comparison | None], max_drop: float) -> str:
    shown = " and ".join(
        f"{part.upper:.4f} in {name}" for name, part in parts.items() if part is not None
    )
    return f"passed: loses at most {shown} (95 % bounds; {max_drop:g} is tolerated)"


def _failed(parts: dict[str, Comparison | None], max_drop: float) -> str:
    name, part = next(
        (name, part) for name, part in parts.items() if part and part.verdict == "failed"
    )
    return (
        f"failed: {name} drops by {part.drop:.3f}, from {part.source:.3f} to {part.variant:.3f} on"
        f" {part.n} pictures, at least {part.lower:.3f} with 95 % confidence;"
        f" {max_drop:g} is tolerated"
    )


def _undecided(
    parts: dict[str, Comparison | None],
    max_drop: float,
    label: str,
    needs_n: int | None,
    needs_positive: int | None,
) -> str:
    if None in parts.values():
        return f"undecided: none of the pictures is {label}; add some with --gate-data"
    open_parts = [(name, part) for name, part in parts.items() if part]
    name, part = max(open_parts, key=lambda item: item[1].upper)
    left = (
        f"{part.n} pictures leave a drop in {name} of up to {part.upper:.3f} possible"
        f" ({max_drop:g} is tolerated)"
    )
    if needs_n is None:
        return f"undecided: {left}, and the drop seen is so near that no number of them decides"
    return (
        f"undecided: needs n >= {needs_n} ({needs_positive} of them {label}) at the rates seen;"
        f" {left}; add pictures with --gate-data"
    )
