"""A GStreamer pipeline, as a Jetson's cameras need it."""

from __future__ import annotations

import re

import cv2

from ...errors import PermanentSourceError, SourceError
from . import Size
from .opencv import OpenCVDevice, check_built

_ENDING = "videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
_JETSON = (
    "nvarguscamerasrc sensor-id={sensor} ! video/x-raw(memory:NVMM),framerate=30/1 ! nvvidconv !"
    " video/x-raw,format=BGRx,width={width},height={height} ! " + _ENDING
)
"""The image processor shrinks to the size that is asked for, whatever modes the sensor has."""
_JETSON_WH = (1280, 720)


def pipeline_of(wanted: str, size_wh: Size | None = None) -> str:
    """What `gst:` is followed by, with a preset's name replaced by its pipeline."""
    preset = re.fullmatch(r"jetson-csi([01])", wanted)
    if not preset:
        return wanted
    width, height = size_wh or _JETSON_WH
    return _JETSON.format(sensor=preset[1], width=width, height=height)


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> OpenCVDevice:
    """Open `gst:PIPELINE` or `gst:PRESET`; see `..devices.open_device`."""
    wanted = text.removeprefix("gst:")
    check_built(
        cv2.CAP_GSTREAMER,
        "this OpenCV is built without GStreamer, as all wheels from PyPI are; on a Jetson use"
        " the system's: python3 -m venv --system-site-packages, and no opencv wheel in it",
    )
    pipeline = pipeline_of(wanted, size_wh)
    if "appsink" not in pipeline:
        raise PermanentSourceError(f"gst: the pipeline must end in appsink, as in: ... ! {_ENDING}")
    capture = cv2.VideoCapture(pipeline, cv2.CAP_GSTREAMER)
    if not capture.isOpened():
        capture.release()
        raise SourceError("gst: the pipeline does not start; gst-launch-1.0 says more about it")
    return OpenCVDevice(capture, "GStreamer pipeline")
