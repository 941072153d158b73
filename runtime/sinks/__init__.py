"""Where decisions and events go, behind one contract."""

from __future__ import annotations

from typing import Protocol

from ..decision import Decision, Frame
from ..events import Event
from ..notice import Notice

__all__ = ["Sink"]


class Sink(Protocol):
    """What every sink can do; `close` may be called twice and finishes what was begun.

    Each method may raise `OSError` (or `OutputError`, which is one): the sink is then closed and
    left out, and decisions go on.
    """

    name: str
    """What it is and where it writes, for messages and summaries."""

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """Take one decision with its frame and the event that is open after it, if any.

        The frame's picture belongs to the source and the other sinks: it is not to be changed.
        """
        ...

    def event(self, event: Event) -> None:
        """Take an event that has ended."""
        ...

    def notice(self, notice: Notice) -> None:
        """Take what happened to the detector itself."""
        ...

    def close(self) -> None:
        """Finish and release."""
        ...
