"""The cameras of a machine and the pictures they offer, asked from the V4L2 driver."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..kernel_files import text_of

Ioctl = Callable[[int, int, bytearray], object]
"""Called with a file descriptor, a request and its structure, which it fills in."""
Open = Callable[[Path], int]
"""Opens a device; raises OSError."""

# https://docs.kernel.org/userspace-api/media/v4l/: v4l2_fmtdesc, v4l2_frmsizeenum,
# v4l2_frmivalenum, with the requests that _IOWR makes of their sizes.
ENUM_FORMAT, FORMAT = 0xC0405602, struct.Struct("=III32sII12x")
ENUM_SIZE, SIZE = 0xC02C564A, struct.Struct("=III6I8x")
ENUM_INTERVAL, INTERVAL = 0xC034564B, struct.Struct("=IIIII6I8x")
_VIDEO_CAPTURE = 1
_DISCRETE = 1
_MOST = 256
"""So many entries of one list are read from a driver."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of picture that a camera offers."""

    fourcc: str
    """As in `MJPG` or `YUYV`."""
    width: int
    height: int
    fps: float | None
    """The highest rate; None: unknown."""


@dataclass(frozen=True, slots=True)
class Camera:
    """One video device."""

    device: str
    """As in `/dev/video0`."""
    name: str | None
    usb_mbit: float | None
    """Speed of its USB link; None: not on USB, or unknown."""
    modes: tuple[Mode, ...] | None
    """What it captures, empty for a device that does not capture; None: unknown."""
    fault: str | None
    """Why its modes are unknown."""
    denied: bool = False
    """This user may not open it."""


def read_cameras(
    root: Path = Path("/"), open_device: Open | None = None, ioctl: Ioctl | None = None
) -> tuple[Camera, ...]:
    """The video devices below `root`, in the order of their numbers.

    Args:
        root: where `dev` and `sys` are.
        open_device: opens a device; None: the operating system does.
        ioctl: asks the driver; None: the operating system does.
    """
    folder = root / "sys/class/video4linux"
    names = {path.name for path in (*(root / "dev").glob("video[0-9]*"), *folder.glob("video*"))}
    numbered = sorted(names, key=lambda name: (len(name), name))
    return tuple(
        _camera(root, name, open_device or _open, ioctl or _system_ioctl) for name in numbered
    )


def _camera(root: Path, name: str, open_device: Open, ioctl: Ioctl) -> Camera:
    described = root / "sys/class/video4linux" / name
    modes, fault, denied = None, None, False
    try:
        descriptor = open_device(root / "dev" / name)
        try:
            modes = tuple(_modes(descriptor, ioctl))
        finally:
            os.close(descriptor)
    except OSError as exc:
        fault, denied = exc.strerror or str(exc), isinstance(exc, PermissionError)
    return Camera(
        f"/dev/{name}", text_of(described / "name"), _usb_mbit(described), modes, fault, denied
    )


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def _system_ioctl(descriptor: int, request: int, structure: bytearray) -> object:
    from fcntl import ioctl

    return ioctl(descriptor, request, structure, True)


def _usb_mbit(described: Path) -> float | None:
    """The link's speed stands one folder above that of the camera's interface."""
    try:
        return float(text_of((described / "device").resolve().parent / "speed") or "")
    except ValueError:
        return None


def _modes(descriptor: int, ioctl: Ioctl) -> Iterator[Mode]:
    for _, _, _, _, pixels, _ in _entries(
        descriptor, ioctl, ENUM_FORMAT, FORMAT, (_VIDEO_CAPTURE, 0, b"", 0, 0)
    ):
        fourcc = struct.pack("=I", pixels).decode("latin-1").strip()
        for size in _entries(descriptor, ioctl, ENUM_SIZE, SIZE, (pixels, *[0] * 7)):
            discrete = size[2] == _DISCRETE
            # A range gives smallest, largest and step of the width, then those of the height.
            width, height = size[3:5] if discrete else (size[4], size[7])
            yield Mode(fourcc, width, height, _fastest(descriptor, ioctl, (pixels, width, height)))
            if not discrete:
                break


def _fastest(descriptor: int, ioctl: Ioctl, mode: tuple[int, int, int]) -> float | None:
    """The highest rate of a mode: a range of intervals starts with the shortest."""
    asked = _entries(descriptor, ioctl, ENUM_INTERVAL, INTERVAL, (*mode, *[0] * 7))
    return max((below / above for *_, above, below in _fractions(asked) if above), default=None)


def _fractions(intervals: Iterator[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    for entry in intervals:
        yield entry[5], entry[6]
        if entry[4] != _DISCRETE:
            return


def _entries(
    descriptor: int, ioctl: Ioctl, request: int, layout: struct.Struct, asked: tuple[object, ...]
) -> Iterator[tuple[int, ...]]:
    """The driver's answers for index 0, 1, ... until it says that there is no more."""
    for index in range(_MOST):
        structure = bytearray(layout.pack(index, *asked))
        try:
            ioctl(descriptor, request, structure)
        except OSError as exc:
            # EINVAL ends a list; a driver without a list of sizes or rates says ENOTTY.
            if exc.errno == errno.EINVAL or (index == 0 and request != ENUM_FORMAT):
                return
            raise
        yield layout.unpack(structure)
