"""Which class is looked for, and in which order the model gives them."""

from __future__ import annotations

from collections.abc import Sequence

from ...runtime.errors import DataError

POSITIVE = "truck"
NEGATIONS = ("no_", "not_", "no-", "not-")


def choose_positive(labels: Sequence[str], wanted: str | None = None) -> tuple[str, str]:
    """The positive class and why it is that one.

    Args:
        labels: class names.
        wanted: what the caller asks for; None: `truck`, else the name whose negation (`no_NAME`,
            `not_NAME`) is another class, else the last in alphabetical order.

    Raises:
        DataError: `wanted` is no class.
    """
    if wanted is not None:
        if wanted not in labels:
            raise DataError(f"no class {wanted!r}; there are: {', '.join(sorted(labels))}")
        return wanted, "as asked"
    if POSITIVE in labels:
        return POSITIVE, "a folder bears that name"
    for label in sorted(labels):
        for negation in NEGATIONS:
            if negation + label in labels:
                return label, f"its counterpart is {negation + label}"
    return max(labels), "the last in alphabetical order; --positive chooses another"


def output_order(labels: Sequence[str], positive: str) -> tuple[str, ...]:
    """Two classes: (negative, positive), for a sigmoid; more: sorted, for a softmax."""
    ordered = sorted(labels)
    if len(ordered) == 2:
        ordered.sort(key=lambda label: label == positive)
    return tuple(ordered)
