"""What a contest leaves: every process by itself, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from ..paired import Ratio, ratio
from ..suite.results import Absent

WARM_UP = 10
"""Pictures at the start of each process whose latencies do not count."""
LEAST_FOR_P99 = 368
"""Latencies under which a 99th percentile is not told: the smallest n with 0.99^n <= 0.025, so that
the largest of them bounds a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One process of one contestant."""

    contestant: str
    round: int
    """From 0."""
    decisions: int
    seconds: float
    """From asking for the first picture to the last decision."""
    latencies_ns: list[int]
    """From asking for each picture to its decision."""
    cpu_s: float
    """Processor time of all threads in `seconds`."""
    cold_s: float
    """From the start of the process to its first decision."""
    peak_mib: float
    """Largest resident memory."""

    @property
    def fps(self) -> float:
        return self.decisions / self.seconds

    @property
    def cpu_ms(self) -> float:
        """A decision."""
        return 1e3 * self.cpu_s / self.decisions

    @property
    def p50_ms(self) -> float:
        return median(self.latencies_ns[WARM_UP:] or self.latencies_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Contestant:
    """One that took part."""

    name: str
    ours: bool
    file: str
    """The model file's name; those with the same one are compared by their scores, too."""
    packages: dict[str, str]
    """Version of each package that had to be installed, by name."""
    install_mib: float
    """Of those packages and the model file."""
    difference: float | None
    """Largest difference of its probabilities from ours by the same file, where nothing is left to
    resize or to lose by decoding; None: nothing of ours has the same file."""
    difference_resized: float | None
    """The same on the pictures of the contest, where each resizes and decodes in its own way."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole contest."""

    created: str
    """UTC, ISO 8601."""
    machine: str
    load_1min: float
    """Before it began; more than a few tenths means that others used the machine."""
    threads: int
    pictures: str
    contestants: list[Contestant]
    trials: list[Trial]
    absent: list[Absent]
    notes: list[str]

    def of(self, name: str) -> list[Trial]:
        """The processes of a contestant, one a round."""
        found = [trial for trial in self.trials if trial.contestant == name]
        return sorted(found, key=lambda trial: trial.round)

    def latencies_ms(self, name: str) -> list[float]:
        """Of all its processes, without their warm-up."""
        return [ns / 1e6 for trial in self.of(name) for ns in trial.latencies_ns[WARM_UP:]]

    def value(self, name: str, column: Column) -> float | None:
        """What the table says of a contestant; None where there are too few samples."""
        if column.of_trial:
            return median(column.of_trial(trial) for trial in self.of(name))
        if column is P99:
            latencies = self.latencies_ms(name)
            enough = len(latencies) >= LEAST_FOR_P99
            return float(np.percentile(latencies, 99)) if enough else None
        return next(one.install_mib for one in self.contestants if one.name == name)

    def times_better(self, ours: str, theirs: str, column: Column) -> Ratio | None:
        """How many times better the first is, round by round; over 1 is better.

        None where a column has no value a round.
        """
        if column.of_trial is None:
            return None
        a, b = ([column.of_trial(trial) for trial in self.of(name)] for name in (ours, theirs))
        return ratio(a, b) if column.more_is_better else ratio(b, a)

    def best(self, column: Column, ours: bool) -> str | None:
        """Our best or the best of the peers; None where nobody has a value."""
        values = {
            one.name: value
            for one in self.contestants
            if one.ours is ours and (value := self.value(one.name, column)) is not None
        }
        if not values:
            return None
        return (max if column.more_is_better else min)(values, key=values.__getitem__)

    def as_json(self) -> Mapping[str, Any]:
        """A document with every single duration."""
        return {"schema": "trucksight-peers", "schema_version": 1, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Column:
    """Something in which contestants are compared."""

    title: str
    """With its unit."""
    digits: int
    of_trial: Callable[[Trial], float] | None
    """None: it is no value of a single process."""
    more_is_better: bool = False


P99 = Column("p99, ms", 1, None)
COLUMNS = (
    Column("frames/s", 1, lambda trial: trial.fps, more_is_better=True),
    Column("p50, ms", 1, lambda trial: trial.p50_ms),
    P99,
    Column("CPU, ms/frame", 1, lambda trial: trial.cpu_ms),
    Column("peak, MiB", 0, lambda trial: trial.peak_mib),
    Column("cold start, s", 2, lambda trial: trial.cold_s),
    Column("install, MiB", 0, None),
)
