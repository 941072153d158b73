"""A server on a free port, a clock that stands still, and requests over loopback."""

from __future__ import annotations

import http.client
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.events import Event
from trucksight.runtime.status import StatusServer

SECOND = 10**9


class Clock:
    """Tells the time it was set to."""

    def __init__(self) -> None:
        self.now_ns = 1000 * SECOND

    def __call__(self) -> int:
        return self.now_ns

    def wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


Serve = Callable[..., StatusServer]
Get = Callable[..., Answer]
Feed = Callable[..., None]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(clock: Clock) -> Iterator[Serve]:
    servers: list[StatusServer] = []

    def make(address: str = "127.0.0.1:0", **options: Any) -> StatusServer:
        servers.append(StatusServer(address, clock_ns=clock, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def connect(server: StatusServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=10)


@pytest.fixture
def get() -> Get:
    def ask(server: StatusServer, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = connect(server)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    return ask


@pytest.fixture
def feed(clock: Clock, decide: Callable[..., Decision], paint: Callable[..., Any]) -> Feed:
    """Hands a server one decision made now, 12 ms after its frame."""
    black: npt.NDArray[np.uint8] = paint(0)

    def give(
        server: StatusServer,
        letter: str,
        event: Event | None = None,
        image: npt.NDArray[np.uint8] | None = black,
        **fields: Any,
    ) -> None:
        captured_ns = clock.now_ns - 12_000_000
        decision = decide(letter, captured_ns=captured_ns, decided_ns=clock.now_ns, **fields)
        lost = math.isnan(decision.probability) and decision.detail == "lost"
        frame = Frame(image, captured_ns, decision.sequence, decision.media_s, lost=lost)
        server.frame(frame, decision, event)

    return give
