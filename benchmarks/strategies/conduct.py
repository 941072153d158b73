"""A plan from its first row to the outcome; what was trained before is taken as it is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from ...runtime.errors import TrucksightError, UsageError
from ...train.architectures import architecture
from ..suite.board import read_board
from .outcome import Latency, Line, Outcome, Status
from .plan import Plan, Row
from .timing import Converted, costs, latencies
from .training import Workplace, counts, finished, learnt, strategy_of, train_row


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go in one call."""

    minutes: float | None = None
    """No row is begun later than that; None: all are."""
    again: bool = False
    """Train rows anew that were trained before."""


def hold(
    plan: Plan,
    place: Workplace,
    weights: Path | None,
    limits: Limits,
    command: str,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Train, convert and time every row.

    Args:
        plan: the rows.
        place: where runs lie, those of earlier calls too.
        weights: folder of the files that rows name.
        limits: of this call.
        command: what stands in the outcome.
        clock: seconds.

    Raises:
        UsageError: no row was trained, or two were judged by other photographs.
    """
    begun = clock()
    lines = []
    for number, row in enumerate(plan.rows, 1):
        late = limits.minutes is not None and clock() - begun > 60 * limits.minutes
        _say(f"{number} of {len(plan.rows)}, {row.name}")
        lines.append(_trained(row, place, weights, limits.again, late))
        check_one_holdout(lines)
        if lines[-1].why:
            _say(f"{row.name}: {lines[-1].status}: {lines[-1].why}")
    trained = [line.name for line in lines if line.learnt]
    if not trained:
        raise UsageError(f"no row was trained; {lines[0].name}: {lines[0].why}")
    return _measured(plan, place, lines, command)


def check_one_holdout(lines: Sequence[Line]) -> None:
    """Refuse to compare figures of other photographs.

    Raises:
        UsageError: rows were judged by other held-out photographs than other rows.
    """
    rows: dict[str, list[str]] = {}
    for line in lines:
        if line.learnt:
            rows.setdefault(line.learnt.holdout_sha256, []).append(line.name)
    if len(rows) > 1:
        parts = "; ".join(
            f"{', '.join(names)} by {holdout[:12]}" for holdout, names in rows.items()
        )
        raise UsageError(
            f"expected every row to be judged by the same held-out photographs, not {parts}: give"
            " all rows one seed and the same rules for labels and leaks ([every-row]), or"
            " photographs in train/, val/ and test/"
        )


def _trained(row: Row, place: Workplace, weights: Path | None, again: bool, late: bool) -> Line:
    """A row's line without cost and latency."""
    line = _line(row)
    try:
        options = row.with_weights_from(weights)
    except UsageError as exc:
        return replace(line, why=str(exc))
    took = None if again else finished(place, row.name, options)
    if took is None and late:
        return replace(line, why="the time was up; the same command goes on with it")
    try:
        took = took or train_row(place, row.name, options)
    except TrucksightError as exc:
        return replace(line, status="failed", why=_without_places(str(exc), place, weights))
    told, collapsed = learnt(place.run(row.name))
    status: Status = "collapsed" if collapsed else "trained"
    strategy = strategy_of(place.run(row.name))
    return replace(line, status=status, strategy=strategy, took=took, learnt=told)


def _line(row: Row) -> Line:
    """A row that nothing was done for yet."""
    options = row.options.resolved()
    several = len(architecture(options.model).widths) > 1
    return Line(
        name=row.name,
        model=f"{options.model} {options.width}" if several else options.model,
        size_wh=options.size_wh,
        strategy=options.strategy or "auto",
        pretrained=options.weights is not None and options.weights != "none",
        options=options.as_json(),
        status="not run",
        why="",
    )


def _measured(plan: Plan, place: Workplace, lines: Sequence[Line], command: str) -> Outcome:
    """Add costs and latencies to what was trained."""
    models = {line.name: line.learnt.model_sha256 for line in lines if line.learnt}
    _say("converting")
    costed = costs(place, models)
    files = {
        line.name: Converted(place.beside(line.name, "tflite"), line.size_wh)
        for line in lines
        if line.name in costed and not isinstance(costed[line.name], str)
    }
    baseline = plan.baseline if plan.baseline in files else next(iter(files), plan.baseline)
    load = os.getloadavg()[0]
    _say("timing")
    timed = latencies(files, baseline) if files else {}
    return Outcome(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        command=command,
        plan=plan.name,
        board=read_board(),
        versions=dict(place.versions),
        counts=counts(place.run(next(iter(models)))),
        pictures_sha256=place.pictures_sha256,
        baseline=baseline,
        load_timing=round(load, 2),
        lines=tuple(_with(line, costed.get(line.name), timed.get(line.name)) for line in lines),
    )


def _with(line: Line, cost: object, latency: Latency | str | None) -> Line:
    """A line with what could be measured; why not the rest."""
    why = [line.why] if line.why else []
    if isinstance(cost, str):
        why.append(f"no TFLite file: {cost}")
    if isinstance(latency, str):
        why.append(f"not timed: {latency}")
    return replace(
        line,
        why="; ".join(why),
        cost=None if isinstance(cost, str) else cost,  # type: ignore[arg-type]
        latency=None if isinstance(latency, str) else latency,
    )


def _without_places(text: str, place: Workplace, weights: Path | None) -> str:
    """A message with names in place of this machine's folders."""
    named = [(place.folder, "WORK"), *((one, "PHOTOS") for one in place.pictures)]
    if weights:
        named.append((weights, "WEIGHTS"))
    for folder, name in sorted(named, key=lambda pair: -len(str(pair[0].resolve()))):
        text = text.replace(str(folder.resolve()), name).replace(str(folder), name)
    return text


def _say(line: str) -> None:
    print(f"strategies: {line}", file=sys.stderr, flush=True)
