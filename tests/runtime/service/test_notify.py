"""The protocol of sd_notify(3), to a socket where systemd has its own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.service import Notifier


def test_outside_of_systemd_there_is_nobody_to_tell() -> None:
    assert Notifier.from_environment({}) is None
    assert Notifier.from_environment({"NOTIFY_SOCKET": ""}) is None
    assert Notifier.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"}) is None
    assert Notifier.from_environment({"NOTIFY_SOCKET": "relative"}) is None


def test_a_message_is_one_datagram_of_lines(systemd: Any) -> None:
    notifier = Notifier(systemd.address)
    assert notifier.ready("no truck")
    assert notifier.starting("replaying", 1.5)
    assert notifier.alive()
    assert notifier.stopping()
    assert systemd.told() == [
        ["READY=1", "STATUS=no truck"],
        ["EXTEND_TIMEOUT_USEC=1500000", "STATUS=replaying"],
        ["WATCHDOG=1"],
        ["STOPPING=1", "STATUS=stopping"],
    ]
    notifier.close()


def test_the_abstract_name_space_is_reached(abstract_systemd: Any) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": abstract_systemd.address})
    assert notifier is not None
    assert notifier.alive()
    assert abstract_systemd.told() == [["WATCHDOG=1"]]
    notifier.close()


def test_a_reload_carries_the_monotonic_time(systemd: Any) -> None:
    notifier = Notifier(systemd.address, clock_ns=lambda: 1_234_567_890)
    notifier.reloading()
    assert systemd.told() == [["RELOADING=1", "MONOTONIC_USEC=1234567"]]
    notifier.close()


def test_a_status_is_one_short_valid_line(systemd: Any) -> None:
    notifier = Notifier(systemd.address)
    notifier.status("two\nlines\x00 \udcff" + "x" * 5000)
    ((line,),) = systemd.told()
    assert line.startswith("STATUS=two lines")
    assert len(line) == len("STATUS=") + 400
    notifier.close()


def test_a_missing_peer_and_one_that_does_not_read_are_reported_not_awaited(
    systemd: Any, tmp_path: Path
) -> None:
    for address in (str(tmp_path / "nobody"), "/" + "x" * 300):
        missing = Notifier(address)
        assert not missing.alive()
        missing.close()
    busy, began = Notifier(systemd.address), time.monotonic()
    while busy.status("x" * 300):
        assert time.monotonic() - began < 20, "its queue has no end"
    assert not busy.alive()
    assert systemd.told()
    assert busy.alive()
    busy.close()


@pytest.mark.parametrize(
    ("environ", "span_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_the_watchdog_is_served_only_where_it_was_asked_of_this_process(
    environ: dict[str, str], span_s: float | None
) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": "/run/x", **environ})
    assert notifier is not None
    assert notifier.watchdog_s == span_s
