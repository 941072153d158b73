"""Who drives when: the traffic of a clip, planned slot by slot.

Every slot of a clip depends on nothing but the seed and its number. A slot holds one truck passage
or none; its vehicles are out of sight while another slot's truck shows, so slots can be planned one
at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import SceneError
from .builder import Builder
from .camera import NEAR_M
from .painter import Pose
from .picture import BUILDERS, pick_other
from .solids import Solid
from .truth import TRUCK_SHARE, Actor, Category, max_truck_share, visible_boxes
from .world import Lane, World, draw_world

CLEAR_S = 1.7
"""Time at the seams of two slots in which no truck shows; half of it lies in each slot."""
SHORTEST_SLOT_S = 5.0
_SPILL_S = 0.4
_FASTEST_M_S = 33.0
_STEP_S = 0.2
_WORLDS = 80
_TRUCKS = 24


@dataclass(frozen=True, slots=True)
class Drive:
    """A vehicle at constant speed in its lane."""

    category: Category
    solid: Solid
    lane: Lane
    speed_m_s: float
    passes_s: float
    """Time at which it is at z = 0, beside or below the camera."""

    def pose(self, time_s: float, world: World) -> Pose:
        """Where it is."""
        z = self.lane.direction * self.speed_m_s * (time_s - self.passes_s)
        return world.road.pose(self.lane, z, world.camera)

    def actor(self, time_s: float, world: World) -> Actor:
        """The vehicle at its place."""
        return Actor(self.category, self.solid, self.pose(time_s, world))


@dataclass(frozen=True, slots=True)
class Slot:
    """The drives of one stretch of a clip; its truck passage as first and last frame."""

    drives: tuple[Drive, ...]
    passage: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The world of a clip and the pace of its lanes."""

    world: World
    speeds_m_s: tuple[float, ...]
    """By lane."""
    seed: int
    fps: float
    slot_s: float

    def slot(self, number: int, truck: bool) -> Slot:
        """The traffic of one slot.

        Raises:
            SceneError: no truck passage fits, which means that the slot is too short.
        """
        rng = np.random.default_rng([self.seed, number, 2])
        if not truck:
            return Slot(self._others(rng, number, []), None)
        for _ in range(_TRUCKS):
            drive = self._truck(rng, number)
            if drive is None:
                continue
            drives = (drive, *self._others(rng, number, [drive]))
            for cast in (drives, (drive,)):
                passage = self._passage(cast)
                if passage is not None:
                    return Slot(cast, passage)
        raise SceneError(
            f"no truck passage fits into {self.slot_s:.1f} s; ask for fewer or for more seconds"
        )

    def _truck(self, rng: np.random.Generator, number: int) -> Drive | None:
        index = int(rng.integers(len(self.speeds_m_s)))
        solid = BUILDERS["truck"](rng)
        drive = Drive("truck", solid, self.world.road.lanes[index], self.speeds_m_s[index], 0.0)
        return self._timed(drive, rng, number, CLEAR_S / 2)

    def _others(
        self, rng: np.random.Generator, number: int, taken: list[Drive]
    ) -> tuple[Drive, ...]:
        drives = list(taken)
        for _ in range(int(rng.integers(0, 5))):
            index = int(rng.integers(len(self.speeds_m_s)))
            category = pick_other(rng)
            solid = BUILDERS[category](rng)
            drive = self._timed(
                Drive(category, solid, self.world.road.lanes[index], self.speeds_m_s[index], 0.0),
                rng,
                number,
                -_SPILL_S,
            )
            if drive is not None and all(_apart(drive, other) for other in drives):
                drives.append(drive)
        return tuple(drives[len(taken) :])

    def _timed(
        self, drive: Drive, rng: np.random.Generator, number: int, margin_s: float
    ) -> Drive | None:
        """The drive at a time that keeps it in sight only within the slot, or None."""
        span = in_sight(drive, self.world)
        if span is None:
            return None
        earliest = number * self.slot_s + margin_s - span[0]
        latest = (number + 1) * self.slot_s - margin_s - span[1]
        if latest < earliest:
            return None
        passes = float(rng.uniform(earliest, latest))
        return Drive(drive.category, drive.solid, drive.lane, drive.speed_m_s, passes)

    def _passage(self, drives: tuple[Drive, ...]) -> tuple[int, int] | None:
        """First and last frame with the leading truck present, None unless they are one stretch."""
        span = in_sight(drives[0], self.world)
        assert span is not None, "the truck leads and was timed by its span"
        first, last = (math.floor((drives[0].passes_s + edge) * self.fps) for edge in span)
        present = []
        for frame in range(max(first, 0), last + 2):
            cast = [drive.actor(frame / self.fps, self.world) for drive in drives]
            if max_truck_share(visible_boxes(cast, self.world.camera)) >= TRUCK_SHARE:
                present.append(frame)
        if len(present) < max(2, round(0.4 * self.fps)) or present[-1] - present[0] + 1 != len(
            present
        ):
            return None
        return present[0], present[-1]


def draw_schedule(seed: int, fps: float, size_wh: tuple[int, int], slot_s: float) -> Schedule:
    """A world whose lanes carry a truck through the picture within a slot.

    Raises:
        SceneError: the slot is too short.
    """
    rng = np.random.default_rng([seed, 0, 1])
    probe = Builder()
    probe.block((0, 3.9), (1.27, -8.8, 8.8), (1.27, -8.8, 8.8), (0, 0, 0))
    solid = probe.build()
    for _ in range(_WORLDS):
        world = draw_world(rng, size_wh, clip=True)
        pace = float(rng.uniform(13, 20))
        speeds = []
        for lane in world.road.lanes:
            span = in_sight(Drive("truck", solid, lane, 20.0, 0.0), world)
            if span is not None:
                speeds.append(
                    max(
                        pace * float(rng.uniform(0.92, 1.12)),
                        20.0 * (span[1] - span[0]) / (slot_s - CLEAR_S - 0.4),
                    )
                )
        if len(speeds) == len(world.road.lanes) and max(speeds) <= _FASTEST_M_S:
            return Schedule(world, tuple(speeds), seed, fps, slot_s)
    raise SceneError(
        f"no road carries a truck past within {slot_s:.1f} s; ask for fewer or for more seconds"
    )


def in_sight(drive: Drive, world: World) -> tuple[float, float] | None:
    """First and last time, relative to `passes_s`, at which any of it may show; None if never."""
    times = np.arange(-14, 14, _STEP_S)
    corners = drive.solid.corners
    start = Drive(drive.category, drive.solid, drive.lane, drive.speed_m_s, 0.0)
    poses = [start.pose(time, world) for time in times.tolist()]
    places = np.concatenate([pose.place(corners) for pose in poses])
    camera = world.camera
    view = camera.view(places)
    ahead = (view[:, 2] >= NEAR_M).reshape(-1, 8).any(axis=1)
    view[:, 2] = np.maximum(view[:, 2], NEAR_M)
    pixels = camera.pixels(view).reshape(-1, 8, 2)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    behind = np.array([camera.depth_m(pose.x_m, pose.z_m) > camera.crest_m for pose in poses])
    floor = np.where(behind, camera.ground_row + 1, camera.size_wh[1])
    shows = ahead & (high > 0).all(axis=1) & (low[:, 0] < camera.size_wh[0]) & (low[:, 1] < floor)
    seen = times[shows]
    return (float(seen[0]) - _STEP_S, float(seen[-1]) + _STEP_S) if len(seen) else None


def _apart(one: Drive, other: Drive) -> bool:
    if one.lane != other.lane:
        return True
    room = float(one.solid.extent[2] + other.solid.extent[2]) + 6.0
    return abs(one.passes_s - other.passes_s) * one.speed_m_s >= room
