"""A picture with what was decided about it: one strip at the top, a frame while an event lasts."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from .decision import Decision, Verdict
from .events import Event
from .lettering import Colour, draw_text, text_width
from .region import Region

# Okabe and Ito's palette: told apart with any colour vision. Blue, green, red.
_COLOURS: dict[Verdict, Colour] = {
    Verdict.TRUCK: (0, 94, 213),
    Verdict.NO_TRUCK: (115, 158, 0),
    Verdict.UNKNOWN: (66, 228, 240),
}
_WORDS = {Verdict.TRUCK: "TRUCK", Verdict.NO_TRUCK: "NO TRUCK", Verdict.UNKNOWN: "UNKNOWN"}
_STRIP: Colour = (38, 28, 22)
_STRIP_SHARE = 0.78
"""How much of the strip hides the picture."""
_WHITE: Colour = (255, 255, 255)
_DIM: Colour = (205, 200, 195)
_DARK: Colour = (24, 20, 16)
_TRACK: Colour = (105, 95, 88)


def annotate(
    frame_bgr: npt.NDArray[np.uint8],
    decision: Decision,
    event: Event | None = None,
    region: Region | None = None,
) -> npt.NDArray[np.uint8]:
    """A copy of a picture that shows the decision.

    Args:
        frame_bgr: (height, width, 3), left as it is.
        decision: what was decided about it; its threshold is marked on the probability bar.
        event: the event that is open, if any.
        region: what was looked at, outlined; None: all of it.

    Returns:
        The same shape; the caller owns it.
    """
    image = frame_bgr.copy()
    height, width = image.shape[:2]
    if region:
        outline = [region.points_px(width, height)]
        cv2.polylines(image, outline, True, _DARK, 3, cv2.LINE_AA)
        cv2.polylines(image, outline, True, _WHITE, 1, cv2.LINE_AA)
    if event:
        _border(image, _COLOURS[Verdict.TRUCK])
    size = _letter_size(height, width)
    strip = image[: min(height, 2 * size)]
    strip[:] = cv2.addWeighted(
        strip, 1 - _STRIP_SHARE, np.full_like(strip, _STRIP), _STRIP_SHARE, 0
    )
    row = _Row(image, size)
    colour = _COLOURS[decision.verdict]
    ink = _DARK if decision.verdict is Verdict.UNKNOWN else _WHITE
    row.chip(_WORDS[decision.verdict], colour, ink, text_width("NO TRUCK", size))
    row.right_text(_clock(decision.media_s), _WHITE)
    row.right_text(f"{decision.age_ms:.0f} ms", _DIM)
    if event:
        row.right_chip(f"EVENT {event.number}  {decision.media_s - event.start_s:.1f} s")
    if decision.verdict is Verdict.UNKNOWN:
        row.text(_why(decision), colour)
        _hazard(image, 2 * size, max(3, size // 3), colour)
    else:
        row.bar(decision.probability, decision.threshold, colour)
        row.text(f"{decision.probability:.2f}", _WHITE)
    return image


def no_picture(size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """What stands for a frame that could not be decoded: dark, with fine diagonal lines."""
    width, height = size_wh
    image = np.full((height, width, 3), 40, np.uint8)
    _hazard(image, 0, height, (52, 52, 52))
    return image


class _Row:
    """Fills the strip from both ends; what does not fit between them is left away."""

    def __init__(self, image: npt.NDArray[np.uint8], size: int) -> None:
        self._image = image
        self._size = size
        self._gap = size * 2 // 3
        self._left = self._gap
        self._right = int(image.shape[1]) - self._gap
        self._baseline = round(1.36 * size)

    def chip(self, text: str, colour: Colour, ink: Colour, text_w: int) -> None:
        """A filled field of a fixed width, so that what follows does not jump."""
        width = text_w + self._size
        _field(self._image, self._left, self._size, width, round(1.5 * self._size), colour)
        inset = (width - text_width(text, self._size)) // 2
        self._write(text, self._left + inset, ink)
        self._left += width + self._gap

    def right_chip(self, text: str) -> None:
        """A filled field at the right end."""
        width = text_width(text, self._size) + self._size
        if self._right - width < self._left:
            return
        self._right -= width
        colour = _COLOURS[Verdict.TRUCK]
        _field(self._image, self._right, self._size, width, round(1.5 * self._size), colour)
        self._write(text, self._right + self._size // 2, _WHITE)
        self._right -= self._gap

    def right_text(self, text: str, colour: Colour) -> None:
        """Text at the right end."""
        width = text_width(text, self._size)
        if self._right - width < self._left:
            return
        self._right -= width
        self._write(text, self._right, colour)
        self._right -= self._gap

    def text(self, text: str, colour: Colour) -> None:
        """Text at the left end, shortened to the room there is."""
        whole, kept = text, len(text)
        while kept and self._left + text_width(text, self._size) > self._right:
            kept -= 1
            text = whole[:kept].rstrip() + "..."
        if not kept:
            return
        self._write(text, self._left, colour)
        self._left += text_width(text, self._size) + self._gap

    def bar(self, share: float, threshold: float | None, colour: Colour) -> None:
        """A bar filled to `share`, with a tick at the threshold."""
        thick = max(3, self._size // 2)
        room = self._right - self._left - text_width("0.00", self._size) - 2 * self._gap
        length = min(9 * self._size, room)
        if length < 3 * self._size:
            return
        middle = self._size
        _rail(self._image, self._left, middle, length, thick, _TRACK)
        filled = round(length * min(max(share, 0.0), 1.0))
        if filled >= thick:
            _rail(self._image, self._left, middle, filled, thick, colour)
        if threshold is not None:
            x = self._left + round(length * threshold)
            cv2.line(
                self._image,
                (x, middle - thick),
                (x, middle + thick),
                _WHITE,
                max(1, self._size // 10),
                cv2.LINE_AA,
            )
        self._left += length + self._gap

    def _write(self, text: str, left: int, colour: Colour) -> None:
        draw_text(self._image, text, (left, self._baseline), colour, self._size)


def _letter_size(height: int, width: int) -> int:
    """Large enough to read, small enough that the strip's parts stand beside each other."""
    return max(9, min(round(height / 24), round(width / 44)))


def _rail(
    image: npt.NDArray[np.uint8], left: int, middle: int, length: int, thick: int, colour: Colour
) -> None:
    """A thin bar; OpenCV gives thick lines round ends."""
    ends = (left + thick // 2, middle), (left + length - 1 - thick // 2, middle)
    cv2.line(image, *ends, colour, thick, cv2.LINE_AA)


def _field(
    image: npt.NDArray[np.uint8], left: int, middle: int, width: int, height: int, colour: Colour
) -> None:
    """A filled field with rounded corners."""
    radius = max(2, height // 6)
    top, bottom = middle - height // 2, middle + (height - 1) // 2
    right = left + width - 1
    cv2.rectangle(image, (left + radius, top), (right - radius, bottom), colour, cv2.FILLED)
    cv2.rectangle(image, (left, top + radius), (right, bottom - radius), colour, cv2.FILLED)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(image, (x, y), radius, colour, cv2.FILLED, cv2.LINE_AA)


def _border(image: npt.NDArray[np.uint8], colour: Colour) -> None:
    height, width = image.shape[:2]
    thick = max(2, min(height, width) // 110)
    for edge in (image[:thick], image[-thick:], image[:, :thick], image[:, -thick:]):
        edge[:] = colour


def _hazard(image: npt.NDArray[np.uint8], top: int, thick: int, colour: Colour) -> None:
    """A band of diagonal stripes across the picture."""
    band = image[top : top + thick]
    rows, columns = band.shape[:2]
    across = np.arange(rows)[:, np.newaxis] + np.arange(columns)[np.newaxis]
    period = max(8, image.shape[0] // 24)
    band[across % period < period // 2] = colour


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0.0, seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{start}:{math.floor(rest * 10) / 10:04.1f}"


def _why(decision: Decision) -> str:
    reason = decision.reason.value.replace("_", " ") if decision.reason else ""
    return f"{reason}: {decision.detail}" if decision.detail else reason
