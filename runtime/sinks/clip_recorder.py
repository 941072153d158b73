"""From pictures and events in their order to clips; everything happens in one thread."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass

from ..errors import OutputError, UsageError
from ..events import Event
from .budget import BudgetFolder, Draft
from .evidence import Outcomes, Picture, encode_jpeg
from .mjpeg_avi import MjpegAvi
from .video import fit

_SLACK_S = 2.0
"""Held beyond `before_s`: an event is told of later than its first frame, seconds."""
_FLUSH_BYTES = 1 << 20
"""Written to the disk as they come, so that finishing a clip has little left to wait for."""
_LARGEST_BYTES = 1 << 30
"""Players do not agree on AVI files beyond this."""


@dataclass(frozen=True, slots=True)
class ClipRules:
    """What a clip shows.

    Raises:
        UsageError: a number that cannot be meant.
    """

    before_s: float = 3.0
    """Before the first frame of the event, seconds of the source's time; 0 to 60."""
    after_s: float = 3.0
    """After its last frame, seconds; 0 to 60. Never less than the event takes to be over."""
    longest_s: float = 60.0
    """A clip ends here though the event goes on, seconds; 1 to 600."""
    fps: float = 10.0
    """Pictures per second at most, 1 to 30."""
    quality: int = 80
    """Of the JPEG pictures, 1 to 100."""
    past_bytes: int = 16 << 20
    """The seconds before are held in memory; they become fewer where they would take more."""

    def __post_init__(self) -> None:
        bounds = {
            "before_s": (0, 60),
            "after_s": (0, 60),
            "longest_s": (1, 600),
            "fps": (1, 30),
            "quality": (1, 100),
            "past_bytes": (0, 1 << 30),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(f"a clip's {name} is {least} to {most}, not {value!r}")


@dataclass(frozen=True, slots=True)
class _Shot:
    tick: int
    """Counts at the rate of a clip from the beginning of the source."""
    media_s: float
    jpeg: bytes


@dataclass(slots=True)
class _Clip:
    """The clip that is being written."""

    event: int
    """Its number."""
    draft: Draft
    avi: MjpegAvi
    first_tick: int
    until_s: float | None = None
    """When it ends; None while the event is open."""
    flushed_bytes: int = 0


class ClipRecorder:
    """Holds the past as JPEG, and writes one clip at a time."""

    def __init__(self, folder: BudgetFolder, rules: ClipRules, outcomes: Outcomes) -> None:
        self._folder, self._rules, self._outcomes = folder, rules, outcomes
        self._past: deque[_Shot] = deque()
        self._past_bytes = 0
        self._size_wh = (0, 0)
        """Of the pictures of the past and of the clip."""
        self._clip: _Clip | None = None

    def picture(self, tick: int, media_s: float, image_bgr: Picture, late: bool = False) -> None:
        """Take the next picture.

        Args:
            tick: its place at the rate of a clip.
            media_s: seconds into the source.
            image_bgr: (height, width, 3); of another size than the clip it is fitted with bars.
            late: whether there is no time left to encode it.
        """
        self.nothing(media_s)
        if late:
            self._outcomes.frame_dropped("the program ended before every picture was written")
            return
        size_wh = image_bgr.shape[1], image_bgr.shape[0]
        if size_wh != self._size_wh and self._clip is None:
            self._forget_past()
            self._size_wh = size_wh
        try:
            jpeg = encode_jpeg(fit(image_bgr, self._size_wh), self._rules.quality)
        except OutputError as exc:
            self._outcomes.frame_dropped(exc)
            return
        shot = _Shot(tick, media_s, jpeg)
        self._remember(shot)
        self._append(shot)

    def nothing(self, media_s: float) -> None:
        """Learn the time, also where there is no picture."""
        clip = self._clip
        if clip and clip.until_s is not None and media_s > clip.until_s:
            self._finish()

    def begin(self, event: Event) -> None:
        """Begin the clip of an event with what is held of the past."""
        self._finish()
        from_s = event.start_s - self._rules.before_s - 1e-6
        shots = [shot for shot in self._past if shot.media_s >= from_s] or list(self._past)[-1:]
        if not shots:
            self._outcomes.dropped(f"{event.id}: none of its frames had a picture")
            return
        try:
            draft = self._folder.begin(f"{event.file_stem}.avi")
        except OutputError as exc:
            self._outcomes.dropped(exc)
            return
        avi = MjpegAvi(draft.file, self._size_wh, self._rules.fps)
        self._clip = _Clip(event.number, draft, avi, shots[0].tick)
        for shot in shots:
            self._append(shot)

    def end(self, event: Event) -> None:
        """Have the clip end `after_s` after the event."""
        if self._clip and self._clip.event == event.number:
            self._clip.until_s = event.end_s + self._rules.after_s

    def close(self) -> None:
        """Finish the clip with what is there."""
        self._finish()
        self._forget_past()

    def _append(self, shot: _Shot) -> None:
        """Add a picture to the clip; it ends where there is no room or it becomes too long."""
        clip = self._clip
        if clip is None:
            return
        tick = max(shot.tick - clip.first_tick, clip.avi.ticks)
        if tick >= self._rules.longest_s * self._rules.fps:
            self._finish()
            return
        written = clip.avi.size_bytes
        size = written + clip.avi.grows_by(shot.jpeg, tick)
        try:
            if size > _LARGEST_BYTES:
                raise OutputError(f"a clip is at most {_LARGEST_BYTES} bytes")
            self._folder.make_room(size, written)
        except OutputError as exc:
            self._outcomes.frame_dropped(exc)
            self._finish(cut_short=True)
            return
        try:
            clip.avi.append(shot.jpeg, tick)
            self._flush(clip)
        except OSError as exc:
            self._lose(clip, exc)

    def _flush(self, clip: _Clip) -> None:
        if clip.avi.size_bytes - clip.flushed_bytes >= _FLUSH_BYTES:
            clip.draft.file.flush()
            os.fdatasync(clip.draft.file.fileno())
            clip.flushed_bytes = clip.avi.size_bytes

    def _finish(self, *, cut_short: bool = False) -> None:
        clip, self._clip = self._clip, None
        if clip is None:
            return
        if not clip.avi.ticks:
            self._folder.discard(clip.draft)
            self._outcomes.dropped(self._outcomes.counts.last_error or "there was no room")
            return
        try:
            clip.avi.finish()
            self._folder.publish(clip.draft)
        except OSError as exc:
            self._lose(clip, exc)
        else:
            self._outcomes.written(cut_short=cut_short)

    def _lose(self, clip: _Clip, error: OSError) -> None:
        self._clip = None
        self._folder.discard(clip.draft)
        self._outcomes.dropped(error if isinstance(error, OutputError) else _said(error))

    def _remember(self, shot: _Shot) -> None:
        past, longest_s = self._past, self._rules.before_s + _SLACK_S
        past.append(shot)
        self._past_bytes += len(shot.jpeg)
        while len(past) > 1 and not (
            0 <= shot.media_s - past[0].media_s <= longest_s
            and self._past_bytes <= self._rules.past_bytes
        ):
            self._past_bytes -= len(past.popleft().jpeg)

    def _forget_past(self) -> None:
        self._past.clear()
        self._past_bytes = 0


def _said(error: OSError) -> str:
    return f"a clip cannot be written: {error.strerror or error}"
