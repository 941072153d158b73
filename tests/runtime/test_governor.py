"""A governor on a simulated machine, whose ages and temperature follow from the level."""

from __future__ import annotations

import itertools
import json
import math
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from trucksight.runtime.decision import Decision, Reason
from trucksight.runtime.errors import UsageError
from trucksight.runtime.governor import Governor, load_age_ms
from trucksight.runtime.governor_limits import GovernorLimits
from trucksight.runtime.governor_step import Because, Move, Step
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


Ages = list[tuple[float, float]]


def feed_all(governor: Governor, ages: Ages, heat: Heat | None = None) -> list[Step]:
    steps = []
    for now_s, age_ms in ages:
        governor.feed(now_s, age_ms)
        step = governor.judge(now_s, heat)
        if step:
            steps.append(step)
    return steps


@pytest.mark.parametrize(("old", "steps"), [(10, 0), (11, 1)])
def test_one_old_decision_in_ten_is_borne(governor: Governor, old: int, steps: int) -> None:
    """100 decisions in the window of 10 s, looked at once, at the end."""
    assert governor.judge(0.0, None) is None
    for number in range(100):
        governor.feed(90.05 + number / 10, 900.0 if number < old else 100.0)
    assert bool(governor.judge(100.0, None)) is bool(steps)


def test_an_age_at_the_limit_is_borne(governor: Governor) -> None:
    assert feed_all(governor, [(now_s, 500.0) for now_s in range(1000)]) == []
    assert len(feed_all(governor, [(now_s, 500.1) for now_s in range(1000, 1015)])) == 1


def test_few_decisions_say_nothing(governor: Governor) -> None:
    assert feed_all(governor, [(now_s, 900.0) for now_s in range(0, 190, 10)]) == []
    assert len(feed_all(governor, [(190.0, 900.0)])) == 1


@pytest.mark.parametrize("newest_s", [40.0, 400.0])
def test_ages_of_long_ago_say_nothing(governor: Governor, newest_s: float) -> None:
    """40 s: none is of the last half minute. 400 s: of the last five minutes there is but one."""
    assert feed_all(governor, [(now_s / 2, 900.0) for now_s in range(19)]) == []
    governor.feed(9.5 if newest_s == 40 else newest_s, 900.0)
    assert governor.judge(newest_s, None) is None


def test_it_looks_once_a_second(governor: Governor) -> None:
    hot = Heat(90.0, None)
    assert governor.judge(0.0, None) is None
    assert governor.judge(99.1, None) is None
    assert governor.judge(100.0, hot) is None
    assert governor.judge(100.1, hot) is not None


def test_steps_are_apart_however_short_the_calm() -> None:
    governor = Governor(Ladder.parse(STEPS, START), GovernorLimits(calm_s=1.0))
    machine = Machine(ages_ms=(900, 900, 900, 400))
    machine.run(governor, 100)
    machine.ages_ms = (100, 100, 100, 100)
    machine.run(governor, 100)
    assert governor.level == 0
    times_s = [at_s for at_s, _ in machine.steps]
    assert all(later - sooner >= 15 for sooner, later in itertools.pairwise(times_s))


def test_ages_of_before_a_step_do_not_count_after_it(governor: Governor) -> None:
    (step,) = feed_all(governor, [(now_s / 10, 900.0) for now_s in range(151)])
    assert step.level_to == 1
    assert feed_all(governor, [(60.0 + now_s, 900.0) for now_s in range(19)]) == []
    assert len(feed_all(governor, [(79.0, 900.0)])) == 1


def test_a_step_is_told_to_people_and_programs(governor: Governor) -> None:
    machine = Machine(ages_ms=(900, 100, 100, 100))
    down, up = machine.run(governor, 140)[:2]
    notice = down.notice(media_s=16.0)
    line = notice.as_json()
    assert json.loads(json.dumps(line)) == line
    assert line == {
        "notice": "governor",
        "at_s": 16.0,
        "text": "step 1 of 3, rate=5: one decision in ten is older than 982 ms",
        "step": 1,
        "of": 3,
        "move": "down",
        "does": "rate=5",
        "because": "age",
        "age_p90_ms": pytest.approx(982, abs=0.5),
        "celsius": pytest.approx(31, abs=1),
        "throttled": False,
    }
    assert up.notice(90.0).text.startswith("back to step 0 of 3, rate=10: decisions were fresh")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"because": Because.HEAT, "celsius": 81.25},
            "step 1 of 3, rate=5: the processor is at 81.2 C",
        ),
        (
            {"because": Because.THROTTLED},
            "step 1 of 3, rate=5: the firmware slows the processor down",
        ),
        (
            {"move": Move.EXHAUSTED, "level_to": 3},
            "step 3 of 3 is the last and does not suffice: one decision in ten is older than 70 ms",
        ),
    ],
)
def test_the_reason_is_named(changes: dict[str, Any], text: str) -> None:
    step = Step(
        move=Move.DOWN,
        level_from=0,
        level_to=1,
        last=3,
        does="rate=5",
        because=Because.AGE,
        level=START,
        calm_s=60.0,
        age_p90_ms=70.0,
        celsius=None,
        throttled=None,
    )
    assert replace(step, **changes).notice(0.0).text == text


def test_what_was_not_measured_is_null(governor: Governor) -> None:
    assert governor.judge(0.0, Heat(90.0, None)) is None
    step = governor.judge(60.0, Heat(90.0, None))
    assert step is not None
    assert step.notice(0.0).data["age_p90_ms"] is None
    assert step.notice(0.0).data["throttled"] is None


def test_ages_that_nobody_judges_take_no_more_memory(governor: Governor) -> None:
    for number in range(2000):
        governor.feed(float(number), 100.0)
    tracemalloc.start()
    for number in range(50_000):
        governor.feed(2000.0 + number, 100.0)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 300_000


def test_only_decisions_of_the_model_tell_of_its_load(decide: Callable[..., Decision]) -> None:
    assert load_age_ms(decide("T")) == 12.0
    assert load_age_ms(decide("U", reason=Reason.UNSURE)) == 12.0
    assert load_age_ms(decide("U", reason=Reason.BLACK)) is None
    assert load_age_ms(decide("U", reason=Reason.LOST)) is None


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"age_ms": 0}, "age_ms must be more than 0, not 0"),
        ({"age_ms": math.nan}, "age_ms must be more than 0, not nan"),
        ({"settle_s": -1}, "settle_s must be more than 0"),
        ({"calm_s": math.inf}, "calm_s must be more than 0"),
        ({"window_frames": 0}, "window_frames must be 1 to 1024"),
        ({"window_frames": 1025}, "window_frames must be 1 to 1024"),
        ({"calm_share": 1.0}, "calm_share must lie between 0 and 1"),
        ({"cool_c": 0}, "cool_c must be more than 0"),
        ({"hot_c": 800}, "hot_c must be a temperature up to 120 C"),
        ({"calm_s": 7200.0}, "longest_calm_s must be 7200"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GovernorLimits(**limits)


def test_an_age_that_no_frame_gets_to_is_refused() -> None:
    limits = GovernorLimits(age_ms=300)
    limits.check_reached(None)
    limits.check_reached(300)
    with pytest.raises(UsageError, match="take 299 ms or less"):
        limits.check_reached(299)
