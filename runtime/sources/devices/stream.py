"""A network camera: RTSP or MJPEG over HTTP, by OpenCV's FFmpeg.

OpenCV does not tell when the camera took a picture, so that it counts as taken when it arrived:
what camera and network add before is in no age, and neither `--max-age-ms` nor `--step` sees it.
"""

from __future__ import annotations

import time
from typing import Any

import cv2

from ...errors import SourceError
from ...redact import redact
from . import Size
from .opencv import WHEEL, OpenCVDevice, check_built

OPEN_MS, READ_MS = 5_000, 2_000
"""Milliseconds after which FFmpeg gives up."""
USUAL_FPS = 30.0
"""Taken where the stream does not say."""
_BACKLOG_S = 5.0
"""No stream has more than this waiting when it opens."""


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> OpenCVDevice:
    """Open a URL; see `..devices.open_device`. Credentials in it are not repeated in messages."""
    name = redact(text)
    check_built(cv2.CAP_FFMPEG, f"{name}: this OpenCV is built without FFmpeg; {WHEEL}")
    times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
    capture = cv2.VideoCapture(text, cv2.CAP_FFMPEG, times)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"{name} does not open; is the camera on, and are path and password right?"
        )
    device = OpenCVDevice(capture, name)
    skip_backlog(capture, device.fps or USUAL_FPS)
    return device


def skip_backlog(capture: Any, fps: float) -> int:
    """Leave out what FFmpeg has stored while it found out what the stream is, up to two seconds.

    Those pictures come at once, one after the other, and nothing says how old they are. The first
    one that has to be waited for is new.

    Args:
        capture: an open `cv2.VideoCapture`.
        fps: of the stream.

    Returns:
        How many were left out.
    """
    for skipped in range(round(_BACKLOG_S * fps)):
        begun = time.monotonic()
        if not capture.grab() or time.monotonic() - begun >= 0.5 / fps:
            return skipped
    return round(_BACKLOG_S * fps)
