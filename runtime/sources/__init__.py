"""Where frames come from, behind one contract and chosen by what `--source` names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol

from ..decision import Frame
from ..errors import SourceError, UsageError
from ..redact import redact_source
from .devices import DEVICES, Size, device_kind

__all__ = ["SOURCES", "Source", "SourceRow", "kind_of", "open_source"]


class Source(Protocol):
    """What every source can do. Use it as a context manager; `close` may be called twice."""

    name: str
    """What it was opened from, for messages and summaries."""
    live: bool
    """True for a camera: its newest frame is given and older ones are dropped."""
    timed: bool
    """True where `Frame.media_s` is a time; False for pictures that have nothing to do with each
    other."""
    fps: float | None
    """Nominal frames per second of the recording or camera; None where there is no such thing."""
    size_wh: tuple[int, int] | None
    """Width and height of a frame in pixels, where known before the first one."""
    captured: int
    """Frames taken from the device or file so far, dropped ones included. A file's frame counts
    when it is given: one that was decoded ahead and never asked for is still in the file."""
    dropped: Counter[str]
    """Frames captured and not given, by reason."""
    notes: list[str]
    """What a reader of the results must know about the source; complete when `frames` has ended."""

    def frames(self) -> Iterator[Frame]:
        """Give frames until the source ends, is stopped or is closed; to be called once.

        Raises:
            SourceError: the source broke and cannot go on.
        """
        ...

    def stop(self) -> None:
        """Make `frames` end soon; may be called from a signal handler or another thread."""
        ...

    def close(self) -> None:
        """Release the device and end `frames`."""
        ...

    def __enter__(self) -> Source: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


LONGEST_NAME = 255
"""Bytes of a name in Linux' file systems."""


class SourceRow(NamedTuple):
    """One row of the table of sources."""

    module: str
    """Module of this package that has `open_source(text: str, fps: float | None) -> Source`; for
    `live` it has `LiveSource`."""
    example: str
    """What `--source` may say."""


SOURCES = {
    "live": SourceRow(".live", "; ".join(row.example for row in DEVICES.values())),
    "pictures": SourceRow(".pictures", "a folder, 'folder/*.jpg' or one picture"),
    "video": SourceRow(".video", "clip.mp4"),
    "fake": SourceRow(".fake", "fake:30, thirty made-up frames"),
}


def kind_of(text: str) -> str:
    """The key of `SOURCES` that a `--source` text means; files and folders are looked at.

    Digits are always a camera's index; write `./0` for a folder of that name.
    """
    from ..picture import SUFFIXES

    path = Path(text)
    if device_kind(text):
        return "live"
    if re.fullmatch(r"fake:[0-9]+", text):
        return "fake"
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return "pictures"
    return "pictures" if any(sign in text for sign in "*?[") and not path.exists() else "video"


def open_source(
    text: str,
    fps: float | None = None,
    *,
    size_wh: Size | None = None,
    wait: bool = False,
) -> Source:
    """Open what `--source` names.

    Args:
        text: a camera's index or device, a video file, a folder, glob or name of pictures.
        fps: frames per second of pictures or of a video whose own rate is wrong; None takes what
            the source says.
        size_wh: width and height to ask a camera for, pixels; None takes its own.
        wait: whether a camera that does not open at first is waited for instead of refused.

    Raises:
        SourceError: nothing there, or nothing that gives frames.
        UsageError: `fps` is not positive, or given for a camera; `size_wh` for what cannot be
            asked for a size.
    """
    check_source(text, fps, size_wh)
    kind = kind_of(text)
    if kind == "live":
        from .live import LiveSource

        return LiveSource(text, size_wh=size_wh, wait=wait)
    source: Source = import_module(SOURCES[kind].module, __name__).open_source(text, fps)
    return source


def check_source(text: str, fps: float | None = None, size_wh: Size | None = None) -> None:
    """Refuse what cannot be meant, before anything is opened.

    Raises:
        SourceError: `text` is empty.
        UsageError: see `open_source`.
    """
    if not text:
        known = "; ".join(row.example for row in SOURCES.values())
        raise SourceError(f"the source is empty; it may be: {known}")
    device = device_kind(text)
    if not device and any(len(part.encode()) > LONGEST_NAME for part in Path(text).parts):
        raise SourceError(f"the source is no name of a file or folder: {text[:40]}... is too long")
    if device == "fault":
        from .devices.fault import check_script

        check_script(text)
    if fps is not None and (kind_of(text) == "live" or not 0 < fps <= 1000):
        raise UsageError(
            "fps must be more than 0 and at most 1000, and is for videos and pictures only;"
            f" not {fps!r} for {redact_source(text)}"
        )
    if size_wh is not None and not (device and DEVICES[device].sized):
        raise UsageError(
            f"{redact_source(text)} cannot be asked for a size; it is what its source says"
        )
