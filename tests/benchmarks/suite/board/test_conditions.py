"""What a machine says of itself at one moment; what it does not say is unknown."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from trucksight.benchmarks.json_shape import shaped
from trucksight.benchmarks.suite.conditions import read_conditions
from trucksight.benchmarks.suite.results import Conditions

Paint = Callable[..., Path]


def test_a_raspberry_pi_5(paint_board: Paint) -> None:
    found = read_conditions(paint_board("pi5"))
    assert found.megahertz == (2400.0, 1500.0, 1500.0, 2400.0)
    assert found.governors == ("ondemand",)
    assert found.celsius == {"cpu-thermal": 61.75}
    assert found.trip_celsius == {}
    assert found.throttled == 0x50000
    assert found.load_1min == 0.42


def test_a_jetson_has_the_lowest_trip_point_that_slows_it_down(paint_board: Paint) -> None:
    found = read_conditions(paint_board("jetson"))
    assert found.celsius == {"cpu-thermal": 52.0, "gpu-thermal": 50.5}
    assert found.trip_celsius == {"cpu-thermal": 99.0, "gpu-thermal": 98.0}


def test_processors_come_in_the_order_of_their_numbers(paint_board: Paint) -> None:
    found = read_conditions(paint_board("x86"))
    assert found.megahertz == pytest.approx([3400 + 0.1 * number for number in range(12)])
    assert found.governors == ("performance",)


def test_trip_points_that_are_off_or_mere_notices_slow_nothing(paint_board: Paint) -> None:
    found = read_conditions(paint_board("x86"))
    assert found.celsius == {"acpitz": 27.8, "x86_pkg_temp": 48.0}
    assert found.trip_celsius == {}


def test_of_two_zones_of_one_name_the_hotter_is_told_and_no_trip_point(
    paint_board: Paint, zone_files: Callable[..., dict[str, str]]
) -> None:
    twins = zone_files(2, "tz", 70000, ("hot", 90000)) | zone_files(3, "tz", 60000, ("hot", 50000))
    found = read_conditions(paint_board("vm", twins))
    assert found.celsius == {"tz": 70.0}
    assert found.trip_celsius == {}


def test_a_bare_virtual_machine_has_its_clock_in_cpuinfo(paint_board: Paint) -> None:
    found = read_conditions(paint_board("vm"))
    assert found.megahertz == (2445.424,) * 4
    assert (found.governors, found.celsius, found.throttled) == ((), {}, None)


def test_processor_time_is_of_all_processors_and_guests_are_not_counted_twice(
    paint_board: Paint,
) -> None:
    found, ticks_hz = read_conditions(paint_board("vm")), os.sysconf("SC_CLK_TCK")
    assert found.busy_s == pytest.approx((4000 + 100 + 900 + 7 + 93) / ticks_hz)
    assert found.idle_s == pytest.approx((20000 + 300) / ticks_hz)
    assert found.steal_s == pytest.approx(500 / ticks_hz)


@pytest.mark.parametrize(
    "stat", ["", "cpu 1 2 3\n", "cpu  0 0 0 0 0 0 0 0 0 0\n", "cpu  a 1 1 1 1 1 1 1\n", "intr 5\n"]
)
def test_an_account_that_cannot_be_read_is_unknown(paint_board: Paint, stat: str) -> None:
    found = read_conditions(paint_board("vm", {"proc/stat": stat}))
    assert (found.busy_s, found.idle_s, found.steal_s) == (None, None, None)
    assert found.load_1min == 0.42


def test_an_empty_root_is_unknown(tmp_path: Path) -> None:
    before_s = time.monotonic()
    found = read_conditions(tmp_path)
    assert before_s <= found.at_s <= time.monotonic()
    assert found == Conditions(
        megahertz=(),
        governors=(),
        celsius={},
        throttled=None,
        load_1min=None,
        steal_s=None,
        busy_s=None,
        idle_s=None,
        at_s=found.at_s,
        trip_celsius={},
    )


def test_folders_in_the_place_of_files_are_unknown(tmp_path: Path) -> None:
    for path in ("proc/stat", "proc/loadavg", "proc/cpuinfo"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq").mkdir(parents=True)
    found = read_conditions(tmp_path)
    assert (found.megahertz, found.load_1min, found.busy_s) == ((), None, None)


def test_conditions_come_back_from_json(paint_board: Paint) -> None:
    found = read_conditions(paint_board("jetson"))
    assert shaped(Conditions, json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="no /proc/stat: Linux has one")
def test_this_machine() -> None:
    first, end_s = read_conditions(), time.thread_time() + 0.1
    while time.thread_time() < end_s:
        pass
    last = read_conditions()
    assert last.at_s - first.at_s >= 0.1
    assert all(50 < value < 10000 for value in last.megahertz)
    assert all(-40 <= value <= 150 for value in last.celsius.values())
    assert last.load_1min is None or last.load_1min >= 0
    if first.busy_s is not None and last.busy_s is not None and last.idle_s is not None:
        # Less than was used above, for the kernel brings its sums up to date tick by tick.
        assert 0.05 <= last.busy_s - first.busy_s <= 10 * (os.cpu_count() or 1)
        assert last.idle_s >= 0
