"""Boards painted as folders, and the facts of a healthy one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from trucksight.runtime.doctor.facts import Facts
from trucksight.runtime.doctor.machine import Machine
from trucksight.runtime.doctor.software import Engine, Python, Verified, VideoIO

GET_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"


def _arm_cpuinfo(part: str) -> str:
    one = f"Features\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU part\t: {part}"
    return "\n\n".join(f"processor\t: {number}\n{one}" for number in range(4))


def _governors(name: str, driver: str = "cpufreq-dt") -> dict[str, str]:
    folders = [f"sys/devices/system/cpu/cpu{number}/cpufreq" for number in range(4)]
    return {
        f"{folder}/{file}": text
        for folder in folders
        for file, text in (("scaling_governor", name), ("scaling_driver", driver))
    }


STATUS = "Name:\tpython\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n"
PLAIN = {
    "proc/meminfo": "MemTotal:        4147200 kB\nMemFree:  100 kB\nMemAvailable:    3072000 kB\n",
    "proc/self/status": f"{STATUS}Groups:\t27 44 1000\nCpus_allowed_list:\t0-3\n",
    "proc/self/cgroup": "0::/user.slice\n",
    "etc/group": "root:x:0:\nvideo:x:44:someone\n",
}
X86 = PLAIN | {
    "proc/cpuinfo": "\n\n".join(
        f"processor\t: {number}\nmodel name\t: Plain CPU\nflags\t\t: fpu sse avx2"
        for number in range(4)
    ),
    "sys/class/dmi/id/product_name": "Standard PC\n",
}
PI5 = PLAIN | {
    "proc/cpuinfo": _arm_cpuinfo("0xd0b"),
    "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    "sys/class/thermal/thermal_zone0/temp": "48250\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    GET_THROTTLED: "0\n",
    **_governors("ondemand"),
}
THROTTLED_PI = PI5 | {GET_THROTTLED: "50005\n"}
JETSON = PLAIN | {
    "proc/cpuinfo": _arm_cpuinfo("0xd42"),
    "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
    "dev/nvhost-gpu": "",
    **_governors("schedutil"),
}
BOARDS = {"x86": X86, "pi5": PI5, "throttled pi": THROTTLED_PI, "jetson": JETSON}


@pytest.fixture
def board(paint_files: Callable[..., Path]) -> Callable[..., Path]:
    """Paints a board of `BOARDS`, with other files and without some, and gives its root."""

    def paint(
        name: str, more: Mapping[str, str] | None = None, without: tuple[str, ...] = ()
    ) -> Path:
        return paint_files(name, BOARDS[name] | dict(more or {}), without)

    return paint


@pytest.fixture
def governors() -> Callable[..., dict[str, str]]:
    return _governors


@pytest.fixture
def healthy(board: Callable[..., Path]) -> Facts:
    """A fresh x86 machine with two engines, and no camera."""
    packages = {
        "numpy": "2.2.0",
        "ai-edge-litert": "2.3.0",
        "onnxruntime": "1.31.1",
        "opencv-python-headless": "4.12.0.88",
    }
    return Facts(
        machine=Machine.read(board("x86")),
        python=Python("3.11.7", "x86_64", 64, packages),
        engines=(
            Engine("litert", "ai_edge_litert.interpreter", "ai-edge-litert", "2.3.0", None),
            Engine(
                "onnxruntime",
                "onnxruntime",
                "onnxruntime",
                "1.31.1",
                None,
                ("AzureExecutionProvider", "CPUExecutionProvider"),
            ),
            Engine("opencv", "cv2", "opencv-python-headless", "4.12.0", None),
        ),
        video_io=VideoIO(v4l2=True, ffmpeg=True, gstreamer=False),
        cameras=(),
        verified=(Verified("litert", "tflite-int8", True, "ai-edge-litert 2.3.0: 6 pictures"),),
    )
