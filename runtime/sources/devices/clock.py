"""The time of rendered devices: which frame is due."""

from __future__ import annotations

import re
import time

from ...errors import PermanentSourceError

FASTEST = 1000.0
"""Frames per second; nothing here renders faster."""


def split_rate(text: str, usual: float) -> tuple[str, float]:
    """Part `TEXT@RATE`: what to render, and at how many frames per second.

    Args:
        text: the rate may be missing.
        usual: the rate where none is given.

    Raises:
        PermanentSourceError: a rate that is no number above 0 and up to `FASTEST`.
    """
    what, at, rate = text.partition("@")
    if not at:
        return text, usual
    fps = float(rate) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", rate) else 0.0
    if not 0 < fps <= FASTEST:
        raise PermanentSourceError(
            f"@{rate} is no rate; give more than 0 and at most {FASTEST:g} frames per second,"
            " as in @60"
        )
    return what, fps


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
