"""A governor, and a simulated machine whose ages and temperature follow from the level."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest

from trucksight.runtime.governor import Governor
from trucksight.runtime.governor_step import Move, Step
from trucksight.runtime.heat import Heat
from trucksight.runtime.ladder import Ladder, Level

STEPS = ("rate=5", "size=640x360", "variant=tflite-int8")
START = Level(rate=10, size_wh=(1280, 720), variant="onnx-fp16")
HOUR_S = 3600.0


@dataclass
class Machine:
    """Decides twice a second; warms up and cools down by Newton's law."""

    ages_ms: tuple[float, ...] = (100.0, 80.0, 60.0, 40.0)
    """By level."""
    rises_c: tuple[float, ...] = (20.0, 15.0, 10.0, 5.0)
    """By level: above the surroundings, after a long time."""
    around_c: float = 30.0
    inertia_s: float = 300.0
    throttled_c: float = math.inf
    """From here on the firmware slows it down to half its speed, until it is 5 degrees cooler."""
    period_s: float = 0.5
    has_sensor: bool = True
    has_camera: bool = True
    celsius: float = 30.0
    throttled: bool = False
    now_s: float = 1000.0
    steps: list[tuple[float, Step]] = field(default_factory=list)
    """With seconds since the beginning."""

    def run(self, governor: Governor, seconds: float) -> list[Step]:
        """Let time pass; what the governor decided in it."""
        before = len(self.steps)
        heat = self._heat()
        for number in range(round(seconds / self.period_s)):
            self.now_s += self.period_s
            self._warm(governor.level)
            if self.has_camera:
                jitter = 1 + 0.1 * math.sin(number)
                governor.feed(self.now_s, self.ages_ms[governor.level] * jitter * self._slow())
            if number % 15 == 0:
                heat = self._heat()
            step = governor.judge(self.now_s, heat)
            if step:
                self.steps.append((self.now_s - 1000.0, step))
        return [step for _, step in self.steps[before:]]

    def moves(self, move: Move) -> list[float]:
        """When there was such a move, seconds since the beginning."""
        return [at_s for at_s, step in self.steps if step.move is move]

    def _warm(self, level: int) -> None:
        target_c = self.around_c + self.rises_c[level]
        self.celsius += (target_c - self.celsius) * (1 - math.exp(-self.period_s / self.inertia_s))
        if self.celsius >= self.throttled_c:
            self.throttled = True
        elif self.celsius <= self.throttled_c - 5:
            self.throttled = False

    def _slow(self) -> float:
        return 2.0 if self.throttled else 1.0

    def _heat(self) -> Heat | None:
        return Heat(self.celsius, self.throttled) if self.has_sensor else None


@pytest.fixture
def governor() -> Governor:
    return Governor(Ladder.parse(STEPS, START))


def levels(steps: list[Step]) -> list[int]:
    return [step.level_to for step in steps]


Ages = list[tuple[float, float]]


def feed_all(governor: Governor, ages: Ages, heat: Heat | None = None) -> list[Step]:
    steps = []
    for now_s, age_ms in ages:
        governor.feed(now_s, age_ms)
        step = governor.judge(now_s, heat)
        if step:
            steps.append(step)
    return steps
