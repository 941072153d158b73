"""What the sensors say, and that one which does not answer delays nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.heat import STALE_S, Heat, HeatReader, Temperature, read_heat, temperatures

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
Zones = Callable[..., Path]


@pytest.fixture
def zones(tmp_path: Path) -> Zones:
    """Writes thermal zones below a root: their types with what their sensors say."""

    def write(*pairs: tuple[str, str | None]) -> Path:
        for number, (kind, temp) in enumerate(pairs):
            zone = tmp_path / f"sys/class/thermal/thermal_zone{number}"
            zone.mkdir(parents=True)
            (zone / "type").write_text(f"{kind}\n")
            if temp is not None:
                (zone / "temp").write_text(f"{temp}\n")
        return tmp_path

    return write


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def install_vcgencmd(root: Path, script: str) -> None:
    path = root / "usr/bin/vcgencmd"
    write(path, f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_hottest_zone_of_the_chip_counts(zones: Zones) -> None:
    root = zones(("cpu-thermal", "61250"), ("GPU-therm", "64500"), ("soc0-thermal", "60000"))
    assert read_heat(root) == Heat(64.5, None)


@pytest.mark.parametrize("kind", ["PMIC-Die", "iwlwifi_1", "battery", "acpitz"])
def test_a_zone_that_is_not_of_the_chip_does_not_count(zones: Zones, kind: str) -> None:
    root = zones(("x86_pkg_temp", "50000"), (kind, "100000"))
    assert read_heat(root).celsius == 50.0
    assert Temperature(kind, 100.0) in temperatures(root)


@pytest.mark.parametrize("temp", ["-41000", "151000", "", "none", None])
def test_a_sensor_that_fails_or_says_what_cannot_be_is_left_out(
    zones: Zones, temp: str | None
) -> None:
    assert read_heat(zones(("cpu-thermal", temp), ("gpu-thermal", "47000"))).celsius == 47.0


def test_cold_is_a_temperature(zones: Zones) -> None:
    assert read_heat(zones(("cpu-thermal", "-39000"))).celsius == -39.0


def test_nothing_is_known_where_there_is_no_sensor(tmp_path: Path) -> None:
    assert read_heat(tmp_path) == Heat(None, None)


@pytest.mark.parametrize(
    ("word", "throttled"),
    [("0", False), ("50000", False), ("f0000", False), ("1", True), ("50005", True), ("8", True)],
)
def test_throttled_is_what_the_firmware_does_now(
    tmp_path: Path, word: str, throttled: bool
) -> None:
    write(tmp_path / FIRMWARE, f"{word}\n")
    assert read_heat(tmp_path).throttled is throttled


@pytest.mark.parametrize(("word", "throttled"), [("0x0", False), ("0x50005", True)])
def test_without_a_file_the_firmware_is_asked(tmp_path: Path, word: str, throttled: bool) -> None:
    install_vcgencmd(tmp_path, f'test "$1" = get_throttled && echo throttled={word}')
    assert read_heat(tmp_path).throttled is throttled


def test_the_file_goes_before_the_command(tmp_path: Path) -> None:
    write(tmp_path / FIRMWARE, "0\n")
    install_vcgencmd(tmp_path, "echo throttled=0x5")
    assert read_heat(tmp_path).throttled is False


@pytest.mark.parametrize("script", ["exit 1", "echo VCHI initialization failed", "echo throttled="])
def test_a_firmware_that_gives_no_word_is_unknown(tmp_path: Path, script: str) -> None:
    install_vcgencmd(tmp_path, script)
    assert read_heat(tmp_path).throttled is None


def test_a_command_that_cannot_be_run_is_unknown(tmp_path: Path) -> None:
    write(tmp_path / "usr/bin/vcgencmd", "neither a script nor a program")
    assert read_heat(tmp_path).throttled is None


class Clock:
    """Seconds that a test sets."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_reading_counts_until_it_is_old() -> None:
    clock = Clock()
    reader = HeatReader(lambda: Heat(50.0, None), clock=clock)
    assert reader.latest() is None
    reader.refresh()
    clock.now_s += STALE_S - 0.1
    assert reader.latest() == Heat(50.0, None)
    clock.now_s += 0.1
    assert reader.latest() is None


def test_a_reading_is_as_old_as_its_beginning() -> None:
    clock = Clock()

    def slow() -> Heat:
        clock.now_s += STALE_S
        return Heat(50.0, None)

    reader = HeatReader(slow, clock=clock)
    reader.refresh()
    assert reader.latest() is None


def test_a_sensor_that_hangs_delays_neither_reading_nor_closing() -> None:
    asked, release = threading.Event(), threading.Event()

    def hang() -> Heat:
        asked.set()
        release.wait(30)
        return Heat(50.0, None)

    begun_s = time.monotonic()
    with HeatReader(hang).start() as reader:
        assert asked.wait(10)
        assert reader.latest() is None
    assert time.monotonic() - begun_s < 10
    release.set()


def heat_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "heat"]


def test_a_closed_reader_can_be_started_again(until: Callable[..., None]) -> None:
    read = threading.Semaphore(0)

    def count() -> Heat:
        read.release()
        return Heat(50.0, None)

    reader = HeatReader(count, period_s=1000.0).start()
    assert read.acquire(timeout=10)
    reader.close()
    until(lambda: not heat_threads(), "the end of the thread")
    reader.start()
    assert read.acquire(timeout=10)
    reader.close()
    until(lambda: not heat_threads(), "the end of the second thread")


def test_a_sensor_that_hangs_keeps_one_thread_however_often_it_is_started(
    until: Callable[..., None],
) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang() -> Heat:
        asked.set()
        release.wait(30)
        return Heat(50.0, None)

    reader = HeatReader(hang).start()
    assert asked.wait(10)
    for _ in range(3):
        reader.close()
        reader.start()
    assert len(heat_threads()) == 1
    release.set()
    until(lambda: reader.latest() == Heat(50.0, None), "the reading after it hung")
    reader.close()
    until(lambda: not heat_threads(), "the end of the thread")


def test_the_thread_reads_again_and_again_until_it_is_closed() -> None:
    readings = iter(range(10**9))
    enough = threading.Event()

    def read() -> Heat:
        number = next(readings)
        if number >= 3:
            enough.set()
        return Heat(float(number), None)

    reader = HeatReader(read, period_s=0.001).start()
    assert reader.start() is reader
    assert enough.wait(10)
    latest = reader.latest()
    assert latest is not None
    assert latest.celsius is not None
    assert latest.celsius >= 2
    threads = [thread for thread in threading.enumerate() if thread.name == "heat"]
    reader.close()
    reader.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
