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

__all__ = ["DEVICES", "Device", "DeviceRow", "Size", "Taken", "device_kind", "open_device"]

Size = tuple[int, int]
"""Width and height, pixels."""


class Taken(NamedTuple):
    """What one read gave."""

    image_bgr: npt.NDArray[np.uint8] | None
    """(height, width, 3); None when what came is no picture."""
    captured_ns: int
    """`time.monotonic_ns()` when the picture was taken or had arrived, before it was decoded."""
    detail: str | None = None
    """What is wrong, when there is no picture."""
    arrived_ns: int | None = None
    """The same clock when the picture arrived, where the device knows when it was taken; None: at
    `captured_ns`."""


class Device(Protocol):
    """What every device can do."""

    fps: float | None
    """Nominal frames per second; None where it does not say."""
    size_wh: Size | None
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
    """Has `open_device(text, epoch_ns, size_wh) -> Device`, see `open_device` below."""
    pattern: str
    """What `--source` says, whole."""
    example: str
    """For messages."""
    sized: bool
    """Whether it can be asked for a size."""


DEVICES = {
    "camera": DeviceRow(".v4l2", r"[0-9]+|/dev/video[0-9]+", "0 or /dev/video0", True),
    "stream": DeviceRow(".stream", r"(?i:rtsps?|https?)://.+", "rtsp://camera/stream", False),
    "jetson": DeviceRow(".gstreamer", r"gst:jetson-csi[01]", "gst:jetson-csi0", True),
    "gstreamer": DeviceRow(
        ".gstreamer", r"gst:.+", "gst:'v4l2src ! videoconvert ! appsink'", False
    ),
    "picamera2": DeviceRow(".picamera", r"picamera2:([0-9]*)", "picamera2:", True),
    "scenes": DeviceRow(
        ".scenes", r"scenes:([0-9]*)(@[0-9.]+)?", "scenes:1, rendered for ever", True
    ),
    "fault": DeviceRow(".fault", r"fault:.+", "fault:good*30,black*15", True),
}


def device_kind(text: str) -> str | None:
    """The key of `DEVICES` that a `--source` text means; None for files."""
    found = (kind for kind, row in DEVICES.items() if re.fullmatch(row.pattern, text, re.DOTALL))
    return next(found, None)


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> Device:
    """Open what a `--source` text of `DEVICES` means.

    Args:
        text: matches one of the patterns.
        epoch_ns: `time.monotonic_ns()` at which the source began; the same when it is opened
            again, so that what is rendered goes on where it would be.
        size_wh: what to ask the device for, where it can be asked; the pictures tell what it
            gives. None takes its own.

    Raises:
        SourceError: it does not open; `PermanentSourceError` where trying again will not help.
    """
    kind = device_kind(text)
    if kind is None:
        raise ValueError(f"{text!r} is no device")
    module = import_module(DEVICES[kind].module, __name__)
    device: Device = module.open_device(text, epoch_ns, size_wh)
    return device
