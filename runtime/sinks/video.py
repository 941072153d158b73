"""The source's pictures with what was decided drawn on them, as a video file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeGuard

import cv2
import numpy as np
import numpy.typing as npt

from ..annotate import annotate, no_picture
from ..decision import Decision, Frame
from ..errors import OutputError
from ..events import Event
from ..notice import Notice
from ..opencv_messages import silence
from ..region import Region

CODECS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}
"""File ending: codec that OpenCV's wheels can write without hardware or a system library."""
LIVE_FPS = 15.0
"""For a camera that does not say its rate."""
SLIDE_FPS = 2.0
"""For pictures that have no time."""
_LONGEST_GAP_S = 2.0
"""A live picture is repeated for at most so long while none comes."""
_BLANK_WH = (640, 360)


def check_ending(path: Path) -> None:
    """Refuse a file name whose ending does not say a known kind of video.

    Raises:
        OutputError: names the endings that are known.
    """
    if path.suffix.lower() not in CODECS:
        raise OutputError(f"{path}: a video's name must end in {', '.join(CODECS)}")


class VideoFile:
    """Writes beside the target and takes its place when it is finished.

    The first picture gives the size; others are fitted into it with bars. A live source's pictures
    are repeated or left away so that the video keeps the source's time.
    """

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None,
        live: bool = False,
        timed: bool = True,
        size_wh: tuple[int, int] | None = None,
        region: Region | None = None,
    ) -> None:
        """Prepare a video; the file is begun with the first picture.

        Args:
            path: replaced when the video is complete.
            fps: the source's frames per second.
            live: whether frames come irregularly.
            timed: whether the source has a time; if not, `SLIDE_FPS` is used.
            size_wh: for a source whose first frame is no picture.
            region: outlined.

        Raises:
            OutputError: the ending is not that of a video.
        """
        check_ending(path)
        self.name = f"video {path}"
        self._path = path
        self._part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix.lower()}")
        self._fps = (fps or LIVE_FPS) if timed else SLIDE_FPS
        self._live = live
        self._size_wh = size_wh
        self._region = region
        self._writer: cv2.VideoWriter | None = None
        self._written = 0
        """Where the video stands; goes on over a gap that is too long to be filled."""
        self._given = 0
        """Pictures that it was given."""
        self._closed = False

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        image = frame.image_bgr
        if not is_picture(image):
            image = no_picture(self._size_wh or _BLANK_WH)
        writer = self._writer or self._begin(image)
        assert self._size_wh is not None
        shown = annotate(fit(image, self._size_wh), decision, event, self._region)
        for _ in range(self._repeats(frame.media_s)):
            writer.write(shown)
            self._written += 1
            self._given += 1

    def event(self, event: Event) -> None:
        """See `Sink.event`; events are drawn on the frames."""

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; only frames are written."""

    def close(self) -> None:
        """See `Sink.close`.

        Raises:
            OutputError: what was written is not a whole video.
        """
        if self._closed:
            return
        self._closed = True
        if self._writer is None:
            return
        self._writer.release()
        try:
            # OpenCV does not say when the disk was full. A file that was cut off then has no end,
            # where the number of frames stands, and may open all the same.
            check = cv2.VideoCapture(str(self._part))
            count = check.get(cv2.CAP_PROP_FRAME_COUNT)
            whole = check.isOpened() and abs(count - self._given) <= 1 and check.read()[0]
            check.release()
            if not whole:
                raise OutputError("the video could not be finished; is the disk full?")
            self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)

    def _begin(self, image: npt.NDArray[np.uint8]) -> cv2.VideoWriter:
        height, width = image.shape[:2]
        # The codecs take even sizes only.
        self._size_wh = (max(16, width - width % 2), max(16, height - height % 2))
        silence()
        code = cv2.VideoWriter.fourcc(*CODECS[self._path.suffix.lower()])
        writer = cv2.VideoWriter(str(self._part), code, self._fps, self._size_wh)
        if not writer.isOpened():
            raise OutputError(
                f"OpenCV cannot write {self._size_wh[0]}x{self._size_wh[1]} at {self._fps:g} frames"
                f" per second as {self._path.suffix} here"
            )
        self._writer = writer
        return writer

    def _repeats(self, media_s: float) -> int:
        if not self._live:
            return 1
        due = int(media_s * self._fps) + 1
        longest = int(_LONGEST_GAP_S * self._fps)
        if due - self._written > longest:
            self._written = due - longest
        return max(0, due - self._written)


def is_picture(image: npt.NDArray[np.uint8] | None) -> TypeGuard[npt.NDArray[np.uint8]]:
    """Whether it is one that a video can show: (height, width, 3) uint8 and not empty."""
    if image is None or image.ndim != 3:
        return False
    return image.shape[2] == 3 and image.dtype == np.uint8 and image.size > 0


def fit(image_bgr: npt.NDArray[np.uint8], size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A picture at a size, its aspect kept by bars; the same array where it has that size."""
    width, height = size_wh
    rows, columns = image_bgr.shape[:2]
    if (columns, rows) == size_wh:
        return image_bgr
    scale = min(width / columns, height / rows)
    inner_w, inner_h = max(1, round(columns * scale)), max(1, round(rows * scale))
    inner = cv2.resize(image_bgr, (inner_w, inner_h), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner_w) // 2, (height - inner_h) // 2
    canvas[top : top + inner_h, left : left + inner_w] = inner
    return canvas
