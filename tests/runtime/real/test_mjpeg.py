"""MJPEG over HTTP from a real server: read, killed, started again, silent."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.sources.live import LiveSource

LOST_S = 3.0
"""Two seconds without a picture, and one for the machine of the test."""
BACK_S = 8.0
"""Nineteen of twenty take less than 5 s; a single round may be the twentieth."""
SERVER = Path(__file__).with_name("mjpeg_server.py")


@pytest.fixture
def camera(start_server: Callable[..., Any]) -> Any:
    """A camera that gives pictures at `/live.mjpg`."""
    return start_server(lambda port: [sys.executable, str(SERVER), str(port)], "the camera")


def test_a_stream_has_the_colours_that_were_sent(camera: Any) -> None:
    with LiveSource(f"http://127.0.0.1:{camera.port}/live.mjpg", seed=1) as source:
        frames = source.frames()
        image = next(frame.image_bgr for frame in frames if frame.image_bgr is not None)
        assert image.shape == (180, 320, 3)
        blue, green, red = (int(value) for value in image[60, 80])
        assert red > 220 > 40 > max(blue, green)
        blue, green, red = (int(value) for value in image[60, 240])
        assert blue > 220 > 40 > max(red, green)


@pytest.mark.parametrize(("goes", "comes"), [("kill", "start"), ("hang", "go_on")])
def test_a_camera_that_goes_is_lost_in_time_and_decided_on_again_once_it_is_back(
    camera: Any, start: Callable[..., Any], goes: str, comes: str
) -> None:
    run = start("--source", f"http://127.0.0.1:{camera.port}/live.mjpg", "--quiet")
    run.decides()
    getattr(camera, goes)()
    began = time.monotonic()
    run.until(run.lost, "the loss")
    assert time.monotonic() - began <= LOST_S
    getattr(camera, comes)()
    began = time.monotonic()
    run.decides(1)
    assert time.monotonic() - began <= BACK_S
    assert run.stop()["unknown_reasons"]["lost"] >= 1
