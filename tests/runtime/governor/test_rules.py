"""The rules of a governor one by one, and what it tells of a step."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from trucksight.runtime.decision import Decision, Frame, Reason
from trucksight.runtime.errors import UsageError
from trucksight.runtime.governor import Governor, load_age_ms
from trucksight.runtime.governor_limits import GovernorLimits
from trucksight.runtime.governor_step import Because, Move, Step
from trucksight.runtime.heat import Heat
from trucksight.runtime.ladder import Ladder

from .conftest import START, STEPS, Machine, feed_all


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
        "text": "step 1 of 3, rate=5: one decision in ten comes over 982 ms after its frame",
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
            "step 3 of 3 is the last and does not suffice:"
            " one decision in ten comes over 70 ms after its frame",
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
    frame = Frame(None, 0, 0, 0.0)
    assert load_age_ms(frame, decide("T")) == 12.0
    assert load_age_ms(frame, decide("U", reason=Reason.UNSURE)) == 12.0
    assert load_age_ms(frame, decide("U", reason=Reason.BLACK)) is None
    assert load_age_ms(frame, decide("U", reason=Reason.LOST)) is None


def test_what_a_frame_was_late_when_it_arrived_is_no_load(decide: Callable[..., Decision]) -> None:
    frame = Frame(None, -3_000_000_000, 0, 0.0, arrived_ns=5_000_000)
    decision = decide("T", captured_ns=frame.captured_ns)
    assert decision.age_ms == 3012.0
    assert load_age_ms(frame, decision) == 7.0


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
