"""Energy from the counters that boards have; where there is none, nothing is measured."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.energy import Meter, open_meter, why_not_measured
from trucksight.benchmarks.suite.energy_power import open_jetson, open_raspberry_pi
from trucksight.benchmarks.suite.energy_rapl import open_rapl
from trucksight.benchmarks.suite.energy_sum import EnergySum, Trapezoid

PACKAGE = "sys/class/powercap/intel-rapl:0"
MONITOR = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"
ADC = """\
 3V7_WL_SW_A current(0)=0.10000000A
  VDD_CORE_A current(7)={amps:.8f}A
 3V7_WL_SW_V volt(8)=3.70000000V
  VDD_CORE_V volt(15)=0.80000000V
     EXT5V_V volt(24)=5.15186000V
      BATT_V volt(25)=0.00000000V
"""
Paint = Callable[..., Path]


def package(number: int, joules: int, name: str = "") -> dict[str, str]:
    zone = f"sys/class/powercap/intel-rapl:{number}"
    return {
        f"{zone}/name": f"{name or f'package-{number}'}\n",
        f"{zone}/energy_uj": f"{joules}000000\n",
        f"{zone}/max_energy_range_uj": "262143000000\n",
    }


def put(path: Path, text: str) -> None:
    """In one step, for a thread may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def install_vcgencmd(root: Path, script: str) -> None:
    put(root / "usr/bin/vcgencmd", f"#!/bin/sh\n{script}\n")
    (root / "usr/bin/vcgencmd").chmod(0o755)


def install_pmic(root: Path, amps: float) -> None:
    """A command that tells what is in a file beside it, and logs that it did."""
    put(root / "usr/bin/adc", ADC.format(amps=amps))
    install_vcgencmd(
        root,
        'test "$1" = pmic_read_adc || exit 1\ncat "${0%/*}/adc"; echo >> "${0%/*}/asked"',
    )


def channel(number: int, label: str, millivolts: int, milliamperes: int) -> dict[str, str]:
    return {
        f"{MONITOR}/in{number}_label": f"{label}\n",
        f"{MONITOR}/in{number}_input": f"{millivolts}\n",
        f"{MONITOR}/curr{number}_input": f"{milliamperes}\n",
    }


@contextmanager
def opened(root: Path) -> Iterator[Meter]:
    meter = open_meter(root)
    assert meter is not None, why_not_measured(root)
    assert why_not_measured(root) is None
    with closing(meter):
        yield meter


def bounds(meter: Meter, watts: float) -> tuple[float, float, float]:
    """The least and the most that a constant power spends between two readings, and what they say.

    A reading may belong to any moment of its call.
    """
    begun_s = time.monotonic()
    first_j, first_s = meter.read_j(), time.monotonic()
    while time.monotonic() < first_s + 0.05:
        pass
    last_s = time.monotonic()
    spent_j = meter.read_j() - first_j
    return watts * (last_s - first_s), watts * (time.monotonic() - begun_s), spent_j


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "energy"]


def test_a_bare_virtual_machine_has_no_meter(paint_board: Paint) -> None:
    root = paint_board("vm")
    assert open_meter(root) is None
    assert why_not_measured(root) == (
        "RAPL: no package in /sys/class/powercap; Raspberry Pi: no vcgencmd;"
        " Jetson: no INA3221 in /sys/bus/i2c/drivers"
    )


def test_packages_are_added_up_and_their_parts_and_the_whole_platform_are_not(
    paint_board: Paint,
) -> None:
    parts = {
        f"{PACKAGE}/intel-rapl:0:0/name": "core\n",
        "sys/class/powercap/intel-rapl:0:0/name": "package-9\n",
        "sys/class/powercap/intel-rapl:0:0/energy_uj": "5000000\n",
        **package(2, 1000, "psys"),
    }
    root = paint_board("x86", package(0, 100) | package(1, 200) | parts)
    with opened(root) as meter:
        assert meter.source == "RAPL package-0 + package-1"
        assert meter.read_j() == 0.0
        put(root / PACKAGE / "energy_uj", "107500000\n")
        put(root / "sys/class/powercap/intel-rapl:1/energy_uj", "201000000\n")
        put(root / "sys/class/powercap/intel-rapl:2/energy_uj", "9000000000\n")
        assert meter.read_j() == pytest.approx(8.5)
        assert meter.read_j() == pytest.approx(8.5)


def test_a_counter_goes_round_at_its_range(paint_board: Paint) -> None:
    root = paint_board("x86", package(0, 262140))
    with opened(root) as meter:
        meter.read_j()
        put(root / PACKAGE / "energy_uj", "4000000\n")
        assert meter.read_j() == pytest.approx(7.0)
        put(root / PACKAGE / "energy_uj", "5000000\n")
        assert meter.read_j() == pytest.approx(8.0)


def test_a_counter_that_was_reset_is_no_energy_any_more(paint_board: Paint) -> None:
    root = paint_board("x86", package(0, 100))
    with opened(root) as meter:
        meter.read_j()
        put(root / PACKAGE / "energy_uj", "90000000\n")
        with pytest.raises(OSError, match="went back from 100000000 to 90000000 uJ"):
            meter.read_j()
        put(root / PACKAGE / "energy_uj", "120000000\n")
        with pytest.raises(OSError, match="went back"):
            meter.read_j()


@pytest.mark.parametrize("now", ["none\n", "\n", "-5\n"])
def test_a_counter_that_says_nothing_for_a_while_goes_on(paint_board: Paint, now: str) -> None:
    root = paint_board("x86", package(0, 100))
    with opened(root) as meter:
        meter.read_j()
        put(root / PACKAGE / "energy_uj", now)
        with pytest.raises(OSError, match="tells no number"):
            meter.read_j()
        put(root / PACKAGE / "energy_uj", "103000000\n")
        assert meter.read_j() == pytest.approx(3.0)


def test_one_package_that_cannot_be_read_is_none_at_all(paint_board: Paint) -> None:
    root = paint_board("x86", package(0, 100) | package(1, 100))
    (root / "sys/class/powercap/intel-rapl:1/energy_uj").unlink()
    assert open_meter(root) is None
    assert "intel-rapl:1/energy_uj" in (why_not_measured(root) or "")


def test_a_counter_for_root_alone_is_told_with_the_cure(
    paint_board: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = paint_board("x86", package(0, 100))
    (root / PACKAGE / "energy_uj").chmod(0)
    root.chmod(0o755)
    monkeypatch.chdir(root)  # nobody may not pass the folders above
    if os.geteuid() != 0:
        found = open_rapl(Path())
    else:
        os.seteuid(65534)
        try:
            found = open_rapl(Path())
        finally:
            os.seteuid(0)
    assert isinstance(found, str)
    assert "this user may not read" in found
    assert "sudo chmod a+r /sys/class/powercap" in found


def test_a_raspberry_pi_adds_up_rails_that_tell_volts_and_amperes(paint_board: Paint) -> None:
    root = paint_board("pi5")
    install_pmic(root, amps=1.0)
    with opened(root) as meter:
        assert meter.source == "Raspberry Pi PMIC, 2 rails"
        low_j, high_j, spent_j = bounds(meter, watts=0.37 + 0.8)
        assert low_j <= spent_j <= high_j
        put(root / "usr/bin/adc", ADC.format(amps=5.0))
        low_j, high_j, spent_j = bounds(meter, watts=0.37 + 4.0)
        assert low_j <= spent_j <= high_j


def test_a_thread_samples_between_two_readings_until_it_is_closed(paint_board: Paint) -> None:
    root = paint_board("pi5")
    install_pmic(root, amps=1.0)
    with opened(root) as meter:
        assert threads() == []
        meter.read_j()
        assert threads() == ["energy"]
        asked = (root / "usr/bin/asked").stat().st_size
        deadline_s = time.monotonic() + 20
        while (root / "usr/bin/asked").stat().st_size == asked:
            assert time.monotonic() < deadline_s, "the thread does not sample"
    assert threads() == []
    with pytest.raises(OSError, match="closed"):
        meter.read_j()
    meter.close()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('echo "VCHI initialization failed" >&2; exit 255', "VCHI initialization failed"),
        ("echo 'error=1 error_msg=\"Command not registered\"'", "Command not registered"),
        ("echo EXT5V_V 'volt(24)=5.15V'", "tells no rails"),
    ],
)
def test_a_firmware_that_tells_no_rails_is_none(paint_board: Paint, script: str, told: str) -> None:
    root = paint_board("pi5")
    install_vcgencmd(root, script)
    assert open_meter(root) is None
    assert told in (why_not_measured(root) or "")


def test_a_command_that_cannot_be_run_is_none(paint_board: Paint) -> None:
    root = paint_board("pi5", {"usr/bin/vcgencmd": "neither a script nor a program"})
    assert isinstance(open_raspberry_pi(root), str)


def test_a_rail_that_is_missing_later_is_no_smaller_sum(paint_board: Paint) -> None:
    root = paint_board("pi5")
    install_pmic(root, amps=1.0)
    with opened(root) as meter:
        meter.read_j()
        put(root / "usr/bin/adc", "\n".join(ADC.format(amps=1.0).splitlines()[1:]))
        with pytest.raises(OSError, match="tells no rails"):
            meter.read_j()


def test_a_jetson_is_measured_at_its_input(paint_board: Paint) -> None:
    files = channel(1, "VDD_IN", 5000, 1000) | channel(2, "VDD_CPU_GPU_CV", 5000, 400)
    root = paint_board("jetson", files)
    device = root / MONITOR.partition("/hwmon/")[0]
    device.rename(root / "device")
    device.symlink_to(root / "device")  # as the kernel does
    with opened(root) as meter:
        assert meter.source == "Jetson INA3221 VDD_IN"
        low_j, high_j, spent_j = bounds(meter, watts=5.0)
        assert low_j <= spent_j <= high_j


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (channel(1, "VDD_GPU_SOC", 5000, 100), "none of the channels VDD_GPU_SOC is known"),
        (channel(1, "VDD_IN", 5000, 100) | {f"{MONITOR}/curr1_input": "\n"}, "tells no number"),
    ],
)
def test_a_jetson_whose_whole_is_not_known_is_none(
    paint_board: Paint, files: dict[str, str], told: str
) -> None:
    found = open_jetson(paint_board("jetson", files))
    assert isinstance(found, str)
    assert told in found


def test_power_goes_straight_from_sample_to_sample() -> None:
    watts, now = iter([2.0, 4.0, 4.0]), [100.0]
    power = Trapezoid(lambda: next(watts), longest_s=5.0, clock=lambda: now[0])
    assert power.spent_j() == 0.0
    now[0] = 102.0
    assert power.spent_j() == pytest.approx(6.0)
    now[0] = 102.5
    assert power.spent_j() == pytest.approx(2.0)


def test_a_sample_that_fails_is_bridged_and_a_long_gap_is_not() -> None:
    now, broken = [0.0], [False]

    def read_w() -> float:
        if broken[0]:
            raise OSError("no answer")
        return 3.0

    power = Trapezoid(read_w, longest_s=5.0, clock=lambda: now[0])
    power.spent_j()
    now[0], broken[0] = 2.0, True
    with pytest.raises(OSError, match="no answer"):
        power.spent_j()
    now[0], broken[0] = 4.0, False
    assert power.spent_j() == pytest.approx(12.0)
    now[0] = 9.5
    for _ in range(2):
        with pytest.raises(OSError, match=r"no sample of the power for 5\.5 s; at most 5 s"):
            power.spent_j()


def test_what_the_thread_adds_is_in_the_next_reading() -> None:
    asked = threading.Semaphore(0)

    def spent_j() -> float:
        asked.release()
        return 1.0

    with EnergySum("test", spent_j, period_s=0.001, least_s=0.0) as meter:
        assert meter.read_j() == 1.0
        for _ in range(3):
            assert asked.acquire(timeout=20)
        assert meter.read_j() >= 3.0


def test_a_failure_in_the_thread_is_told_by_the_next_reading() -> None:
    failed, calls = threading.Event(), [0]

    def spent_j() -> float:
        calls[0] += 1
        if calls[0] > 1:
            failed.set()
            raise OSError("gone")
        return 0.0

    with EnergySum("test", spent_j, period_s=0.001, least_s=0.0) as meter:
        meter.read_j()
        assert failed.wait(timeout=20)
        with pytest.raises(OSError, match="gone"):
            meter.read_j()


def test_a_meter_that_was_never_read_has_no_thread_to_stop() -> None:
    meter = EnergySum("test", lambda: 0.0, period_s=0.001, least_s=0.0)
    meter.close()
    assert threads() == []
