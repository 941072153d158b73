"""The time of rendered devices: which frame is due."""

from __future__ import annotations

import time


class FrameClock:
    """Numbers frames from an epoch on; frames that nobody waited for are skipped."""

    def __init__(self, fps: float, epoch_ns: int) -> None:
        """Frame 0 is due at `epoch_ns` of the monotonic clock."""
        self.fps = fps
        self._epoch_ns = epoch_ns
        self._last = -1

    def due_ns(self, number: int) -> int:
        """When a frame is due, on the monotonic clock."""
        return self._epoch_ns + int(number * 1e9 / self.fps)

    def current(self) -> int:
        """The number of the frame that is due now."""
        return max(0, int((time.monotonic_ns() - self._epoch_ns) * self.fps / 1e9))

    def wait(self, number: int) -> None:
        """Sleep until a frame is due."""
        time.sleep(max(0, self.due_ns(number) - time.monotonic_ns()) / 1e9)

    def next(self) -> int:
        """Wait for the next frame that was not given; its number."""
        self._last = max(self._last + 1, self.current())
        self.wait(self._last)
        return self._last
