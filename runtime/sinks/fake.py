"""A sink that remembers: for tests and Python callers."""

from __future__ import annotations

from ..decision import Decision, Frame
from ..events import Event
from ..notice import Notice


class FakeSink:
    """Keeps what it is told; a name in `fails` raises when that method is called."""

    def __init__(self, name: str = "fake", fails: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.decisions: list[Decision] = []
        self.open_events: list[Event | None] = []
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.closed = 0
        self._fails = fails

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self._maybe_fail("frame")
        self.decisions.append(decision)
        self.open_events.append(event)

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self._maybe_fail("event")
        self.events.append(event)

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`."""
        self._maybe_fail("notice")
        self.notices.append(notice)

    def close(self) -> None:
        """See `Sink.close`."""
        self.closed += 1
        self._maybe_fail("close")

    def _maybe_fail(self, method: str) -> None:
        if method in self._fails:
            raise OSError(f"{method} of {self.name} was told to fail")
