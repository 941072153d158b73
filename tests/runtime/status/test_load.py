"""Viewers in numbers, slow ones, and the end."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from trucksight.runtime.status import StatusServer, handler
from trucksight.runtime.status.handler import LIVE_VIEWERS
from trucksight.runtime.status.server import CONNECTIONS

from .conftest import Clock, Feed, Get, Serve, connect


def watching(server: StatusServer) -> http.client.HTTPConnection:
    """A viewer that reads the head of the live picture and nothing more."""
    connection = connect(server)
    connection.request("GET", "/live.mjpg")
    assert connection.getresponse().status == 200
    return connection


def seconds_of(server: StatusServer, feed: Feed, clock: Clock, image: Any) -> float:
    begun = time.perf_counter()
    for _ in range(1000):
        feed(server, "N", image=image)
        clock.wait(0.03)
    return time.perf_counter() - begun


@pytest.mark.alone
def test_a_frame_costs_little_while_nobody_watches(
    serve: Serve, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server, image = serve(), paint(30, 1920, 1080)
    assert min(seconds_of(server, feed, clock, image) for _ in range(3)) < 0.1  # 0.1 ms a frame


@pytest.mark.alone
def test_a_viewer_that_never_reads_does_not_hold_up_the_loop(
    serve: Serve, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server, image = serve(), paint(30, 1280, 720)
    alone = seconds_of(server, feed, clock, image)
    viewer = watching(server)
    with_viewer = seconds_of(server, feed, clock, image)
    viewer.close()
    assert with_viewer < 50 * alone + 2, (alone, with_viewer)


def test_forty_at_once_are_all_answered(serve: Serve, feed: Feed, get: Get) -> None:
    server = serve()
    feed(server, "N")
    idle = [connect(server) for _ in range(CONNECTIONS - 2)]
    for connection in idle:
        connection.connect()
    crowd = [connect(server) for _ in range(40)]
    for connection in crowd:
        connection.connect()
    codes = []
    for connection in crowd:
        try:
            connection.request("GET", "/healthz")
            codes.append(connection.getresponse().status)
        except (ConnectionError, http.client.BadStatusLine):
            codes.append(0)
    assert set(codes) == {200, 503}
    for connection in [*idle, *crowd]:
        connection.close()


def test_viewers_leave_room_for_the_health_check(serve: Serve, feed: Feed, get: Get) -> None:
    server = serve()
    feed(server, "N")
    viewers = [watching(server) for _ in range(LIVE_VIEWERS)]
    assert get(server, "/live.mjpg").status == 503
    assert get(server, "/healthz").status == 200
    for viewer in viewers:
        viewer.close()


def test_a_viewer_that_leaves_is_noticed_without_a_picture(
    serve: Serve, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "_QUIET_S", 0.01)
    server = serve()
    viewer = watching(server)
    assert server.live.viewers == 1
    viewer.close()
    until_s = time.monotonic() + 5
    while server.live.viewers and time.monotonic() < until_s:
        get(server, "/healthz")
    assert server.live.viewers == 0


def test_bytes_that_drip_are_given_up(
    serve: Serve, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "READ_S", 0.05)
    server = serve()
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10) as raw:
        raw.sendall(b"GET / HT")
        assert raw.recv(1) == b""


def test_closing_ends_the_live_picture_and_can_be_done_twice(serve: Serve) -> None:
    server = serve()
    viewer = connect(server)
    viewer.request("GET", "/live.mjpg")
    answer = viewer.getresponse()
    server.close()
    server.close()
    assert b"Content-Type" not in answer.read()
    with pytest.raises(ConnectionRefusedError):
        connect(server).connect()
