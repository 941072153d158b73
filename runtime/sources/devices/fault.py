"""A camera that fails on purpose, the same way every time.

`fault:good*30,black*15,disconnect*30` gives 30 good frames, 15 black ones, and is then unplugged
for the time of 30; after the last step it begins again, unless that is `end`. `fault:all` plays
every fault once between good frames. `fault:all@60` plays it at 60 frames a second.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ...errors import PermanentSourceError, PictureError, SourceError
from ...picture import decode_picture
from . import Size, Taken
from .clock import FrameClock, split_rate

FPS = 15.0
SIZE_WH = (320, 180)
HOUR_NS = 3_600 * 10**9
LATE_NS = 3 * 10**9
SLOW = 5
"""A slow camera gives one frame in so many."""
LONGEST = 1_000_000
"""Frames of one step."""

Picture = npt.NDArray[np.uint8]


class Step(NamedTuple):
    """A stretch of a script."""

    kind: str
    frames: int


class At(NamedTuple):
    """Where a frame stands in a script."""

    kind: str
    first: int
    """Number of the step's first frame."""
    left: int
    """Frames of the step from this one on."""


def parse(text: str) -> tuple[Step, ...]:
    """The steps of a script.

    Raises:
        PermanentSourceError: a step that is not known.
    """
    steps = []
    for word in (EVERY_FAULT if text == "all" else text).split(","):
        found = re.fullmatch(r"\s*([a-z_]+)(?:\s*\*\s*([0-9]{1,7}))?\s*", word)
        count = int(found[2] or 1) if found else 0
        if not found or found[1] not in KINDS or not 0 < count <= LONGEST:
            raise PermanentSourceError(
                f"fault: {word.strip()!r} is no step such as black*15; known: {', '.join(KINDS)}"
            )
        steps.append(Step(found[1], count))
    if all(step.kind == "end" for step in steps):
        raise PermanentSourceError("fault: the script has no frames")
    return tuple(steps)


def where(steps: tuple[Step, ...], number: int) -> At:
    """The place of a frame in a script that begins again after its last step."""
    length = sum(step.frames for step in steps)
    first = number // length * length
    if steps[-1].kind == "end" and number >= length - steps[-1].frames:
        return At("end", length - steps[-1].frames, steps[-1].frames)
    for step in steps:
        if number < first + step.frames:
            return At(step.kind, first, first + step.frames - number)
        first += step.frames
    raise AssertionError("the steps are as long as their sum")


def road(number: int) -> Picture:
    """A noisy road in slanting light, on which a red truck drives by every four seconds."""
    width, height = SIZE_WH
    rng = np.random.default_rng([17, number])
    picture = rng.integers(70, 121, (height // 4, width // 4, 3), np.uint8)
    picture = picture.repeat(4, axis=0).repeat(4, axis=1)
    picture += np.linspace(0, 80, width).astype(np.uint8)[:, np.newaxis]
    left = int((2 * (number % 60) / 60 - 1) * width)
    block = picture[:, max(0, left) : max(0, left + width)]
    block[..., 2] = 230
    return picture


def _corrupt(number: int) -> Picture:
    """What decoding half a JPEG gives: never a picture."""
    jpeg = cv2.imencode(".jpg", road(number))[1].tobytes()
    return decode_picture(jpeg[: len(jpeg) // 2])


_PAINTERS: dict[str, Callable[[int, int], Picture]] = {
    "black": lambda number, first: np.full_like(road(0), 4),
    "overexposed": lambda number, first: np.full_like(road(0), 255),
    "blank": lambda number, first: np.full_like(road(0), 128),
    "blurred": lambda number, first: cv2.GaussianBlur(road(number), (0, 0), 12).astype(np.uint8),
    "frozen": lambda number, first: road(first),
    "duplicated": lambda number, first: road(number - (number - first) % 2),
    "resized": lambda number, first: cv2.resize(road(number), (160, 120)).astype(np.uint8),
    "corrupt": lambda number, first: _corrupt(number),
}
_SHIFTS_NS = {"late": -LATE_NS, "clock_behind": -HOUR_NS, "clock_ahead": HOUR_NS}
_GAPS = ("stall", "disconnect")
KINDS = ("good", *_PAINTERS, *_SHIFTS_NS, "slow", *_GAPS, "end")
EVERY_FAULT = "good*30," + "".join(
    f"{kind}*{60 if kind in ('frozen', *_GAPS) else 30},good*30," for kind in KINDS[1:-1]
).rstrip(",")


def picture_at(at: At, number: int, now_ns: int) -> Taken:
    """What the camera gives for a frame that is no gap."""
    taken_ns = now_ns + _SHIFTS_NS.get(at.kind, 0)
    paint = _PAINTERS.get(at.kind)
    try:
        image = paint(number, at.first) if paint else road(number)
        return Taken(image, taken_ns, arrived_ns=now_ns)
    except PictureError as exc:
        return Taken(None, taken_ns, str(exc), now_ns)


def open_device(text: str, epoch_ns: int, size_wh: Size | None = None) -> FaultDevice:
    """Open `fault:SCRIPT` or `fault:SCRIPT@RATE`; see `..devices.open_device`.

    It does not open while it is unplugged.
    """
    steps, fps = check_script(text)
    return FaultDevice(steps, epoch_ns, fps, size_wh)


def check_script(text: str) -> tuple[tuple[Step, ...], float]:
    """The steps and the rate that `fault:SCRIPT@RATE` says.

    Raises:
        PermanentSourceError: it cannot be meant.
    """
    script, fps = split_rate(text.partition(":")[2], FPS)
    return parse(script), fps


class FaultDevice:
    """The script at a camera's pace."""

    size_wh: Size | None

    def __init__(
        self,
        steps: tuple[Step, ...],
        epoch_ns: int,
        fps: float = FPS,
        size_wh: Size | None = None,
    ) -> None:
        """Begin the script at `epoch_ns`.

        Raises:
            SourceError: it is unplugged just now.
        """
        self.fps: float | None = fps
        self._steps = steps
        self.size_wh = self._size_wh = size_wh or SIZE_WH
        self._clock = FrameClock(fps, epoch_ns)
        if where(steps, self._clock.current()).kind == "disconnect":
            raise SourceError("fault: the camera is unplugged")

    def read(self) -> Taken:
        """See `Device.read`."""
        while True:
            number = self._clock.next()
            at = where(self._steps, number)
            if at.kind == "end":
                raise EOFError
            if at.kind == "disconnect":
                raise SourceError("fault: the camera was unplugged")
            if at.kind == "stall":
                self._clock.wait(number + at.left)
            elif at.kind != "slow" or (number - at.first) % SLOW == 0:
                return self._sized(picture_at(at, number, time.monotonic_ns()))

    def _sized(self, taken: Taken) -> Taken:
        if self._size_wh == SIZE_WH or taken.image_bgr is None:
            return taken
        across, down = np.divide(self._size_wh, SIZE_WH)
        image = cv2.resize(taken.image_bgr, None, fx=across, fy=down).astype(np.uint8)
        return taken._replace(image_bgr=image)

    def close(self) -> None:
        """See `Device.close`."""
