"""A GStreamer pipeline, as a Jetson's cameras need it."""

from __future__ import annotations

import cv2
from cv2 import videoio_registry

from ...errors import SourceError
from .opencv import OpenCVDevice

_ENDING = "videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
_JETSON = (
    "nvarguscamerasrc sensor-id={sensor} ! video/x-raw(memory:NVMM),width=1280,height=720,"
    "framerate=30/1 ! nvvidconv ! video/x-raw,format=BGRx ! " + _ENDING
)
PRESETS = {f"jetson-csi{sensor}": _JETSON.format(sensor=sensor) for sensor in (0, 1)}
"""What may stand behind `gst:` in place of a pipeline."""


def open_device(text: str, epoch_ns: int) -> OpenCVDevice:
    """Open `gst:PIPELINE` or `gst:PRESET`; see `..devices.open_device`."""
    wanted = text.removeprefix("gst:")
    if cv2.CAP_GSTREAMER not in videoio_registry.getBackends():
        raise SourceError(
            "this OpenCV is built without GStreamer, as all wheels from PyPI are; on a Jetson use"
            " the system's: python3 -m venv --system-site-packages, and no opencv wheel in it"
        )
    pipeline = PRESETS.get(wanted, wanted)
    if "appsink" not in pipeline:
        raise SourceError(f"gst: the pipeline must end in appsink, as in: ... ! {_ENDING}")
    capture = cv2.VideoCapture(pipeline, cv2.CAP_GSTREAMER)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"gst: the pipeline does not start; try: gst-launch-1.0 {pipeline}")
    return OpenCVDevice(capture, "GStreamer pipeline")
