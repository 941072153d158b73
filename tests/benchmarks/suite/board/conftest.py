"""Boards as folders: what their kernels tell in the files that measurements read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

STAT = """cpu  4000 100 900 20000 300 7 93 500 30 0
cpu0 2000 50 450 10000 150 3 47 250 15 0
intr 12345 0 0
"""
PLAIN = {
    "proc/stat": STAT,
    "proc/loadavg": "0.42 0.30 0.10 1/234 5678\n",
    "proc/meminfo": "MemTotal:        8192000 kB\n",
    "proc/self/status": "Name:\tpython\nCpus_allowed_list:\t0-3\n",
    "proc/sys/kernel/osrelease": "6.6.62-board\n",
}


def _clocks(governor: str, kilohertz: list[int]) -> dict[str, str]:
    files = {}
    for number, value in enumerate(kilohertz):
        folder = f"sys/devices/system/cpu/cpu{number}/cpufreq"
        files[f"{folder}/scaling_cur_freq"] = f"{value}\n"
        files[f"{folder}/scaling_governor"] = f"{governor}\n"
    return files


def _zone(number: int, kind: str, millicelsius: int, *trips: tuple[str, int]) -> dict[str, str]:
    folder = f"sys/class/thermal/thermal_zone{number}"
    files = {f"{folder}/type": f"{kind}\n", f"{folder}/temp": f"{millicelsius}\n"}
    for index, (trip, temp) in enumerate(trips):
        files[f"{folder}/trip_point_{index}_type"] = f"{trip}\n"
        files[f"{folder}/trip_point_{index}_temp"] = f"{temp}\n"
    return files


def _cpuinfo(lines: str) -> str:
    return "\n\n".join(f"processor\t: {number}\n{lines}" for number in range(4)) + "\n"


ARM = "BogoMIPS\t: 108.00\nFeatures\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b"
X86 = "model name\t: Plain CPU\nflags\t\t: fpu avx2\ncpu MHz\t\t: 2445.424"
BOARDS = {
    "pi5": PLAIN
    | {
        "proc/cpuinfo": _cpuinfo(ARM),
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": "50000\n",
        **_clocks("ondemand", [2400000, 1500000, 1500000, 2400000]),
        **_zone(0, "cpu-thermal", 61750, ("critical", 110000), ("active", 50000)),
    },
    "jetson": PLAIN
    | {
        "proc/cpuinfo": _cpuinfo(ARM),
        "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
        **_clocks("schedutil", [1510400] * 4),
        **_zone(0, "cpu-thermal", 52000, ("passive", 99000), ("hot", 102000)),
        **_zone(1, "gpu-thermal", 50500, ("critical", 104500), ("passive", 98000)),
    },
    "x86": PLAIN
    | {
        "proc/cpuinfo": _cpuinfo(X86),
        "sys/class/dmi/id/product_name": "Standard PC\n",
        **_clocks("performance", [3400000 + 100 * number for number in range(12)]),
        **_zone(0, "acpitz", 27800, ("passive", 0)),
        **_zone(1, "x86_pkg_temp", 48000, ("passive", 45000)),
    },
    "vm": PLAIN | {"proc/cpuinfo": _cpuinfo(X86)},
}


@pytest.fixture
def paint_board(paint_files: Callable[..., Path]) -> Callable[..., Path]:
    """Paints a board of `BOARDS`, with other files and without some, and gives its root."""

    def paint(
        name: str, more: Mapping[str, str] | None = None, without: tuple[str, ...] = ()
    ) -> Path:
        return paint_files(name, BOARDS[name] | dict(more or {}), without)

    return paint


@pytest.fixture
def zone_files() -> Callable[..., dict[str, str]]:
    """The files of a thermal zone: number, type, millidegrees, trips."""
    return _zone
