"""A Raspberry Pi's CSI camera, by picamera2."""

from __future__ import annotations

import time
from typing import Any

from ...errors import PermanentSourceError, SourceError
from . import Size, Taken

SIZE_WH = (1280, 720)
FPS = 30.0


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> PiCamera:
    """Open `picamera2:` or `picamera2:1`; see `..devices.open_device`."""
    try:
        from picamera2 import Picamera2
    except ImportError:
        raise PermanentSourceError(
            "picamera2 is not installed; run: sudo apt install python3-picamera2, and make the"
            " environment with: python3 -m venv --system-site-packages"
        ) from None
    number = int(text.partition(":")[2] or 0)
    try:
        camera = Picamera2(number)
        # picamera2 names formats by the order in memory of the last byte first: this is BGR.
        main = {"size": size_wh or SIZE_WH, "format": "RGB888"}
        controls = {"FrameRate": FPS}
        camera.configure(camera.create_video_configuration(main, buffer_count=2, controls=controls))
        camera.start()
    except (RuntimeError, IndexError) as exc:
        raise SourceError(f"camera {number} of picamera2 does not start: {exc}") from exc
    return PiCamera(camera, size_wh or SIZE_WH)


class PiCamera:
    """A started `Picamera2`."""

    fps: float | None = FPS
    size_wh: Size | None

    def __init__(self, camera: Any, size_wh: Size) -> None:
        self._camera = camera
        self.size_wh = size_wh

    def read(self) -> Taken:
        """See `Device.read`. The time is the sensor's, which counts as the monotonic clock does."""
        request = self._camera.capture_request()
        arrived_ns = time.monotonic_ns()
        try:
            taken_ns = int(request.get_metadata().get("SensorTimestamp", arrived_ns))
            return Taken(request.make_array("main"), taken_ns, arrived_ns=arrived_ns)
        finally:
            request.release()

    def close(self) -> None:
        """See `Device.close`."""
        self._camera.close()
