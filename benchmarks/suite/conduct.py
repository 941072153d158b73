"""Measuring cells by fresh processes, and what their durations come to."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone

import numpy as np

from trucksight.runtime import Bundle

from ..json_shape import shaped
from .board import read_board
from .child import PROTOCOL, Task
from .pictures import PictureSet
from .results import Absent, Accuracy, Cell, Measured, Process, Regime, Results
from .rounds import Amount, ChildError, Refused, Rounds, Tell
from .steady import drift
from .validity import invalid_of

CHILD = "trucksight.benchmarks.suite.child"
GIVE_UP_S = 600.0
FALSE_DRIFTS = 0.01
"""Share of cells without a drift that may be called drifting."""
LEAST_ALARMS = 0.0006
"""For one series; the permutations behind it can tell no less."""


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
    tell: Tell = lambda what, done, of: None,
) -> Results:
    """Measure every cell, in rounds whose order the seed of the pictures shuffles.

    A cell whose engine refuses or crashes is left out and listed as absent. One that only does not
    keep the rate of the paced regime, in any of its processes, is measured back to back, and a note
    says so. Processes during which the machine was disturbed are measured again, see `rounds`, and
    set aside where their cell has all it needs without them.

    Args:
        bundle: what is measured.
        cells: at least one.
        absent: what is known to be absent.
        pictures: what is decided on.
        amount: how much.
        tell: see `Tell`.

    Raises:
        ChildError: no cell is left.
    """
    rounds = Rounds(
        cells,
        amount,
        lambda cell, regime: measure_once(bundle, cell, regime, pictures, amount),
        np.random.default_rng(pictures.about.seed),
        tell,
    )
    rounds.run()
    if len(rounds.broken) == len(cells):
        raise ChildError(f"nothing could be measured; {rounds.broken[cells[0]]}")
    refused = rounds.refused.items()
    partly = {turn: why for turn, why in refused if rounds.taken(turn[0])}
    gone = {cell: why for (cell, _), why in refused if not rounds.taken(cell)}
    notes = [f"{cell}, {regime}: {why}" for (cell, regime), why in partly.items()]
    return Results(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        bundle=bundle.name,
        bundle_sha256=bundle.sha256,
        board=read_board(),
        pictures=pictures.about,
        rate_hz=amount.rate_hz,
        measured=[
            _measured(bundle, cell, rounds, pictures) for cell in cells if rounds.taken(cell)
        ],
        absent=[*absent, *(Absent(str(cell), why, None) for cell, why in gone.items())],
        notes=[*notes, *rounds.notes],
    )


def _measured(bundle: Bundle, cell: Cell, rounds: Rounds, pictures: PictureSet) -> Measured:
    """An invalid cell shows all of its processes, so that none of its figures looks better."""
    variant = bundle.variant(cell.variant)
    accepted = variant.certificate["gate"]["accepted"]
    lacking = rounds.lacking(cell)
    processes = rounds.taken(cell) if lacking else rounds.undisturbed(cell)
    return Measured(
        cell=cell,
        engine=rounds.engines[cell],
        model_sha256=variant.sha256,
        model_bytes=variant.size_bytes,
        gate="passed" if accepted is None else f"accepted because {accepted['because']}",
        processes=processes,
        accuracy=_accuracy(bundle, processes, pictures),
        invalid=[*lacking, *invalid_of(processes, _drifts(processes))],
        set_aside=[] if lacking else rounds.disturbed(cell),
    )


def _drifts(processes: list[Process]) -> bool:
    """Back to back; paced, what changes in the intervals between pictures is the program's."""
    series = [one.end_to_end_ns for one in processes if one.regime == "back-to-back"]
    alarms = max(LEAST_ALARMS, FALSE_DRIFTS / max(1, len(series)))
    return any(found.drifts for one in series if (found := drift(one, alarms=alarms)))


def _accuracy(bundle: Bundle, processes: list[Process], pictures: PictureSet) -> Accuracy | None:
    """Of all pictures that some process decided on; all of them give the same verdict."""
    verdicts = max((process.verdicts for process in processes), key=len)
    correct = decided = unknown = 0
    for picture, verdict in zip(pictures.pictures, verdicts, strict=False):
        if picture.label is None:
            continue
        if verdict == "unknown":
            unknown += 1
            continue
        decided += 1
        correct += (verdict == "truck") == (picture.label == bundle.positive)
    return Accuracy(correct, decided, unknown) if decided or unknown else None
