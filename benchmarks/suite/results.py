"""What a measurement leaves: every single duration, the machine, and what was not measured and why.

Tables, pages and comparisons are made of a `Results` alone. It is kept as JSON; whatever is derived
from the durations (percentiles, intervals) is computed when it is shown.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ..json_shape import shaped

SCHEMA = "trucksight-bench"
SCHEMA_VERSION = 2

Regime = Literal["back-to-back", "paced"]
"""Back to back: the next picture when the last one is decided on. Paced, an open loop: at the rate
of a camera, whether the last one is decided on or not; its time counts from when it was due."""
REGIMES: tuple[Regime, ...] = get_args(Regime)

Stage = Literal["decode", "preprocess", "infer", "decide"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which a picture passes them: encoded bytes to pixels, checks and model input, the
engine, scores to a verdict. End to end is from the first to the last; paced, from when the picture
was due."""

Part = Literal["import", "load", "verify", "first"]
PARTS: tuple[Part, ...] = get_args(Part)
"""Of a cold start: Python and packages, bundle and engine, golden pictures, the first decision."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One way to run a bundle."""

    variant: str
    backend: str
    threads: int

    def __str__(self) -> str:
        return f"{self.variant} on {self.backend}, {self.threads} thread{'s'[: self.threads > 1]}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """A machine at one moment; None is unknown."""

    megahertz: tuple[float, ...]
    """Of each processor that tells it."""
    governors: tuple[str, ...]
    celsius: dict[str, float]
    """By name of the zone."""
    throttled: int | None
    """A Raspberry Pi's bits, see `Machine.throttled`."""
    load_1min: float | None
    steal_s: float | None
    """Processor time that the hypervisor gave to others since the machine started, seconds."""
    busy_s: float | None
    """Processor time that was used by anybody since the machine started, seconds."""
    idle_s: float | None
    at_s: float
    """Monotonic."""
    trip_celsius: dict[str, float] = field(default_factory=dict)
    """By name of the zone, from where on the kernel slows the machine down."""


@dataclass(frozen=True, slots=True)
class Process:
    """What one fresh process measured; each list has one duration a picture, nanoseconds.

    Pictures that were unknown before the engine saw them have theirs in `unknown_ns` alone.
    """

    regime: Regime
    stages_ns: dict[Stage, list[int]]
    end_to_end_ns: list[int]
    warm_up_ns: list[int]
    """End to end, of the pictures before; not part of the others."""
    steady: bool
    """Whether the warm-up ended because the durations had settled, not because it took too long."""
    cold_ns: dict[Part, int]
    first_decision_ns: int
    """From the start of the process, as whoever started it counts, to the first decision."""
    peak_mib: float
    """Largest resident memory."""
    cpu_ms: float
    """Processor time a picture, unknown ones too, all threads, warm-up and start left out."""
    verdicts: list[str]
    """Of the pictures, in their order; fewer where it has not come to the last one."""
    before: Conditions
    after: Conditions
    energy_j: float | None = None
    """Of the whole board or package in the measured time; None: not measured."""
    energy_source: str | None = None
    unknown_ns: list[int] = field(default_factory=list)
    """End to end, of the measured pictures that never reached the engine: blank, unreadable."""

    @property
    def pictures(self) -> int:
        """That were measured, unknown ones too."""
        return len(self.end_to_end_ns) + len(self.unknown_ns)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What a machine did while something was measured; never told from its durations."""

    what: str
    """In two or three words."""
    words: str
    """A sentence with the figure and the limit."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A process during which the machine was disturbed; no figure of its cell is made of it."""

    process: Process
    because: list[Disturbance]
    """One or more."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of the verdicts of the same run."""

    correct: int
    decided: int
    """Pictures with a label on which a verdict was truck or no truck."""
    unknown: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One cell, measured by several processes."""

    cell: Cell
    engine: str
    """Engine, version and, where it is another than the processor, provider in effect."""
    model_sha256: str
    model_bytes: int
    gate: str
    """The certificate's word: passed, or accepted because..."""
    processes: list[Process]
    accuracy: Accuracy | None
    """None where no picture has a label."""
    invalid: list[str] = field(default_factory=list)
    """Why the durations say nothing about this machine; empty where they do."""
    set_aside: list[SetAside] = field(default_factory=list)
    """Measured besides `processes`, which have their places."""


@dataclass(frozen=True, slots=True)
class Absent:
    """What was not measured."""

    what: str
    """An engine, or a cell."""
    why: str
    cure: str | None
    """The command that would bring it; None: nothing on this machine would."""


@dataclass(frozen=True, slots=True)
class Board:
    """The machine, as it stays."""

    board: str | None
    processor: str | None
    architecture: str
    features: tuple[str, ...]
    cpus: int
    memory_mib: int | None
    kernel: str
    versions: dict[str, str]
    """Of Python and of the packages that matter, by name."""

    @property
    def key(self) -> str:
        """The same for machines of one kind; versions do not matter."""
        return (
            f"{self.board or 'unknown board'}, {self.processor or self.architecture}, {self.cpus}"
        )


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was decided on."""

    source: str
    count: int
    sha256: str
    """Of all encoded pictures in their order."""
    seed: int
    sizes_wh: tuple[tuple[int, int], ...]
    """Each once."""


@dataclass(frozen=True, slots=True)
class Results:
    """A whole measurement."""

    created: str
    """UTC, ISO 8601."""
    bundle: str
    bundle_sha256: str
    """Of bundle.json, which has the hashes of all other files."""
    board: Board
    pictures: Pictures
    rate_hz: float
    """Of the paced regime."""
    measured: list[Measured]
    absent: list[Absent]
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """A document that `read` understands."""
        return {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read a file that was written from `as_json`.

        Raises:
            UsageError: it cannot be read, or is something else.
        """
        from trucksight.runtime.errors import UsageError

        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise UsageError(f"{path} is no benchmark result: {exc}") from exc
        if not isinstance(document, dict) or document.pop("schema", None) != SCHEMA:
            raise UsageError(f"{path} is no benchmark result; write one with: trucksight bench")
        version = document.pop("schema_version", None)
        if version != SCHEMA_VERSION:
            raise UsageError(
                f"{path} has version {version!r}; this program reads {SCHEMA_VERSION}: measure anew"
            )
        try:
            return shaped(cls, document)
        except (TypeError, ValueError, KeyError) as exc:
            raise UsageError(f"{path} is damaged: {exc}") from exc
