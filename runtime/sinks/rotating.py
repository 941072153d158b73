"""JSON lines that never fill the disk: the newest file and a few older ones."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any

from ..decision import Decision, Frame
from ..errors import OutputError, UsageError
from ..events import Event
from ..notice import Notice

OLD_FILES = 4
"""Kept beside a file, unless somebody says otherwise."""
LEAST_BYTES = 4096
"""A file smaller than this would not hold every line."""

log = logging.getLogger(__name__)


class RotatingLines:
    """A file that is continued, not made anew, and moves to `path.1`, `path.2` ... when full.

    A kill loses at most the line that was being written. A full disk does not raise: lines are
    dropped and counted until there is room again.
    """

    def __init__(self, path: Path, max_bytes: int, keep: int, what: str = "lines") -> None:
        """Open the file, and end its last line where a kill has cut it off.

        All files together take at most `max_bytes * (keep + 1)`, except for larger ones that were
        there before.

        Args:
            path: the newest lines; its folder must exist.
            max_bytes: of each file, 4096 or more.
            keep: how many older files stay, 0 or more.
            what: what its lines are, for messages.

        Raises:
            UsageError: a size or number that cannot be meant.
            OutputError: it cannot be written, or another process writes it.
        """
        if max_bytes < LEAST_BYTES:
            raise UsageError(f"a file takes {LEAST_BYTES} bytes or more, not {max_bytes!r}")
        if keep < 0:
            raise UsageError(f"keep 0 or more older files, not {keep!r}")
        self.name = f"{what} file {path}"
        self._path, self._max_bytes, self._keep = path, max_bytes, keep
        self._dropped = 0
        self._losing = False
        self._file: int | None = None
        self._size = 0
        try:
            self._open()
        except OSError as exc:
            raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc

    @property
    def dropped(self) -> int:
        """Lines lost since it was opened."""
        return self._dropped

    def write(self, record: dict[str, Any]) -> None:
        """Append one line, or count it as dropped where the disk does not take it."""
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        # A file name that is not UTF-8 has lone surrogates, which JSON can escape.
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        try:
            self._append(line)
        except OSError as exc:
            self.close()  # the next line opens it anew, and so mends what this one may have left
            self._dropped += 1
            if not self._losing:
                log.warning("%s loses lines: %s", self.name, exc.strerror or exc)
            self._losing = True
        else:
            self._losing = False

    def close(self) -> None:
        """See `Sink.close`."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, line: bytes) -> None:
        if len(line) > self._max_bytes:
            raise OSError(f"a line of {len(line)} bytes is larger than a file may be")
        if self._file is None:
            self._open()
        if self._size and self._size + len(line) > self._max_bytes:
            self.close()
            self._rotate()
            self._open()
        assert self._file is not None
        written = os.write(self._file, line)
        if written < len(line):
            os.ftruncate(self._file, self._size)
            raise OSError("the disk is full")
        self._size += written

    def _open(self) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                size += os.write(file, b"\n")
        except BlockingIOError as exc:
            os.close(file)
            raise OSError("another process writes it") from exc
        except OSError:
            os.close(file)
            raise
        self._file, self._size = file, size

    def _rotate(self) -> None:
        """Move each file one number up, into a gap that a kill has left or over the oldest."""
        if self._keep == 0:
            self._path.unlink(missing_ok=True)
            return
        last = 1
        while last < self._keep and self._numbered(last).exists():
            last += 1
        for number in range(last, 1, -1):
            self._numbered(number - 1).replace(self._numbered(number))
        if self._path.exists():
            self._path.replace(self._numbered(1))
        self._remove_beyond()

    def _remove_beyond(self) -> None:
        """Remove what a run that kept more files has left."""
        number = self._keep + 1
        while self._numbered(number).exists():
            self._numbered(number).unlink()
            number += 1

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


class RotatingDecisions(RotatingLines):
    """One line a decision."""

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        """See `RotatingLines`."""
        super().__init__(path, max_bytes, keep, "decisions")

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self.write(decision.as_json() | {"event": event.number if event else None})

    def event(self, event: Event) -> None:
        """See `Sink.event`; events have a file of their own."""

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; it is written where events are."""


class RotatingEvents(RotatingLines):
    """One line an event, when it has ended, and one a notice."""

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        """See `RotatingLines`."""
        super().__init__(path, max_bytes, keep, "events")

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`; only events are written."""

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self.write(event.as_json())

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`."""
        self.write(notice.as_json())
