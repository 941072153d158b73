"""What gives pictures as they come: cameras, streams, and two that need neither.

A device blocks in `read` for as long as it likes, may hang for ever, and may crash: it is used in a
process of its own, which is killed when it gives nothing for too long; see `..live`.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["DEVICES", "Device", "DeviceRow", "Taken", "device_kind", "open_device"]


class Taken(NamedTuple):
    """What one read gave."""

    image_bgr: npt.NDArray[np.uint8] | None
    """(height, width, 3); None when what came is no picture."""
    captured_ns: int
    """`time.monotonic_ns()` when the picture was taken or had arrived, before it was decoded."""
    detail: str | None = None
    """What is wrong, when there is no picture."""


class Device(Protocol):
    """What every device can do."""

    fps: float | None
    """Nominal frames per second; None where it does not say."""
    size_wh: tuple[int, int] | None
    """Width and height in pixels, where known before the first picture."""

    def read(self) -> Taken:
        """Wait for the next picture.

        Raises:
            SourceError: the device is gone.
        """
        ...

    def close(self) -> None:
        """Release it; a second call does nothing."""
        ...


class DeviceRow(NamedTuple):
    """One row of the table of devices."""

    module: str
    """Has `open_device(text: str, epoch_ns: int) -> Device`, which raises `SourceError`."""
    pattern: str
    """What `--source` says, whole."""
    example: str
    """For messages."""


DEVICES = {
    "camera": DeviceRow(".v4l2", r"[0-9]+|/dev/video[0-9]+", "0 or /dev/video0"),
    "stream": DeviceRow(".stream", r"(rtsps?|https?)://.+", "rtsp://camera/stream"),
    "gstreamer": DeviceRow(".gstreamer", r"gst:.+", "gst:'v4l2src ! videoconvert ! appsink'"),
    "picamera2": DeviceRow(".picamera", r"picamera2:([0-9]*)", "picamera2:"),
    "scenes": DeviceRow(".scenes", r"scenes:([0-9]*)(@[0-9.]+)?", "scenes:1, rendered for ever"),
    "fault": DeviceRow(".fault", r"fault:.+", "fault:good*30,black*15"),
}


def device_kind(text: str) -> str | None:
    """The key of `DEVICES` that a `--source` text means; None for files."""
    found = (kind for kind, row in DEVICES.items() if re.fullmatch(row.pattern, text, re.DOTALL))
    return next(found, None)


def open_device(text: str, epoch_ns: int) -> Device:
    """Open what a `--source` text of `DEVICES` means.

    Args:
        text: matches one of the patterns.
        epoch_ns: `time.monotonic_ns()` at which the source began; the same when it is opened
            again, so that what is rendered goes on where it would be.

    Raises:
        SourceError: it does not open.
    """
    kind = device_kind(text)
    if kind is None:
        raise ValueError(f"{text!r} is no device")
    device: Device = import_module(DEVICES[kind].module, __name__).open_device(text, epoch_ns)
    return device
