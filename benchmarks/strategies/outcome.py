"""What a plan came to: all that the table and the plot are made of, kept as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ...train.evaluation.figures import Figure
from ..paired import Ratio
from ..suite.results import Board

Status = Literal["trained", "collapsed", "failed", "not run"]
"""Collapsed: trained, and says one thing whatever it sees."""


@dataclass(frozen=True, slots=True)
class Took:
    """What the process of one training took, from its start to its end."""

    began: str
    """UTC, ISO 8601."""
    wall_s: float
    cpu_s: float
    """Processor time of all its threads, user and system."""
    peak_mib: float
    """Largest resident memory."""
    load_before: float
    load_after: float
    """Average of the last minute, of everything on the machine."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a run says of itself."""

    roc_auc: Figure
    accuracy: Figure
    """At the threshold that was chosen on the select split."""
    n: int
    """Held-out photographs."""
    groups: int
    """Independent ones among them."""
    epochs: int
    """Over all stages."""
    holdout_sha256: str
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one picture through the model."""

    parameters: int
    multiply_adds: int
    tflite_bytes: int
    """Of the float32 TFLite file."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one picture through the float32 TFLite file, LiteRT, one thread."""

    median_ms: float
    times_baseline: Ratio
    """Taken in turn with the baseline."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    name: str
    model: str
    """The family, and its width where it has several."""
    size_wh: tuple[int, int]
    """Pixels."""
    strategy: str
    pretrained: bool
    """Whether it began with weights from elsewhere."""
    options: dict[str, Any]
    """All of them; a weights file without its folder."""
    status: Status
    why: str
    """Of a row that was not trained, or not wholly measured; else empty."""
    took: Took | None = None
    learnt: Learnt | None = None
    cost: Cost | None = None
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole plan."""

    created: str
    """UTC, ISO 8601."""
    command: str
    plan: str
    board: Board
    versions: dict[str, str]
    """Of Python and what trains."""
    counts: dict[str, dict[str, int]]
    """Photographs by split and label."""
    pictures_sha256: str
    """Of all of them and of the manifests and annotations beside them: names and contents."""
    baseline: str
    """The row that latencies are told by."""
    load_timing: float
    """Average of the last minute when the latencies were about to be taken."""
    lines: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
