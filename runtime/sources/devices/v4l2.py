"""A camera by index or device, over V4L2."""

from __future__ import annotations

from pathlib import Path

import cv2

from ...errors import SourceError
from . import Size
from .opencv import WHEEL, OpenCVDevice, check_built


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> OpenCVDevice:
    """Open `0` or `/dev/video0`; see `..devices.open_device`."""
    device = Path(f"/dev/video{text}" if text.isdigit() else text)
    if not device.exists():
        others = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*"))) or "none"
        raise SourceError(f"camera {text}: {device} does not exist; cameras here: {others}")
    check_built(cv2.CAP_V4L2, f"camera {text}: this OpenCV is built without V4L2; {WHEEL}")
    capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"camera {text} does not open; another program may use it, or this user may not"
            " (try: sudo usermod -aG video $USER)"
        )
    # Uncompressed frames fill USB 2 at 5 frames a second, and the driver would queue four old ones.
    capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if size_wh:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, float(size_wh[0]))
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, float(size_wh[1]))
    return OpenCVDevice(capture, f"camera {text}")
