"""A broker that is away for long while events come, and a run that dies meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trucksight.runtime.events import Event, Origin
from trucksight.runtime.sinks.spool import Spool

Waiting = Callable[[Path], list[tuple[int, str]]]


def test_all_events_of_two_runs_arrive_in_order_after_the_broker_was_away(
    start: Callable[..., Any],
    two_events_a_second: tuple[str, ...],
    broker: Any,
    listener: Any,
    waiting: Waiting,
    until: Callable[..., None],
    tmp_path: Path,
) -> None:
    spool = tmp_path / "spool"
    options = (
        *two_events_a_second,
        *("--mqtt", f"mqtt://127.0.0.1:{broker.port}/gate", "--spool", spool, "--quiet"),
    )
    first = start(*options)
    until(lambda: broker.memory.exists() and b"listener" in broker.memory.read_bytes())
    first.until(lambda: len(listener.ids()) >= 2, "the first events")
    broker.kill()
    away = len(first.events)
    first.until(lambda: len(first.events) >= away + 4, "events")
    first.until(lambda: waiting(spool)[-1][1] == first.event_ids()[-1], "the spool")
    first.kill()
    assert len(waiting(spool)) >= 4

    second = start(*options)
    second.until(lambda: len(second.events) >= 3, "events of the new run")
    broker.start()
    second.until(lambda: len(listener.ids()) >= len(first.events) + 4, "the delivery")
    second.stop()
    until(lambda: listener.ids()[-1] == second.event_ids()[-1], "the last event")
    assert listener.ids() == first.event_ids() + second.event_ids()
    assert len(listener.events) <= len(listener.ids()) + 1, "only the one on its way comes twice"
    assert waiting(spool) == []


def test_what_a_long_night_has_left_is_delivered_before_what_is_new(
    start: Callable[..., Any],
    two_events_a_second: tuple[str, ...],
    broker: Any,
    listener: Any,
    until: Callable[..., None],
    tmp_path: Path,
) -> None:
    origin = Origin("night", "fake", "fake", "0" * 64)
    night = [Event(number, 0.5, 1.25, 0.875, 8, 1, origin) for number in range(1, 501)]
    spool = Spool(tmp_path / "spool/mqtt", 16_000_000)
    for event in night:
        spool.put(json.dumps(event.as_json()).encode())
    spool.close()
    run = start(
        *two_events_a_second,
        *("--mqtt", f"mqtt://127.0.0.1:{broker.port}/gate", "--spool", tmp_path / "spool"),
        "--quiet",
    )
    run.until(lambda: len(listener.ids()) >= len(night) + 1, "the delivery")
    document = run.stop()
    until(lambda: listener.ids()[-1] == run.event_ids()[-1], "the last event")
    assert listener.ids() == [event.as_json()["id"] for event in night] + run.event_ids()
    assert document["deliveries"].popitem()[1]["sent"] == len(night) + len(run.events)
