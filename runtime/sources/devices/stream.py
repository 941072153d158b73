"""A network camera: RTSP or MJPEG over HTTP, by OpenCV's FFmpeg."""

from __future__ import annotations

import cv2

from ...errors import SourceError
from ...redact import redact
from . import Size
from .opencv import OpenCVDevice

OPEN_MS, READ_MS = 5_000, 2_000
"""Milliseconds after which FFmpeg gives up."""


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> OpenCVDevice:
    """Open a URL; see `..devices.open_device`. Credentials in it are not repeated in messages."""
    name = redact(text)
    times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
    capture = cv2.VideoCapture(text, cv2.CAP_FFMPEG, times)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"{name} does not open; is the camera on, and are path and password right?"
        )
    return OpenCVDevice(capture, name)
