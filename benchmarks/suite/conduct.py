"""Measuring cells by fresh processes, in turn, so that a slow minute meets all of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

import numpy as np

from trucksight.runtime import Bundle
from trucksight.runtime.errors import TrucksightError

from ..json_shape import shaped
from .board import read_board
from .child import PROTOCOL, Task
from .pictures import PictureSet
from .results import REGIMES, Absent, Accuracy, Cell, Measured, Process, Regime, Results
from .steady import drift
from .validity import invalid_of

CHILD = "trucksight.benchmarks.suite.child"
REFUSED = 3
"""Exit status of a child whose engine does not do it."""
GIVE_UP_S = 600.0
FALSE_DRIFTS = 0.01
"""Share of cells without a drift that may be called drifting."""
LEAST_ALARMS = 0.0006
"""For one series; the permutations behind it can tell no less."""


class ChildError(TrucksightError):
    """A measuring process ended without an answer."""


class Refused(TrucksightError):
    """The engine does not load the variant, or does not keep the rate."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    processes: int = 3
    """Fresh ones a cell and regime."""
    count: int = 125
    """Decisions of each after its warm-up. Three times that bounds a 99th percentile, see
    `percentiles`."""
    paced_count: int = 125
    warm_up_least: int = 20
    warm_up_most: int = 100
    rate_hz: float = 30.0
    """Of the paced regime."""
    regimes: tuple[Regime, ...] = REGIMES


QUICK = Amount(count=45, paced_count=30, warm_up_least=10, warm_up_most=30)
"""Bounds a 95th percentile, not a 99th."""


def measure_once(
    bundle: Bundle,
    cell: Cell,
    regime: Regime,
    pictures: PictureSet,
    amount: Amount,
    python: str = sys.executable,
) -> tuple[str, Process]:
    """Measure one cell in one fresh process.

    Returns:
        The engine in effect, and the measurement.

    Raises:
        Refused: the engine does not do it; says why.
        ChildError: the process broke, hangs, or is of another version.
    """
    task = Task(
        bundle=str(bundle.path),
        variant=cell.variant,
        backend=cell.backend,
        threads=cell.threads,
        regime=regime,
        pictures=[str(picture.path) for picture in pictures.pictures],
        count=amount.count if regime == "back-to-back" else amount.paced_count,
        warm_up_least=amount.warm_up_least,
        warm_up_most=amount.warm_up_most,
        rate_hz=amount.rate_hz,
    )
    command = [python, "-m", CHILD, str(time.monotonic_ns())]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(task)),
            capture_output=True,
            text=True,
            timeout=GIVE_UP_S,
        )
    except subprocess.TimeoutExpired:
        raise ChildError(f"{cell}: no answer within {GIVE_UP_S:g} s") from None
    except OSError as exc:
        raise ChildError(f"{python} cannot be started: {exc.strerror}") from exc
    answer = _answer(done.stdout)
    if answer.get("protocol") != PROTOCOL:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ChildError(f"{cell}: {python} gave no answer of protocol {PROTOCOL}: {last}")
    if "refused" in answer:
        raise Refused(str(answer["refused"]))
    return str(answer["engine"]), shaped(Process, answer["process"])


def _answer(text: str) -> dict[str, object]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def measure_all(
    bundle: Bundle,
    cells: Sequence[Cell],
    absent: Sequence[Absent],
    pictures: PictureSet,
    amount: Amount,
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> Results:
    """Measure every cell, in rounds whose order the seed of the pictures shuffles.

    A cell whose engine refuses or crashes is left out and listed as absent. One that only does not
    keep the rate of the paced regime, in any of its processes, is measured back to back, and a note
    says so.

    Args:
        bundle: what is measured.
        cells: at least one.
        absent: what is known to be absent.
        pictures: what is decided on.
        amount: how much.
        tell: called before each process with words, its number from 0 and their number.

    Raises:
        ChildError: no cell is left.
    """
    rng = np.random.default_rng(pictures.about.seed)
    turns = [
        (cells[index], regime)
        for _ in range(amount.processes)
        for regime in amount.regimes
        for index in rng.permutation(len(cells))
    ]
    engines: dict[Cell, str] = {}
    processes: dict[Cell, list[Process]] = {cell: [] for cell in cells}
    refused: dict[tuple[Cell, Regime], str] = {}
    broken: dict[Cell, str] = {}
    for number, (cell, regime) in enumerate(turns):
        if (cell, regime) in refused:
            continue
        tell(f"{cell}, {regime.replace('-', ' ')}", number, len(turns))
        try:
            engines[cell], process = measure_once(bundle, cell, regime, pictures, amount)
        except ChildError as exc:
            # A crash spoils its own cell, not the hours of the others.
            broken[cell] = str(exc)
            refused.update(dict.fromkeys([(cell, each) for each in amount.regimes], broken[cell]))
            processes[cell] = []
        except Refused as exc:
            refused[cell, regime] = str(exc)
            # What its other processes did would pass for all of them.
            processes[cell] = [one for one in processes[cell] if one.regime != regime]
        else:
            processes[cell].append(process)
    partly = {key: why for key, why in refused.items() if processes[key[0]]}
    gone = {cell: why for (cell, _), why in refused.items() if not processes[cell]}
    if len(broken) == len(cells):
        raise ChildError(f"nothing could be measured; {broken[cells[0]]}")
    notes = [f"{cell}, {regime}: {why}" for (cell, regime), why in partly.items()]
    return Results(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        bundle=bundle.name,
        bundle_sha256=bundle.sha256,
        board=read_board(),
        pictures=pictures.about,
        rate_hz=amount.rate_hz,
        measured=[
            _measured(bundle, cell, engines[cell], processes[cell], pictures)
            for cell in cells
            if processes[cell]
        ],
        absent=[*absent, *(Absent(str(cell), why, None) for cell, why in gone.items())],
        notes=notes,
    )


def _measured(
    bundle: Bundle, cell: Cell, engine: str, processes: list[Process], pictures: PictureSet
) -> Measured:
    variant = bundle.variant(cell.variant)
    accepted = variant.certificate["gate"]["accepted"]
    return Measured(
        cell=cell,
        engine=engine,
        model_sha256=variant.sha256,
        model_bytes=variant.size_bytes,
        gate="passed" if accepted is None else f"accepted because {accepted['because']}",
        processes=processes,
        accuracy=_accuracy(bundle, processes, pictures),
        invalid=invalid_of(processes, _drifts(processes)),
    )


def _drifts(processes: list[Process]) -> bool:
    """Back to back; paced, what changes in the intervals between pictures is the program's."""
    series = [one.end_to_end_ns for one in processes if one.regime == "back-to-back"]
    alarms = max(LEAST_ALARMS, FALSE_DRIFTS / max(1, len(series)))
    return any(found.drifts for one in series if (found := drift(one, alarms=alarms)))


def _accuracy(bundle: Bundle, processes: list[Process], pictures: PictureSet) -> Accuracy | None:
    """Of all pictures that some process decided on; all of them give the same verdict."""
    verdicts: dict[str, str] = {}
    for process in processes:
        verdicts |= process.verdicts
    correct = decided = unknown = 0
    for picture in pictures.pictures:
        verdict = verdicts.get(str(picture.path))
        if picture.label is None or verdict is None:
            continue
        if verdict == "unknown":
            unknown += 1
            continue
        decided += 1
        correct += (verdict == "truck") == (picture.label == bundle.positive)
    return Accuracy(correct, decided, unknown) if decided or unknown else None
