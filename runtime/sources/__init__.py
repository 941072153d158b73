"""Where frames come from, behind one contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from ..decision import Frame

__all__ = ["Source"]


class Source(Protocol):
    """What every source can do. Use it as a context manager; `close` may be called twice."""

    name: str
    """What it was opened from, for messages and summaries."""
    live: bool
    """True for a camera: its newest frame is given and older ones are dropped."""
    fps: float | None
    """Nominal frames per second of the recording or camera; None where there is no such thing."""
    size_wh: tuple[int, int] | None
    """Width and height of a frame in pixels, where known before the first one."""
    captured: int
    """Frames taken from the device or file so far, dropped ones included."""
    dropped: Counter[str]
    """Frames captured and not given, by reason."""

    def frames(self) -> Iterator[Frame]:
        """Give frames until the source ends or is closed.

        Raises:
            SourceError: the source broke and cannot go on.
        """
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
