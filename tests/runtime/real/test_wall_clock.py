"""The wall clock of a running computer is set by an hour, forwards and backwards."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOUR_S = 3600
Waiting = Callable[[Path], list[tuple[int, str]]]


def test_decisions_go_on_and_events_keep_their_order_over_jumps_both_ways(
    start: Callable[..., Any],
    two_events_a_second: tuple[str, ...],
    wall_clock: Any,
    broker: Any,
    listener: Any,
    waiting: Waiting,
    until: Callable[..., None],
    tmp_path: Path,
) -> None:
    spool = tmp_path / "spool"
    options = (
        *two_events_a_second,
        *("--mqtt", f"mqtt://127.0.0.1:{broker.port}/gate", "--spool", spool),
        *("--rotate-mb", "0.01", "--quiet"),
    )
    run = start(*options, environment=wall_clock.environment)
    run.until(lambda: len(listener.ids()) >= 2, "the first events")
    broker.kill()

    def spools(more: int) -> None:
        before = run.event_ids()[-1]
        run.until(lambda: count_after(run.event_ids(), before) >= more, "events")

    spools(2)
    for shift_s in (HOUR_S, -HOUR_S):
        wall_clock.set(shift_s)
        spools(2)
    run.until(lambda: waiting(spool) and waiting(spool)[-1][1] == run.event_ids()[-1], "the spool")
    keys = [key for key, _ in waiting(spool)]
    assert [name for _, name in waiting(spool)] == run.event_ids()[-len(keys) :]
    steps = [(b - a) / 1e9 for a, b in itertools.pairwise(keys)]
    assert sum(step > HOUR_S - 60 for step in steps) == 1, "the clock did not jump"
    assert min(steps) < 1e-6, "the clock did not jump back"

    run.kill()
    again = start(*options, environment=wall_clock.environment)
    again.until(lambda: again.events, "an event of the new run")
    broker.start()
    again.until(lambda: len(listener.ids()) >= len(run.events) + 2, "the delivery")
    document = again.stop()
    until(lambda: listener.ids()[-1] == again.event_ids()[-1], "the last event")
    assert listener.ids() == run.event_ids() + again.event_ids()
    assert [counts["dropped"] for counts in document["deliveries"].values()] == [0]
    check_pace(run)
    check_events(run)


def count_after(ids: list[str], known: str) -> int:
    return len(ids) - 1 - ids.index(known)


def check_pace(run: Any) -> None:
    """The camera's frames were decided on at their time, and their lines rotated."""
    lines = [json.loads(line) for line in run.history(run.decisions_path).splitlines()[:-1]]
    assert len(lines) > len(run.decisions), "nothing was rotated"
    numbers = [line["sequence"] for line in lines]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 0.9 * numbers[-1], "too many were superseded"
    gaps_s = [b["media_s"] - a["media_s"] for a, b in itertools.pairwise(lines)]
    assert min(gaps_s) > 0
    assert max(gaps_s) < 1
    ages_ms = sorted(line["age_ms"] for line in lines)
    assert ages_ms[0] >= 0
    assert ages_ms[int(0.99 * len(ages_ms))] < 1000


def check_events(run: Any) -> None:
    """None is missing, torn, merged or negative."""
    events = run.events
    assert [event["event"] for event in events] == list(range(1, len(events) + 1))
    for event in events:
        assert re.fullmatch(r"[0-9a-f]{12}-[0-9]+", event["id"])
        assert 0 <= event["end_s"] - event["start_s"] < 1
