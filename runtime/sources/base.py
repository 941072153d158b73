"""What the sources that read files have in common: counts, notes, stopping, closing."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator

from ..closing import Closing
from ..decision import Frame
from ..errors import SourceError
from .ahead import read_ahead, side_by_side

AHEAD = 1
"""Frames decoded ahead of the reader. One hides decoding behind inference; each more only makes
every frame older by the time of one inference."""


class FileSource(Closing):
    """Gives every frame of something that waits for its reader; see `Source`."""

    live = False

    def __init__(
        self,
        name: str,
        decoded: Generator[Frame, None, None],
        *,
        fps: float | None,
        timed: bool,
        size_wh: tuple[int, int] | None = None,
        notes: list[str] | None = None,
    ) -> None:
        """Take over a generator of decoded frames.

        Args:
            name: what it was opened from.
            decoded: run in a thread, and closed there.
            fps: nominal frames per second.
            timed: whether `Frame.media_s` is a time.
            size_wh: width and height of a frame, where known.
            notes: the list that `decoded` adds its notes to.
        """
        self.name = name
        self.fps = fps
        self.timed = timed
        self.size_wh = size_wh
        self.captured = 0
        self.dropped: Counter[str] = Counter()
        self.notes = [] if notes is None else notes
        self.prepare: Callable[[Frame], Frame] | None = None
        """What is done to each frame ahead of its reader."""
        self.workers = 1
        """Threads that prepare frames; one decodes them, too."""
        self._decoded = decoded
        self._reader: Generator[Frame, None, None] | None = None
        self._stopped = False

    def frames(self) -> Iterator[Frame]:
        """See `Source.frames`."""
        if self._reader is not None:
            raise SourceError(f"{self.name}: frames can be asked for once; open it again")
        self._reader = self._counted()
        return self._reader

    def _counted(self) -> Generator[Frame, None, None]:
        ahead = self._ahead()
        try:
            for frame in ahead:
                self.captured += 1
                yield frame
                del frame
        finally:
            ahead.close()

    def _ahead(self) -> Generator[Frame, None, None]:
        if self.prepare is None or self.workers == 1:
            return read_ahead(self._prepared(), AHEAD, self._has_stopped)
        decoded = read_ahead(self._decoded, AHEAD, self._has_stopped)
        return side_by_side(self.prepare, decoded, self.workers, self._has_stopped)

    def _prepared(self) -> Generator[Frame, None, None]:
        with contextlib.closing(self._decoded):
            for frame in self._decoded:
                yield self.prepare(frame) if self.prepare else frame
                del frame

    def _has_stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        """See `Source.stop`."""
        self._stopped = True

    def close(self) -> None:
        """See `Source.close`."""
        self._stopped = True
        if self._reader is not None:
            self._reader.close()
        else:
            self._decoded.close()
