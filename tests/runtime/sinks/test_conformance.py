"""No sink lets a dead peer reach the frame loop, and all may be closed twice."""

from __future__ import annotations

import contextlib
import io
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.events import Event
from trucksight.runtime.notice import Kind, Notice
from trucksight.runtime.service import Notifier
from trucksight.runtime.sinks import Sink
from trucksight.runtime.sinks.clips import Clips
from trucksight.runtime.sinks.console import Console
from trucksight.runtime.sinks.jsonlines import DecisionLines, EventLines
from trucksight.runtime.sinks.rotating import RotatingDecisions, RotatingEvents
from trucksight.runtime.sinks.snapshots import Snapshots
from trucksight.runtime.sinks.spool import Spool
from trucksight.runtime.sinks.systemd import SystemdNotice
from trucksight.runtime.sinks.webhook import Webhook
from trucksight.runtime.status import StatusServer

SECOND = 10**9
SPOOL_BYTES = 1 << 20


@dataclass
class Case:
    """A sink, and what becomes of its peer."""

    sink: Sink
    kill_peer: Callable[[], object]


def console(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(Console(io.StringIO(), live=True), lambda: None)


def decisions(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(DecisionLines(folder / "x"), lambda: shutil.rmtree(folder))


def events(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(EventLines(folder / "x"), lambda: shutil.rmtree(folder))


def rotating_decisions(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(RotatingDecisions(folder / "x", 4096, 1), lambda: shutil.rmtree(folder))


def rotating_events(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(RotatingEvents(folder / "x", 4096, 1), lambda: shutil.rmtree(folder))


def webhook(request: pytest.FixtureRequest, folder: Path) -> Case:
    server: Any = request.getfixturevalue("server")
    return Case(Webhook(server.url, Spool(folder, SPOOL_BYTES)), server.stop)


def webhook_without_disk(request: pytest.FixtureRequest, folder: Path) -> Case:
    server: Any = request.getfixturevalue("server")
    return Case(Webhook(server.url, Spool(folder, SPOOL_BYTES)), lambda: replace_by_file(folder))


def mqtt(request: pytest.FixtureRequest, folder: Path) -> Case:
    pytest.importorskip("paho.mqtt.client", reason="pip install 'trucksight[mqtt]' to try this")
    from trucksight.runtime.sinks.mqtt import MqttSink

    broker: Any = request.getfixturevalue("broker")
    url = f"mqtt://127.0.0.1:{broker.port}/gate"
    return Case(MqttSink(url, Spool(folder, SPOOL_BYTES)), broker.kill)


def status_page(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(StatusServer("127.0.0.1:0"), lambda: None)


def systemd_notice(request: pytest.FixtureRequest, folder: Path) -> Case:
    manager: Any = request.getfixturevalue("systemd")
    return Case(SystemdNotice(Notifier(manager.address, watchdog_s=1e-6)), manager.go_away)


def snapshots(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(Snapshots(folder, SPOOL_BYTES), lambda: replace_by_file(folder))


def clips(request: pytest.FixtureRequest, folder: Path) -> Case:
    return Case(Clips(folder, SPOOL_BYTES), lambda: replace_by_file(folder))


def replace_by_file(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    while True:
        with contextlib.suppress(IsADirectoryError):  # a sink has just made it anew
            folder.write_text("")
            return
        shutil.rmtree(folder, ignore_errors=True)  # it may be writing there again


MAKERS = (
    console,
    decisions,
    events,
    rotating_decisions,
    rotating_events,
    webhook,
    webhook_without_disk,
    mqtt,
    status_page,
    systemd_notice,
    snapshots,
    clips,
)


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    folder = tmp_path / "folder"
    folder.mkdir()
    case: Case = request.param(request, folder)
    request.addfinalizer(case.sink.close)
    return case


def use(sink: Sink, decide: Callable[..., Decision], first: int, count: int) -> None:
    image: npt.NDArray[np.uint8] = np.zeros((90, 160, 3), np.uint8)
    image.flags.writeable = False
    for number in range(first, first + count):
        event = Event(number, 0.5, 1.25, 0.875, 8, 1)
        decision = decide("TNU"[number % 3], decided_ns=number * SECOND)
        sink.frame(Frame(image, 0, number, float(number)), decision, event)
        sink.event(event)
        sink.notice(Notice(Kind.RELOAD, "taken over", float(number)))


def test_a_dead_peer_neither_raises_nor_blocks(case: Case, decide: Callable[..., Decision]) -> None:
    use(case.sink, decide, 1, 3)
    case.kill_peer()
    began = time.monotonic()
    use(case.sink, decide, 4, 50)
    assert time.monotonic() - began < 5.0
    case.sink.close()
    case.sink.close()


def test_a_sink_may_be_closed_twice_without_a_frame(case: Case) -> None:
    assert case.sink.name
    case.sink.close()
    case.sink.close()
