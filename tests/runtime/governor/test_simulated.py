"""A governor on a simulated machine settles at the right level and seldom moves."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from trucksight.runtime.governor import Governor
from trucksight.runtime.governor_step import Because, Move
from trucksight.runtime.heat import Heat
from trucksight.runtime.ladder import Ladder, Level

from .conftest import HOUR_S, START, STEPS, Machine, feed_all, levels


def test_a_machine_that_is_fast_and_cool_is_left_alone(governor: Governor) -> None:
    assert Machine().run(governor, 6 * HOUR_S) == []
    assert governor.settings == START


def test_it_settles_at_the_first_level_that_is_fast_enough(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 700, 400, 200))
    steps = machine.run(governor, 6 * HOUR_S)
    assert levels(steps) == [1, 2]
    assert [step.because for step in steps] == [Because.AGE] * 2
    assert [step.does for step in steps] == ["rate=5", "size=640x360"]
    assert governor.settings == Level(5, (640, 360), "onnx-fp16")
    (first_s, _), (second_s, _) = machine.steps
    assert 15 <= first_s < 20
    assert 15 <= second_s - first_s < 20


def test_it_comes_back_level_by_level_when_the_load_is_gone(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 900, 900, 400))
    machine.run(governor, HOUR_S)
    assert governor.level == 3
    machine.ages_ms = (100, 100, 100, 100)
    steps = machine.run(governor, HOUR_S)
    assert [step.move for step in steps] == [Move.UP] * 3
    assert levels(steps) == [2, 1, 0]
    assert [step.does for step in steps] == ["variant=onnx-fp16", "size=1280x720", "rate=10"]
    times_s = [HOUR_S, *machine.moves(Move.UP)]
    pauses_s = [later - sooner for sooner, later in itertools.pairwise(times_s)]
    assert all(60 <= pause_s < 85 for pause_s in pauses_s)


def test_between_enough_and_plenty_it_stays(governor: Governor) -> None:
    """0.6 of 500 ms is 300 ms; 10 % of jitter on top."""
    machine = Machine(ages_ms=(900, 290, 100, 100))
    assert levels(machine.run(governor, 6 * HOUR_S)) == [1]
    machine.ages_ms = (100, 265, 100, 100)
    assert levels(machine.run(governor, HOUR_S)) == [0]


def test_a_ladder_that_does_not_suffice_is_said_once(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 900, 900, 900))
    steps = machine.run(governor, 6 * HOUR_S)
    assert levels(steps) == [1, 2, 3, 3]
    assert [step.move for step in steps] == [*[Move.DOWN] * 3, Move.EXHAUSTED]
    assert governor.level == 3


def test_a_ladder_that_is_exhausted_again_is_said_again(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 900, 900, 900))
    machine.run(governor, HOUR_S)
    machine.ages_ms = (100, 100, 100, 100)
    machine.run(governor, HOUR_S)
    assert governor.level == 0
    machine.ages_ms = (900, 900, 900, 900)
    assert machine.run(governor, HOUR_S)[-1].move is Move.EXHAUSTED


def test_to_and_fro_gets_rarer_until_it_is_once_an_hour(governor: Governor) -> None:
    """Level 0 is too slow, level 1 has plenty of room: no level is right for good."""
    machine = Machine(ages_ms=(900, 100, 100, 100), period_s=1.0)
    machine.run(governor, 24 * HOUR_S)
    ups_s = machine.moves(Move.UP)
    assert len([at_s for at_s in ups_s if at_s < 2 * HOUR_S]) == 6
    later_s = [at_s for at_s in ups_s if at_s >= 2 * HOUR_S]
    assert len(later_s) in (21, 22)
    assert all(after - before >= HOUR_S for before, after in itertools.pairwise(later_s))


def test_a_step_up_that_holds_makes_the_next_one_quick_again(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 100, 100, 100))
    machine.run(governor, 2 * HOUR_S)
    machine.ages_ms = (100, 100, 100, 100)
    machine.run(governor, 2 * HOUR_S)
    assert governor.level == 0
    machine.ages_ms = (900, 100, 100, 100)
    machine.run(governor, 25)
    assert governor.level == 1
    machine.ages_ms = (100, 100, 100, 100)
    machine.run(governor, 85)
    assert governor.level == 0


def test_heat_is_given_time_to_go_before_the_next_step(governor: Governor) -> None:
    """Level 0 would end at 95 C, level 1 ends at 77 C."""
    machine = Machine(rises_c=(40, 22, 12, 6), around_c=55)
    steps = machine.run(governor, 6 * HOUR_S)
    assert levels(steps) == [1]
    assert steps[0].because is Because.HEAT
    assert steps[0].celsius is not None
    assert 80 <= steps[0].celsius < 81
    assert machine.celsius < 80


def test_heat_that_does_not_go_takes_step_after_step(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 39, 38, 20), around_c=55)
    steps = machine.run(governor, 6 * HOUR_S)
    assert levels(steps) == [1, 2, 3]
    assert machine.celsius < 80
    downs_s = machine.moves(Move.DOWN)
    assert all(later - sooner >= 60 for sooner, later in itertools.pairwise(downs_s))


def test_a_cool_evening_brings_it_back(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 22, 12, 6), around_c=55)
    machine.run(governor, 6 * HOUR_S)
    machine.around_c = 25
    assert levels(machine.run(governor, 6 * HOUR_S)) == [0]
    assert machine.celsius == pytest.approx(65, abs=0.5)


def test_it_takes_more_than_being_no_longer_hot_to_come_back(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 18, 12, 6), around_c=55)
    assert levels(machine.run(governor, 6 * HOUR_S)) == [1]
    assert machine.celsius == pytest.approx(73, abs=0.2)


def test_throttling_alone_is_a_reason(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 20, 12, 6), around_c=50, throttled_c=78)
    step = machine.run(governor, HOUR_S)[0]
    assert (step.because, step.throttled, step.level_to) == (Because.THROTTLED, True, 1)


def test_throttling_stands_against_a_step_up(governor: Governor) -> None:
    feed_all(governor, [(now_s / 2, 900.0) for now_s in range(2000, 2050)], None)
    assert governor.level == 1
    young = [(1100 + now_s / 2, 10.0) for now_s in range(1000)]
    assert feed_all(governor, young, Heat(40.0, True))[0].move is Move.DOWN


def test_a_machine_without_a_sensor_is_governed_by_age(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 400, 100, 100), rises_c=(80, 80, 80, 80), has_sensor=False)
    assert levels(machine.run(governor, HOUR_S)) == [1]
    machine.ages_ms = (100, 100, 100, 100)
    assert levels(machine.run(governor, HOUR_S)) == [0]


def test_a_sensor_that_falls_silent_is_no_reason_to_do_more(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 22, 12, 6), around_c=55)
    machine.run(governor, HOUR_S)
    machine.has_sensor, machine.around_c = False, 20
    assert machine.run(governor, 3 * HOUR_S) == []
    machine.has_sensor = True
    assert levels(machine.run(governor, HOUR_S)) == [0]


def test_a_lost_camera_is_no_reason_for_anything(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 400, 100, 100))
    machine.run(governor, HOUR_S)
    machine.has_camera, machine.ages_ms = False, (900, 100, 100, 100)
    assert machine.run(governor, 6 * HOUR_S) == []
    machine.has_camera = True
    back_s = machine.now_s
    while governor.level == 1:
        machine.run(governor, 1)
    assert machine.now_s - back_s >= 60


@pytest.mark.parametrize("between", [{"has_camera": False}, {"ages_ms": (900, 400, 100, 100)}])
def test_calm_that_was_broken_begins_anew(governor: Governor, between: dict[str, Any]) -> None:
    machine = Machine(ages_ms=(900, 400, 100, 100))
    machine.run(governor, 300)
    machine.ages_ms = (100, 100, 100, 100)
    assert machine.run(governor, 50) == []
    for name, value in between.items():
        setattr(machine, name, value)
    assert machine.run(governor, 300) == []
    machine.has_camera, machine.ages_ms = True, (100, 100, 100, 100)
    assert machine.run(governor, 60) == []
    assert levels(machine.run(governor, 15)) == [0]


def test_calm_that_trouble_broke_on_the_last_level_begins_anew(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 900, 900, 100))
    machine.run(governor, 110)
    assert governor.level == 3
    machine.ages_ms = (900, 900, 900, 900)
    assert [step.move for step in machine.run(governor, 10)] == [Move.EXHAUSTED]
    machine.ages_ms = (900, 900, 900, 100)
    assert machine.run(governor, 50) == []


def test_a_lost_camera_does_not_keep_it_hot(governor: Governor) -> None:
    machine = Machine(rises_c=(40, 22, 12, 6), around_c=55, has_camera=False)
    assert levels(machine.run(governor, HOUR_S)) == [1]


@pytest.mark.parametrize("period_s", [1 / 30, 1.0, 5.0])
def test_slow_and_quick_cameras_are_governed_alike(governor: Governor, period_s: float) -> None:
    machine = Machine(ages_ms=(900, 400, 100, 100), period_s=period_s)
    assert levels(machine.run(governor, HOUR_S / 2)) == [1]
    machine.ages_ms = (100, 100, 100, 100)
    assert levels(machine.run(governor, HOUR_S / 2)) == [0]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_machine_it_moves_by_neighbours_and_not_too_often(seed: int) -> None:
    rng = random.Random(seed)
    governor = Governor(Ladder.parse(STEPS, START))
    machine = Machine(
        ages_ms=tuple(sorted((rng.uniform(30, 1500) for _ in range(4)), reverse=True)),
        rises_c=tuple(sorted((rng.uniform(5, 60) for _ in range(4)), reverse=True)),
        around_c=rng.uniform(-10, 50),
        inertia_s=rng.uniform(30, 1500),
        throttled_c=rng.uniform(75, 90),
        period_s=1.0,
    )
    machine.run(governor, 8 * HOUR_S)
    level, last_s = 0, 0.0
    for at_s, step in machine.steps:
        assert step.level_from == level
        level = step.level_to
        assert abs(step.level_to - step.level_from) == (step.move is not Move.EXHAUSTED)
        assert at_s - last_s >= 14
        last_s = at_s
    assert level == governor.level
    falls = len(machine.moves(Move.DOWN))
    assert falls <= 3 + 6 + 3 * 2 * 8


@pytest.mark.parametrize("seed", range(20))
def test_where_a_level_is_fast_enough_it_gets_there(seed: int) -> None:
    rng = random.Random(seed)
    governor = Governor(Ladder.parse(STEPS, START))
    enough = rng.randrange(4)
    ages_ms = tuple(rng.uniform(600, 3000) for _ in range(enough)) + (400.0,) * (4 - enough)
    machine = Machine(ages_ms=ages_ms, period_s=rng.choice((0.1, 0.5, 2.0)))
    machine.run(governor, HOUR_S)
    assert governor.level == enough
    assert len(machine.steps) == enough
