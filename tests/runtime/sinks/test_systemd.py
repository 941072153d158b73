"""Systemd hears that decisions are made, and hears nothing when they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.decision import Decision, Frame, Reason
from trucksight.runtime.service import Notifier
from trucksight.runtime.sinks.systemd import SystemdNotice, open_systemd_notice

SECOND = 10**9
FRAME = Frame(None, 0, 0, 0.0)


class Clock:
    def __init__(self) -> None:
        self.ns = 100 * SECOND

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(systemd: Any, clock: Clock) -> Iterator[SystemdNotice]:
    sink = SystemdNotice(Notifier(systemd.address, 10.0, clock), clock)
    yield sink
    sink.close()


def flat(messages: list[list[str]], name: str) -> list[str]:
    return [line for message in messages for line in message if line.startswith(name)]


def test_without_systemd_there_is_no_sink() -> None:
    assert open_systemd_notice({}) is None


def test_ready_comes_with_the_first_decision_and_not_before(
    sink: SystemdNotice, systemd: Any, decide: Callable[..., Decision]
) -> None:
    sink.alive()
    assert systemd.told() == []
    sink.frame(FRAME, decide("N"), None)
    assert systemd.told() == [["READY=1", "STATUS=first decision: no truck"], ["WATCHDOG=1"]]
    sink.frame(FRAME, decide("T"), None)
    assert systemd.told() == []


def test_a_ready_that_systemd_did_not_take_is_said_again(
    sink: SystemdNotice, systemd: Any, tmp_path: Path, decide: Callable[..., Decision]
) -> None:
    here, away = Path(systemd.address), tmp_path / "away"
    here.rename(away)
    sink.frame(FRAME, decide("N"), None)
    away.rename(here)
    sink.frame(FRAME, decide("N"), None)
    assert flat(systemd.told(), "READY") == ["READY=1"]


def test_a_sign_of_life_comes_every_half_of_the_span(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    at_s = []
    for tenth in range(200):
        clock.ns = 100 * SECOND + tenth * SECOND // 10
        sink.frame(FRAME, decide("N"), None)
        at_s += [tenth / 10] * len(flat(systemd.told(), "WATCHDOG"))
    assert at_s == [0.0, 5.0, 10.0, 15.0]


def test_no_decision_no_sign_of_life(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    sink.frame(FRAME, decide("N"), None)
    systemd.told()
    clock.ns += 60 * SECOND
    assert systemd.told() == []


def test_a_frame_that_was_dropped_may_count_as_life(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    sink.frame(FRAME, decide("N"), None)
    systemd.told()
    clock.ns += 5 * SECOND
    sink.alive()
    assert systemd.told() == [["WATCHDOG=1"]]


def test_a_lost_camera_keeps_the_service_alive_and_is_shown(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    lost = decide("U", reason=Reason.LOST, detail="rtsp://joe:secret@gate: no picture came")
    told: list[list[str]] = []
    for _ in range(31):
        sink.frame(FRAME, lost, None)
        told += systemd.told()
        clock.ns += SECOND
    assert len(flat(told, "WATCHDOG")) == 7
    assert flat(told, "STATUS")[-1] == (
        "STATUS=SOURCE LOST for 30 s: lost, rtsp://***@gate: no picture came;"
        " 1.0 decisions per second"
    )


def test_the_status_tells_rate_age_and_verdict_at_most_every_five_seconds(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    for number in range(101):
        slow = decide("T", captured_ns=0, decided_ns=80_000_000)
        sink.frame(FRAME, slow if number == 50 else decide("T"), None)
        clock.ns += SECOND // 10
    assert flat(systemd.told(), "STATUS") == [
        "STATUS=first decision: truck",
        "STATUS=truck; 10.0 decisions per second, age up to 80 ms",
        "STATUS=truck; 10.0 decisions per second, age up to 12 ms",
    ]


def test_a_reload_is_told_from_its_begin_to_its_end(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    sink.reloading()
    sink.reloaded()
    assert systemd.told() == [], "READY=1 before the first decision would be a lie"
    sink.frame(FRAME, decide("N"), None)
    systemd.told()
    sink.reloading()
    sink.reloaded("refused: no such file")
    assert systemd.told() == [
        ["RELOADING=1", "MONOTONIC_USEC=100000000"],
        ["WATCHDOG=1"],
        ["READY=1", "STATUS=refused: no such file"],
    ]


def test_the_end_is_told_once(
    sink: SystemdNotice, systemd: Any, clock: Clock, decide: Callable[..., Decision]
) -> None:
    sink.frame(FRAME, decide("N"), None)
    systemd.told()
    sink.close()
    sink.close()
    clock.ns += 60 * SECOND
    sink.alive()
    assert systemd.told() == [["STOPPING=1", "STATUS=stopping"]]


CHILD = """
import sys
from pathlib import Path
from trucksight.runtime.detector import Detector
from trucksight.runtime.loop import Station, run_loop
from trucksight.runtime.sinks.systemd import open_systemd_notice
from trucksight.runtime.sources import open_source

bundle, pictures = sys.argv[1:]
with open_source(pictures) as source, Detector(Path(bundle)) as detector:
    sinks = [open_systemd_notice()]
    assert None not in sinks
    assert run_loop(Station(source, detector, sinks)).sink_errors == {}
"""


def test_a_process_that_systemd_starts_tells_it(
    systemd: Any, fake_bundle: Path, picture_folder: Path
) -> None:
    given = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "1"}
    command = [sys.executable, "-c", CHILD, str(fake_bundle), str(picture_folder)]
    subprocess.run(command, env=os.environ | given, check=True, timeout=60)
    told = systemd.told()
    assert told[0][0] == "READY=1"
    assert flat(told, "WATCHDOG") == ["WATCHDOG=1"] * 4, "one for each picture of the folder"
    assert told[-1][0] == "STOPPING=1"
