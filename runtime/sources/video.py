"""A video file: every frame, with its time in the recording."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from pathlib import Path

import cv2

from ..decision import Frame
from ..errors import SourceError
from ..opencv_messages import silence
from ..redact import redact_source
from .base import FileSource

ASSUMED_FPS = 25.0
"""Where a file does not say how fast it was recorded."""
_SANE_FPS = (0.01, 1000.0)
_MISSING_SHARE = 0.02
"""A header's frame count is an estimate in some containers; fewer than this is not told."""


def open_source(text: str, fps: float | None) -> FileSource:
    """Open a video file; frames are turned as its rotation mark asks.

    Args:
        text: path of the file.
        fps: frames per second, instead of the rate and times the file gives; None believes it.

    Raises:
        SourceError: missing, empty, or not a video that OpenCV can decode.
    """
    path = Path(text)
    if "://" in text:
        raise SourceError(
            f"{redact_source(text)} is an address; give a camera, a video file or pictures"
        )
    if not path.is_file():
        came = "is not a file" if path.exists() else "does not exist"
        raise SourceError(f"{redact_source(text)} {came}; give a camera, a video file or pictures")
    if path.stat().st_size == 0:
        raise SourceError(f"{text} is empty (0 bytes); copy or record the video again")
    silence()
    capture = cv2.VideoCapture(text, _stream_backend())
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"{text} is not a video that OpenCV can decode; it may be cut off, of another format"
            " or not a video at all"
        )
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    notes: list[str] = []
    rate = fps or _rate(capture.get(cv2.CAP_PROP_FPS), notes)
    width, height = (
        int(capture.get(which)) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    clock = MediaClock(rate, believe_position=fps is None)
    return FileSource(
        text,
        _decode(capture, text, clock, notes),
        fps=rate,
        timed=True,
        size_wh=(width, height) if width > 0 and height > 0 else None,
        notes=notes,
    )


class MediaClock:
    """Seconds into a recording, always growing, from a position that may be nonsense."""

    def __init__(self, fps: float, believe_position: bool = True) -> None:
        self._step_s = 1 / fps
        self._believe = believe_position
        self._first_s: float | None = None
        self._last_s = 0.0

    def at(self, position_ms: float) -> float:
        """The time of the next frame.

        Args:
            position_ms: what the container says; taken where finite and after the last frame,
                otherwise the frame is one step of the nominal rate later.
        """
        position_s = position_ms / 1000
        if self._first_s is None:
            # Recordings cut from longer ones keep the clock of those.
            self._first_s = position_s if math.isfinite(position_s) else 0.0
            return 0.0
        since_s = position_s - self._first_s
        usable = self._believe and math.isfinite(since_s) and since_s > self._last_s
        self._last_s = since_s if usable else self._last_s + self._step_s
        return self._last_s


def _decode(
    capture: cv2.VideoCapture, name: str, clock: MediaClock, notes: list[str]
) -> Generator[Frame, None, None]:
    sequence = 0
    try:
        promised = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        while True:
            ok, image = capture.read()
            if not ok:
                break
            taken_ns = time.monotonic_ns()
            media_s = clock.at(capture.get(cv2.CAP_PROP_POS_MSEC))
            yield Frame(image, taken_ns, sequence, media_s)  # type: ignore[arg-type]
            # Held here, the frame would outlive its reader while the next one is decoded.
            del image
            sequence += 1
    finally:
        capture.release()
    if sequence == 0:
        raise SourceError(f"{name} opened as a video but no frame could be decoded")
    if math.isfinite(promised) and sequence + max(2, _MISSING_SHARE * promised) < promised:
        notes.append(
            f"{name}: its header says {promised:.0f} frames and {sequence} could be decoded;"
            " it is cut off or damaged"
        )


def _rate(fps: float, notes: list[str]) -> float:
    if math.isfinite(fps) and _SANE_FPS[0] <= fps < _SANE_FPS[1]:
        return fps
    notes.append(f"the file gives no usable frame rate ({fps:g}); {ASSUMED_FPS:g} is assumed")
    return ASSUMED_FPS


def _stream_backend() -> int:
    """FFmpeg where OpenCV has it: the others may take digits in a name for an image sequence."""
    known = cv2.videoio_registry.getStreamBackends()
    return cv2.CAP_FFMPEG if cv2.CAP_FFMPEG in known else cv2.CAP_ANY
