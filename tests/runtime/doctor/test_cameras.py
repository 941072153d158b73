"""Cameras are asked for their formats as V4L2 says; one that cannot be asked is unknown."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.doctor.cameras import (
    ENUM_FORMAT,
    ENUM_INTERVAL,
    ENUM_SIZE,
    FORMAT,
    INTERVAL,
    SIZE,
    Camera,
    Mode,
    read_cameras,
)

Paint = Callable[..., Path]
DISCRETE, STEPWISE = 1, 3
USB = "sys/devices/usb1/1-2"
WEBCAM = {
    "dev/video0": "",
    "sys/class/video4linux/video0/name": "USB Camera\n",
    f"{USB}/speed": "480\n",
}


def _fourcc(text: str) -> int:
    return int(struct.unpack("=I", text.encode())[0])


SIZES = {
    "MJPG": [(DISCRETE, 640, 480, 0, 0, 0, 0), (DISCRETE, 1920, 1080, 0, 0, 0, 0)],
    "YUYV": [(STEPWISE, 32, 1280, 2, 24, 720, 2)],
}
INTERVALS = {"MJPG": [(DISCRETE, 1, 15), (DISCRETE, 1, 30)], "YUYV": [(STEPWISE, 1, 10)]}


class Driver:
    """Answers as a webcam does: MJPG in two sizes, YUYV in a range of sizes."""

    def __call__(self, descriptor: int, request: int, structure: bytearray) -> int:
        index, second = struct.unpack_from("=II", structure)
        if request == ENUM_FORMAT:
            assert second == 1, "video capture"
            names = list(SIZES)
            _check(index, len(names))
            structure[:] = FORMAT.pack(index, 1, 0, b"a name", _fourcc(names[index]), 0)
            return 0
        name = struct.pack("=I", second).decode()
        if request == ENUM_SIZE:
            _check(index, len(SIZES[name]))
            structure[:] = SIZE.pack(index, second, *SIZES[name][index])
            return 0
        assert request == ENUM_INTERVAL
        _check(index, len(INTERVALS[name]))
        kind, above, below = INTERVALS[name][index]
        width, height = struct.unpack_from("=II", structure, 8)
        structure[:] = INTERVAL.pack(index, second, width, height, kind, above, below, 1, 1, 0, 0)
        return 0


def _check(index: int, length: int) -> None:
    if index >= length:
        raise OSError(errno.EINVAL, "no more")


def _link_device(root: Path) -> None:
    (root / USB / "1-2:1.0").mkdir()
    (root / "sys/class/video4linux/video0/device").symlink_to(root / USB / "1-2:1.0")


def test_the_modes_of_a_webcam(board: Paint) -> None:
    root = board("x86", WEBCAM)
    _link_device(root)
    assert read_cameras(root, ioctl=Driver()) == (
        Camera(
            "/dev/video0",
            "USB Camera",
            480.0,
            (
                Mode("MJPG", 640, 480, 30.0),
                Mode("MJPG", 1920, 1080, 30.0),
                Mode("YUYV", 1280, 720, 10.0),
            ),
            None,
        ),
    )


def test_a_device_that_does_not_capture_has_no_modes(board: Paint) -> None:
    def refuse(descriptor: int, request: int, structure: bytearray) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    (camera,) = read_cameras(board("x86", WEBCAM), ioctl=refuse)
    assert (camera.modes, camera.fault) == ((), None)


def test_rates_a_driver_does_not_list_are_unknown(board: Paint) -> None:
    driver = Driver()

    def without_rates(descriptor: int, request: int, structure: bytearray) -> int:
        if request == ENUM_INTERVAL:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        return driver(descriptor, request, structure)

    (camera,) = read_cameras(board("x86", WEBCAM), ioctl=without_rates)
    assert camera.modes is not None
    assert {one.fps for one in camera.modes} == {None}


def test_a_file_that_is_no_device_is_unknown(board: Paint) -> None:
    (camera,) = read_cameras(board("x86", WEBCAM))
    assert camera.modes is None
    assert camera.fault == os.strerror(errno.ENOTTY)
    assert not camera.denied
    assert camera.usb_mbit is None


def test_a_device_that_may_not_be_opened_is_denied(board: Paint) -> None:
    def forbid(path: Path) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    (camera,) = read_cameras(board("x86", WEBCAM), open_device=forbid)
    assert camera.denied
    assert camera.fault == "Permission denied"


def test_devices_come_in_the_order_of_their_numbers(board: Paint) -> None:
    root = board("x86", {f"dev/video{number}": "" for number in (10, 2, 0)})
    found = [camera.device for camera in read_cameras(root)]
    assert found == ["/dev/video0", "/dev/video2", "/dev/video10"]


def test_a_machine_without_cameras_has_none(board: Paint) -> None:
    assert read_cameras(board("x86")) == ()


@pytest.mark.parametrize(
    ("layout", "request_number"),
    [(FORMAT, ENUM_FORMAT), (SIZE, ENUM_SIZE), (INTERVAL, ENUM_INTERVAL)],
)
def test_a_request_holds_the_size_of_its_structure(
    layout: struct.Struct, request_number: int
) -> None:
    assert request_number >> 16 & 0x3FFF == layout.size
