"""What the devices read by OpenCV share."""

from __future__ import annotations

import time
from typing import Any

import cv2
from cv2 import videoio_registry

from ...errors import PermanentSourceError, SourceError
from . import Taken

FAILURES = 30
"""So many failed reads in a row mean that the device is gone: an unplugged one fails at once, for
ever."""


WHEEL = "run: pip install opencv-python-headless"
"""What cures an OpenCV without V4L2 or FFmpeg."""


def check_built(backend: int, fault: str) -> None:
    """Refuse to open what this OpenCV cannot read, whatever is plugged in.

    Args:
        backend: as in `cv2.CAP_V4L2`.
        fault: what to say where OpenCV is built without it.

    Raises:
        PermanentSourceError: it is.
    """
    if backend not in videoio_registry.getBackends():
        raise PermanentSourceError(fault)


class OpenCVDevice:
    """An open `cv2.VideoCapture`."""

    def __init__(self, capture: Any, name: str) -> None:
        """Take over a capture.

        Raises:
            SourceError: it is not open.
        """
        self._capture = capture
        self._name = name
        self._failures = 0
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.fps = float(rate) if 0 < rate <= 1000 else None
        width, height = (
            int(capture.get(which))
            for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        self.size_wh = (width, height) if width > 0 and height > 0 else None

    def read(self) -> Taken:
        """See `Device.read`."""
        try:
            grabbed = self._capture.grab()
            # V4L2 decodes in `retrieve`, so the age includes it; FFmpeg has done so in `grab`.
            taken_ns = time.monotonic_ns()
            ok, image = self._capture.retrieve() if grabbed else (False, None)
        except cv2.error as exc:
            raise SourceError(f"{self._name}: OpenCV cannot read it: {exc.err}") from exc
        if ok:
            self._failures = 0
            return Taken(image, taken_ns)
        self._failures += 1
        if self._failures >= FAILURES:
            raise SourceError(f"{self._name}: {FAILURES} reads in a row gave no picture")
        wrong = "the picture does not decode" if grabbed else "no picture was given"
        return Taken(None, taken_ns, wrong)

    def close(self) -> None:
        """See `Device.close`."""
        self._capture.release()
