"""Rendered traffic, endless, at a camera's pace."""

from __future__ import annotations

from ...scenes.clip import SceneClip
from . import Size, Taken
from .clock import FrameClock, split_rate

FPS = 15.0
SIZE_WH = (640, 360)


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> ScenesDevice:
    """Open `scenes:SEED`, `scenes:` or `scenes:SEED@RATE`; see `..devices.open_device`."""
    seed, fps = split_rate(text.partition(":")[2], FPS)
    return ScenesDevice(int(seed or 0), epoch_ns, fps, size_wh or SIZE_WH)


class ScenesDevice:
    """One place with traffic; on a slow machine its frames come slower, none is left out."""

    size_wh: Size | None

    def __init__(self, seed: int, epoch_ns: int, fps: float = FPS, size_wh: Size = SIZE_WH) -> None:
        """Begin at `epoch_ns`; at another rate the same frames come faster or slower."""
        self.fps: float | None = fps
        self.size_wh = size_wh
        self._frames = iter(SceneClip(seed, None, FPS, size_wh))
        self._clock = FrameClock(fps, epoch_ns)

    def read(self) -> Taken:
        """See `Device.read`."""
        image = next(self._frames).image_bgr
        return Taken(image, self._clock.due_ns(self._clock.next()))

    def close(self) -> None:
        """See `Device.close`."""
