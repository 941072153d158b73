"""Brokers that hang, ignore and break off: nothing is lost, nothing waits, nothing comes twice."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.mqtt import MqttSink

pytest.importorskip("paho.mqtt.client", reason="pip install 'trucksight[mqtt]' to try this")

Until = Callable[..., None]
Waiting = Callable[[], int]
Decide = Callable[..., Decision]
Make = Callable[..., MqttSink]
Numbered = Callable[[int], Event]
FRAME = Frame(None, 0, 0, 0.0)
SECOND = 10**9


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_broker_that_hangs_blocks_nothing(
    make: Make,
    mute_port: int,
    decide: Decide,
    monkeypatch: pytest.MonkeyPatch,
    event: Numbered,
    waiting: Waiting,
) -> None:
    monkeypatch.setattr("trucksight.runtime.sinks.mqtt.CLOSE_S", 0.1)
    monkeypatch.setattr("trucksight.runtime.sinks.mqtt.GOODBYE_S", 0.1)
    sink = make(f"mqtt://127.0.0.1:{mute_port}/gate")
    began = time.monotonic()
    for number in range(5):
        sink.frame(FRAME, decide("TN"[number % 2], decided_ns=number * SECOND), None)
        sink.event(event(number))
    sink.close()
    assert time.monotonic() - began < 5.0
    assert waiting() == 5


class Script:
    """A broker that does one thing a connection: "ignore" events, "drop" it or "acknowledge"."""

    def __init__(self, *script: str) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(20.0)
        self.port: int = self._server.getsockname()[1]
        self.received = [b"" for _ in script]
        """What came over each connection."""
        self._thread = threading.Thread(target=self._serve, args=(script,))
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _serve(self, script: tuple[str, ...]) -> None:
        with self._server:
            for turn, action in enumerate(script):
                self._talk(turn, action)

    def _talk(self, turn: int, action: str) -> None:
        connection, _ = self._server.accept()
        with connection, contextlib.suppress(ConnectionError):
            connection.recv(4096)
            connection.sendall(b"\x20\x02\x00\x00")
            while piece := connection.recv(4096):
                self.received[turn] += piece
                _, topic, rest = self.received[turn].partition(b"gate/event")
                if topic and action == "drop":
                    break
                if topic and action == "acknowledge":
                    connection.sendall(b"\x40\x02" + rest[:2])


def test_an_event_without_acknowledgement_stays_and_is_not_published_twice(
    make: Make, monkeypatch: pytest.MonkeyPatch, until: Until, event: Numbered, waiting: Waiting
) -> None:
    monkeypatch.setattr("trucksight.runtime.sinks.mqtt.ANSWER_S", 0.05)
    monkeypatch.setattr("trucksight.runtime.sinks.mqtt.CLOSE_S", 0.1)
    broker = Script("ignore")
    sink = make(f"mqtt://127.0.0.1:{broker.port}/gate")
    sink.event(event(1))
    # Before that, there may be no connection yet; and what close() tries last, it may cut short.
    until(lambda: sink.counts.last_error == "no acknowledgement within 0.05 s")
    failed = sink.counts.failed
    sink._delivery.hurry()
    until(lambda: sink.counts.failed > failed)
    sink.close()
    broker.join()
    assert (waiting(), broker.received[0].count(b"gate/event")) == (1, 1)


def test_an_event_whose_acknowledgement_was_lost_is_published_once_in_the_next_connection(
    make: Make, until: Until, event: Numbered, waiting: Waiting
) -> None:
    broker = Script("drop", "acknowledge")
    sink = make(f"mqtt://127.0.0.1:{broker.port}/gate")
    sink.event(event(1))
    until(lambda: sink.counts.sent == 1)
    assert sink.counts.last_error == "the connection is lost"
    sink.close()
    broker.join()
    assert [received.count(b"gate/event") for received in broker.received] == [1, 1]
    assert waiting() == 0
