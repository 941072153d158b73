"""How far a figure would move with other pictures of the same kind: the bootstrap (Efron 1979).

What is drawn again is the group (scene, clip, copies), all its pictures with it: pictures of one
scene are not independent, and drawn one by one they would make every interval too narrow (cluster
bootstrap; Davison and Hinkley 1997, section 3.8). Where nothing is known of groups each picture is
its own. Draws are not stratified by class: a group can hold both, and the share of the positive
class is as much an accident of the pictures as the rest. Intervals are percentiles of the
replicates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

REPLICATES = 1000
CONFIDENCE = 0.95
AT_ONCE = 1 << 22
"""Numbers of a block of weights; more replicates than fit are drawn block after block."""
ENOUGH = 0.9
"""Share of the replicates in which a figure must exist for its interval to be told."""

Weights = npt.NDArray[np.float64]
"""(replicates, n): how often each picture was drawn."""


def drawn(
    n: int,
    groups: Sequence[str] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Iterator[Weights]:
    """The replicates, in blocks of bounded size.

    Args:
        n: pictures, at least 1.
        groups: (n,) which group a picture belongs to; None: each is its own.
        replicates: how many in all.
        seed: of the draws.
    """
    names, member = np.unique(list(groups) if groups is not None else range(n), return_inverse=True)
    rng = np.random.default_rng(seed)
    block = max(1, AT_ONCE // n)
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size)
        yield times[:, member].astype(np.float64)


def interval(
    values: npt.NDArray[np.float64], confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Percentile interval of the replicates; None where too few of them have a value.

    Args:
        values: (replicates,), nan where a replicate has none.
        confidence: between 0 and 1.
    """
    there = values[np.isfinite(values)]
    if len(there) < ENOUGH * len(values) or not len(there):
        return None
    beyond = (1 - confidence) / 2
    low, high = np.quantile(there, [beyond, 1 - beyond])
    return float(low), float(high)


def of_means(
    values: npt.NDArray[np.float64], groups: Sequence[str] | None = None, seed: int = 0
) -> tuple[float, float] | None:
    """The interval of a mean over pictures.

    Args:
        values: (n,) finite.
        groups: see `drawn`.
        seed: of the draws.
    """
    blocks = [
        weights @ values / weights.sum(axis=1) for weights in drawn(len(values), groups, seed=seed)
    ]
    return interval(np.concatenate(blocks))
