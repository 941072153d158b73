"""A real RTSP server of H.264: read, killed, started again, mute, and with a password."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.decision import Frame
from trucksight.runtime.sources.live import LiveSource

RED, BLUE = (60, 80), (60, 240)
"""Row and column amid the left and the right of the server's picture."""
LOST_S = 3.0
"""Two seconds without a picture, and one for the machine of the test."""
BACK_S = 8.0
"""Nineteen of twenty take less than 5 s; a single round may be the twentieth."""


def page(port: int, path: str) -> str:
    """What the status page answers, be it an error."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as exc:  # /metrics without prometheus-client
        return exc.read().decode()


def first_picture(frames: Iterator[Frame]) -> Frame:
    return next(frame for frame in frames if frame.image_bgr is not None)


def test_a_stream_has_the_colours_that_were_sent(rtsp_server: Callable[..., Any]) -> None:
    server = rtsp_server()
    with LiveSource(f"rtsp://127.0.0.1:{server.port}/live", seed=1) as source:
        image = first_picture(source.frames()).image_bgr
        assert image is not None
        assert image.shape == (180, 320, 3)
        assert source.fps == 15.0
        blue, green, red = (int(value) for value in image[RED])
        assert red > 220 > 40 > max(blue, green)
        blue, green, red = (int(value) for value in image[BLUE])
        assert blue > 220 > 40 > max(red, green)


def test_what_was_stored_while_the_stream_opened_is_not_given_as_new(
    rtsp_server: Callable[..., Any],
) -> None:
    server = rtsp_server()
    with LiveSource(f"rtsp://127.0.0.1:{server.port}/live", seed=1) as source:
        frames = source.frames()
        first = first_picture(frames)
        for frame in frames:
            if frame.captured_ns - first.captured_ns >= 0.5e9:
                break
        # At 15 a second; the two seconds that opening takes are 30 more.
        assert source.captured <= 14


def test_a_killed_server_is_lost_in_time_and_decided_on_again_once_it_is_back(
    rtsp_server: Callable[..., Any], start: Callable[..., Any]
) -> None:
    server = rtsp_server()
    run = start("--source", f"rtsp://127.0.0.1:{server.port}/live", "--quiet")
    run.decides()
    server.kill()
    began = time.monotonic()
    run.until(run.lost, "the loss")
    assert time.monotonic() - began <= LOST_S
    server.start()
    began = time.monotonic()
    run.decides(1)
    assert time.monotonic() - began <= BACK_S
    document = run.stop()
    assert document["unknown_reasons"]["lost"] >= 1
    assert any("opened again" in note for note in document["notes"])


def test_a_server_that_never_answers_is_lost_and_does_not_hold_up_the_end(
    start: Callable[..., Any], capture_pids: Callable[[Any], list[int]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"rtsp://127.0.0.1:{mute.getsockname()[1]}/live"
        run = start("--source", url, "--wait-for-source", "--quiet")
        run.until(run.lost, "the loss")
        assert "does not open" in run.lost()[0]["detail"]
        run.until(lambda: capture_pids(run), "another try")
        children = capture_pids(run)
        began = time.monotonic()
        document = run.stop()
        assert time.monotonic() - began < 2.0
    assert document["decided"] == document["unknown_reasons"]["lost"]
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.parametrize("password", ["hidden-word", "wrong-hidden-word"])
def test_the_password_of_a_stream_is_in_no_output(
    rtsp_server: Callable[..., Any],
    start: Callable[..., Any],
    free_port: Callable[[], int],
    password: str,
) -> None:
    server, http = rtsp_server("me", "hidden-word"), free_port()
    url = f"rtsp://me:{password}@127.0.0.1:{server.port}/live"
    run = start("--source", url, "--wait-for-source", "--http", f"127.0.0.1:{http}")
    right = password == "hidden-word"
    run.until(lambda: run.judged() if right else run.lost(), "an answer")
    pages = "".join(page(http, path) for path in ("/", "/status.json", "/metrics"))
    if right:
        server.kill()
        run.until(run.lost, "the loss")
    document = run.stop()
    written = run.decisions_path.read_text() + run.events_path.read_text()
    for text in (pages, written, run.said):
        assert "hidden-word" not in text
    assert document["source"] == f"rtsp://***@127.0.0.1:{server.port}/live"
    assert document["source"] in pages
    assert bool(run.judged()) is right
