"""What makes a measurement say nothing about the machine, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.suite.conditions import read_conditions
from trucksight.benchmarks.suite.results import Conditions, Process
from trucksight.benchmarks.suite.validity import Limits, disturbances, invalid, invalid_of

START = Conditions(
    megahertz=(2400.0, 1500.0),
    governors=("performance",),
    celsius={"cpu-thermal": 50.0},
    throttled=0,
    load_1min=1.0,
    steal_s=10.0,
    busy_s=1000.0,
    idle_s=5000.0,
    at_s=100.0,
    trip_celsius={"cpu-thermal": 85.0},
)


def after(steal: float = 0.0, busy: float = 20.0, idle: float = 20.0, **changed: Any) -> Conditions:
    """Ten seconds later on four processors."""
    return replace(
        START, steal_s=10 + steal, busy_s=1000 + busy, idle_s=5000 + idle, at_s=110.0, **changed
    )


def process(end: Conditions, cpu_ms: float = 200.0, begin: Conditions = START) -> Process:
    """A hundred pictures; by default they used the 20 s of processor time of `after`."""
    return Process(
        regime="back-to-back",
        stages_ns={},
        end_to_end_ns=[1] * 100,
        warm_up_ns=[],
        steady=True,
        cold_ns={},
        first_decision_ns=1,
        peak_mib=1.0,
        cpu_ms=cpu_ms,
        verdicts=[],
        before=begin,
        after=end,
    )


def test_a_quiet_machine_is_valid() -> None:
    assert invalid(START, after(), own_s=20.0) == []


def test_a_stolen_processor_is_told_with_figure_and_limit() -> None:
    (reason,) = invalid(START, after(steal=5.0), own_s=20.0)
    assert reason == (
        "the hypervisor gave 20.0 % of the processor time asked for to others, 5.00 of 25.00 s;"
        " at most 5.0 % may be"
    )


@pytest.mark.parametrize(("steal", "count"), [(0.2, 0), (1.0, 0), (1.1, 1)])
def test_a_little_noise_of_a_shared_machine_is_borne(steal: float, count: int) -> None:
    assert len(invalid(START, after(steal=steal), own_s=20.0)) == count


def test_steal_is_judged_by_what_was_asked_for_not_by_what_was_idle() -> None:
    (reason,) = invalid(START, after(steal=5.0, idle=2000.0), own_s=20.0)
    assert "20.0 %" in reason


def test_a_share_of_a_tick_or_two_is_not_judged() -> None:
    assert invalid(START, after(steal=0.04, busy=0.2), own_s=0.0) == []


def test_other_limits_can_be_set() -> None:
    end = after(steal=5.0)
    assert invalid(START, end, own_s=20.0, limits=Limits(stolen_share=0.25)) == []


def test_other_programs_are_told() -> None:
    (reason,) = invalid(START, after(busy=26.0, idle=14.0), own_s=20.0)
    assert reason == (
        "other programs used 15.0 % of the processors' time, 6.00 of 40.00 s; at most 10.0 % may be"
    )


@pytest.mark.parametrize("own_s", [None, 17.0, 25.0])
def test_services_at_rest_and_an_unknown_share_are_borne(own_s: float | None) -> None:
    assert invalid(START, after(), own_s=own_s) == []


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [
        (0x0, 0x4, "throttled"),
        (0x50001, 0x50000, "under-voltage"),
        (0x0, 0x20000, "clock capped"),
        (0x10000, 0x90000, "soft temperature limit"),
    ],
)
def test_a_board_that_its_firmware_slowed_down_is_told(before: int, now: int, named: str) -> None:
    begin = replace(START, throttled=before)
    (reason,) = invalid(begin, after(throttled=now), own_s=20.0)
    assert f"saw a reason to: {named} (" in reason


@pytest.mark.parametrize("before", [0x50000, None])
def test_bits_of_long_ago_do_not_count(before: int | None) -> None:
    begin = replace(START, throttled=before)
    assert invalid(begin, after(throttled=0x50000), own_s=20.0) == []


def test_a_clock_that_fell_under_a_fixed_governor_is_told() -> None:
    (reason,) = invalid(START, after(megahertz=(1500.0, 1800.0)), own_s=20.0)
    assert reason == (
        "the clock fell by 25.0 %, from 2400 to 1800 MHz, under the governor performance;"
        " at most 10.0 % may be"
    )


@pytest.mark.parametrize("governors", [("ondemand",), ("performance", "powersave"), ()])
def test_a_clock_that_may_move_is_not_told(governors: tuple[str, ...]) -> None:
    begin = replace(START, governors=governors)
    end = after(megahertz=(1200.0,), governors=governors)
    assert invalid(begin, end, own_s=20.0) == []


def test_idle_processors_may_tell_any_clock() -> None:
    assert invalid(START, after(megahertz=(600.0, 2300.0)), own_s=20.0) == []


def test_a_zone_at_its_trip_point_is_told() -> None:
    (reason,) = invalid(START, after(celsius={"cpu-thermal": 85.0}), own_s=20.0)
    assert reason == "cpu-thermal had 85.0 °C; the kernel slows the machine down at 85.0 °C"
    assert invalid(START, after(celsius={"cpu-thermal": 84.9}), own_s=20.0) == []
    assert invalid(START, after(celsius={"other": 99.0}), own_s=20.0) == []


def test_drift_is_told() -> None:
    (reason,) = invalid(START, after(), own_s=20.0, drift=True)
    assert "changed in the course" in reason


def test_what_is_unknown_disturbs_nothing(tmp_path: Path) -> None:
    nothing = read_conditions(tmp_path)
    assert invalid(nothing, nothing, own_s=1.0) == []
    assert invalid(nothing, after(), own_s=1.0) == []


def test_conditions_of_a_painted_board_are_judged(paint_board: Callable[..., Path]) -> None:
    before = read_conditions(paint_board("vm"))
    stolen = "cpu  5000 100 900 20000 300 7 93 1500 30 0\n"
    (reason,) = invalid(before, read_conditions(paint_board("vm", {"proc/stat": stolen})))
    assert "gave 50.0 %" in reason


def test_processor_time_is_added_up_over_the_processes_of_a_cell() -> None:
    quiet, bad = process(after()), process(after(steal=5.0))
    assert invalid_of([bad]) == invalid(START, after(steal=5.0), own_s=20.0)
    assert invalid_of([bad] + [quiet] * 9) == []
    (reason,) = invalid_of([bad, bad, quiet, quiet])
    assert "11.1 %" in reason and "10.00 of 90.00 s" in reason


def test_a_process_that_used_the_time_itself_is_not_another_program() -> None:
    end = after(busy=40.0, idle=0.0)
    assert invalid_of([process(end, cpu_ms=400.0)]) == []
    (reason,) = invalid_of([process(end, cpu_ms=200.0)])
    assert "other programs used 50.0 %" in reason


def test_one_process_on_a_slowed_machine_makes_a_cell_invalid() -> None:
    quiet = process(after())
    cases = (
        ({"throttled": 0x4}, "firmware"),
        ({"megahertz": (1200.0,)}, "clock fell by 50.0 %"),
        ({"celsius": {"cpu-thermal": 91.0}}, "had 91.0 °C"),
    )
    for changed, told in cases:
        (reason,) = invalid_of([quiet, process(after(**changed)), quiet])
        assert told in reason


def test_bits_set_by_one_process_are_not_held_against_the_next() -> None:
    later = process(after(throttled=0x40000), begin=replace(START, throttled=0x40000))
    assert invalid_of([later, later]) == []
    assert invalid_of([later], drift=True) != []


def test_a_cell_without_a_process_has_no_reason() -> None:
    assert invalid_of([]) == []


def test_a_process_is_judged_alone_by_what_the_machine_did() -> None:
    quiet, stolen = process(after()), process(after(steal=5.0))
    assert disturbances(quiet) == []
    (found,) = disturbances(stolen)
    assert found.what == "CPU time stolen"
    assert [found.words] == invalid_of([stolen])
    assert disturbances(stolen, Limits(stolen_share=0.25)) == []


@pytest.mark.parametrize(
    ("changed", "whats"),
    [
        ({"throttled": 0x4}, ["slowed by the firmware"]),
        ({"megahertz": (1200.0,)}, ["clock fell"]),
        ({"celsius": {"cpu-thermal": 91.0}}, ["too hot"]),
        ({"busy": 40.0, "idle": 0.0, "steal": 5.0}, ["CPU time stolen", "other programs"]),
    ],
)
def test_each_disturbance_has_a_name(changed: dict[str, Any], whats: list[str]) -> None:
    assert [one.what for one in disturbances(process(after(**changed)))] == whats


def test_durations_disturb_nothing() -> None:
    drifting = replace(process(after()), end_to_end_ns=list(range(1, 101)))
    assert disturbances(drifting) == []


def test_pictures_that_never_reached_the_engine_used_processor_time_too() -> None:
    half = replace(process(after()), end_to_end_ns=[1] * 50, unknown_ns=[1] * 50)
    assert disturbances(half) == []
    (found,) = disturbances(replace(half, unknown_ns=[]))
    assert found.what == "other programs"
