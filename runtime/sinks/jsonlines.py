"""Decisions or events as JSON lines: one object a line, each written at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..decision import Decision, Frame
from ..errors import OutputError
from ..events import Event
from ..notice import Notice


class JsonLines:
    """A file of JSON lines, made anew when it is opened."""

    def __init__(self, path: Path, what: str) -> None:
        """Make the file.

        Args:
            path: replaced where it exists.
            what: what its lines are, for messages.

        Raises:
            OutputError: it cannot be written.
        """
        self.name = f"{what} file {path}"
        try:
            # Line buffering: what has been decided is in the file when the process dies.
            self._file = path.open("w", buffering=1, encoding="utf-8", newline="\n")
        except OSError as exc:
            raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc

    def write(self, record: dict[str, Any]) -> None:
        """Write one line.

        Raises:
            OutputError: the disk is full or gone.
        """
        line = json.dumps(record, ensure_ascii=False, allow_nan=False)
        try:
            self._file.write(line + "\n")
        except OSError as exc:
            raise OutputError(f"cannot write: {exc.strerror or exc}") from exc

    def close(self) -> None:
        """See `Sink.close`."""
        try:
            self._file.close()
        except OSError as exc:
            raise OutputError(f"cannot write: {exc.strerror or exc}") from exc


class DecisionLines(JsonLines):
    """One line a decision."""

    def __init__(self, path: Path) -> None:
        """See `JsonLines`."""
        super().__init__(path, "decisions")

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self.write(decision.as_json() | {"event": event.number if event else None})

    def event(self, event: Event) -> None:
        """See `Sink.event`; events have a file of their own."""

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; it is written where events are."""


class EventLines(JsonLines):
    """One line an event, when it has ended, and one a notice."""

    def __init__(self, path: Path) -> None:
        """See `JsonLines`."""
        super().__init__(path, "events")

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`; only events are written."""

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self.write(event.as_json())

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`."""
        self.write(notice.as_json())
