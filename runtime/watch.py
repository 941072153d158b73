"""What no single picture shows: that it stands still, or suddenly has another size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .decision import Decision, Frame, Reason
from .usable import Limits, Unusable, frame_sample

if TYPE_CHECKING:
    from .detector import Detector

Size = tuple[int, int]
"""Width and height, pixels."""


EXPECT_S = 10.0
"""How long a camera may take to open again in another size, seconds."""


class Watch:
    """Feed it every frame of one source in order; times are those of the source."""

    def __init__(self, limits: Limits | None = None, *, live: bool) -> None:
        """Begin with the next frame.

        Args:
            limits: None takes the defaults.
            live: whether the source is a camera; a recording may well show the same picture for
                long, a sensor never does.
        """
        self.limits = limits or Limits()
        """May be replaced."""
        self._live = live
        self._sample: npt.NDArray[np.uint8] | None = None
        self._still_since_s = 0.0
        self._size: Size | None = None
        self._new_size: tuple[Size, float] | None = None
        self._resize_until_s: float | None = None
        """While a change of size is expected; no end before the first picture after the asking."""

    def expect_resize(self) -> None:
        """Take a change of size in the next `EXPECT_S` for what was asked for."""
        self._resize_until_s = math.inf

    def unusable(self, frame: Frame) -> Unusable | None:
        """Say why a frame with a picture cannot be judged, or None."""
        image = frame.image_bgr
        if image is None or image.ndim != 3 or image.size == 0:
            return None
        return self._frozen(image, frame.media_s) or self._resized(image, frame.media_s)

    def _frozen(self, image: npt.NDArray[np.uint8], now_s: float) -> Unusable | None:
        if not (self._live and self.limits.frozen_s):
            return None
        sample = frame_sample(image)
        if self._sample is None or not np.array_equal(sample, self._sample):
            self._sample, self._still_since_s = sample.copy(), now_s
            return None
        still_s = now_s - self._still_since_s
        if still_s < self.limits.frozen_s:
            return None
        return Unusable(Reason.FROZEN, f"the very same picture for {still_s:.1f} s")

    def _resized(self, image: npt.NDArray[np.uint8], now_s: float) -> Unusable | None:
        size = (image.shape[1], image.shape[0])
        if self._resize_until_s == math.inf:
            self._resize_until_s = now_s + EXPECT_S
        if self._size is None or size == self._size:
            self._size, self._new_size = size, None
            return None
        if self._resize_until_s is not None and now_s <= self._resize_until_s:
            self._size, self._new_size, self._resize_until_s = size, None, None
            return None
        if self._new_size is None or self._new_size[0] != size:
            self._new_size = (size, now_s)
        if now_s - self._new_size[1] >= self.limits.resized_s:
            self._size, self._new_size = size, None
            return None
        (width, height), (old_width, old_height) = size, self._size
        return Unusable(
            Reason.RESIZED, f"{width}x{height} where {old_width}x{old_height} came before"
        )


class Watched:
    """A detector that is not asked about frames that a `Watch` finds unusable."""

    def __init__(self, detector: Detector, watch: Watch | None) -> None:
        """Watch a source; None watches nothing."""
        self.detector = detector
        self.watch = watch

    def decide_frame(self, frame: Frame) -> Decision:
        """See `Detector.decide_frame`."""
        fault = self.watch.unusable(frame) if self.watch else None
        return self.detector.unknown(frame, fault) if fault else self.detector.decide_frame(frame)
