"""A clip of traffic with known truck passages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..errors import SceneError
from .camera import Image
from .picture import check_request
from .stage import Stage
from .traffic import SHORTEST_SLOT_S, Slot, draw_schedule
from .truth import TRUCK_SHARE, VehicleBox, max_truck_share, visible_boxes
from .world import World

DEFAULT_SLOT_S = 6.5
"""Seconds a passage takes, clear road around it included, when their number is left open."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A maximal stretch of frames with a truck present."""

    start_s: float
    """Time of the first such frame."""
    end_s: float
    """Time of the last such frame."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame and what is on it."""

    image_bgr: Image
    """(height, width, 3); the receiver owns it."""
    boxes: tuple[VehicleBox, ...]
    """Every visible vehicle, the nearest first."""
    truck_present: bool
    """A truck's visible box covers at least 2 % of the picture."""
    time_s: float
    """From the start of the clip."""

    @property
    def max_truck_share(self) -> float:
        """Part of the picture that the largest truck's box covers."""
        return max_truck_share(self.boxes)


class SceneClip:
    """Frames of one place with vehicles driving by; iterating again gives the same frames.

    Between two passages no truck at all shows for at least 1.5 s.
    """

    def __init__(
        self,
        seed: int,
        seconds: float | None,
        fps: float = 15.0,
        size_wh: tuple[int, int] = (640, 360),
        passages: int | None = None,
    ) -> None:
        """Plan a clip; nothing is rendered yet.

        Args:
            seed: any integer from 0.
            seconds: length; None goes on for ever, with a truck in most slots.
            fps: frames a second.
            size_wh: width and height, pixels.
            passages: exact number of truck passages; None makes one every 6.5 s.

        Raises:
            SceneError: the seconds cannot hold the passages, or an argument is out of range.
        """
        check_request(seed, size_wh)
        if not 1 <= fps <= 240:
            raise SceneError(f"expected 1 to 240 frames a second, got {fps}")
        if seconds is not None and not 1 / fps <= seconds < math.inf:
            raise SceneError(f"a clip lasts at least one frame, got {seconds} s")
        if seconds is None and passages is not None:
            raise SceneError("an endless clip has no number of passages; give seconds as well")
        self.seed, self.seconds, self.fps, self.size_wh = seed, seconds, fps, size_wh
        if passages is None and seconds is not None:
            passages = max(int(seconds / DEFAULT_SLOT_S), 1 if seconds >= SHORTEST_SLOT_S else 0)
        if passages is not None and passages < 0:
            raise SceneError(f"the number of passages counts from 0, got {passages}")
        slot_s = DEFAULT_SLOT_S
        if seconds is not None and passages:
            slot_s = seconds / passages
            if slot_s < SHORTEST_SLOT_S:
                fit = int(seconds / SHORTEST_SLOT_S)
                raise SceneError(
                    f"{seconds:g} s hold at most {fit} passages of {SHORTEST_SLOT_S:g} s, "
                    f"got {passages}; ask for more seconds or fewer passages"
                )
        self._trucks = passages
        self._schedule = draw_schedule(seed, fps, size_wh, slot_s)
        self._slot = lru_cache(maxsize=4)(self._plan)
        self._passages: tuple[Passage, ...] | None = None

    @property
    def world(self) -> World:
        """Camera, road, light and weather."""
        return self._schedule.world

    @property
    def frame_count(self) -> int | None:
        """Number of frames, None for an endless clip."""
        return None if self.seconds is None else max(1, round(self.seconds * self.fps))

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Truck passages in order; empty for an endless clip, whose frames tell them."""
        if self._passages is None:
            found = [self._slot(number).passage for number in range(self._trucks or 0)]
            self._passages = tuple(
                Passage(p[0] / self.fps, p[1] / self.fps) for p in found if p is not None
            )
        return self._passages

    def __iter__(self) -> Iterator[ClipFrame]:
        """Render the frames one by one."""
        stage = Stage(self.world)
        number = 0
        while self.frame_count is None or number < self.frame_count:
            time_s = number / self.fps
            slot = int(time_s / self._schedule.slot_s)
            near = (self._slot(k) for k in (slot - 1, slot, slot + 1) if k >= 0)
            cast = [drive.actor(time_s, self.world) for part in near for drive in part.drives]
            boxes = visible_boxes(cast, self.world.camera)
            image = stage.shoot(cast, np.random.default_rng([self.seed, number, 3]))
            yield ClipFrame(image, boxes, max_truck_share(boxes) >= TRUCK_SHARE, time_s)
            number += 1

    def _plan(self, number: int) -> Slot:
        if self._trucks is None:
            truck = bool(np.random.default_rng([self.seed, number, 4]).random() < 0.8)
        else:
            truck = number < self._trucks
        return self._schedule.slot(number, truck)
