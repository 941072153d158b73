"""What a person sees while it runs: one live line on a terminal, a line an event in a log."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from typing import TextIO

from ..decision import Decision, Frame, Verdict
from ..events import Event
from ..notice import Notice

REFRESH_S = 0.1
"""A live line that changes more often cannot be read."""
_WORDS = {Verdict.TRUCK: "TRUCK", Verdict.NO_TRUCK: "no truck", Verdict.UNKNOWN: "UNKNOWN"}


class Console:
    """Writes on a text stream, meant for stderr; results go elsewhere."""

    name = "console"

    def __init__(self, stream: TextIO, live: bool | None = None) -> None:
        """Take a stream, which is left open.

        Args:
            stream: where to write.
            live: rewrite one line in place; None does so on a terminal.
        """
        self._stream = stream
        self._live = stream.isatty() if live is None else live
        self._counts: Counter[Verdict] = Counter()
        self._first_ns = 0
        self._shown_ns = 0
        self._latest: Decision | None = None
        self._open: Event | None = None
        self._closed = False

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        if self._latest is None:
            self._first_ns = decision.decided_ns
        self._counts[decision.verdict] += 1
        self._latest, self._open = decision, event
        if self._live and decision.decided_ns - self._shown_ns >= REFRESH_S * 1e9:
            self._show()

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        line = (
            f"event {event.number}: {event.start_s:.2f} s to {event.end_s:.2f} s,"
            f" peak {event.peak_probability:.2f}, {event.frames} frames"
        )
        if event.unknown_frames:
            line += f", {event.unknown_frames} unknown"
        self._line(line)

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; the log, on the same stream, tells it."""

    def close(self) -> None:
        """See `Sink.close`."""
        if self._closed:
            return
        self._closed = True
        if self._live and self._latest:
            self._show()
            self._stream.write("\n")
        elif not self._live:
            self._line(f"{self._counts.total()} frames decided")
        self._stream.flush()

    def _show(self) -> None:
        decision = self._latest
        assert decision is not None
        self._shown_ns = decision.decided_ns
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r{self._text(decision)[:width]}\x1b[K")
        self._stream.flush()

    def _text(self, decision: Decision) -> str:
        what = f"{_WORDS[decision.verdict]:<8}"
        if math.isnan(decision.probability):
            what += f" {decision.reason.value if decision.reason else ''}"
        else:
            what += f" {decision.probability:.2f}"
        seconds = (decision.decided_ns - self._first_ns) / 1e9
        total = self._counts.total()
        parts = [what, f"age {decision.age_ms:.0f} ms"]
        if seconds > 0:
            parts.append(f"{(total - 1) / seconds:.1f} fps")
        parts.append(
            f"{total} frames: {self._counts[Verdict.TRUCK]} truck,"
            f" {self._counts[Verdict.NO_TRUCK]} no truck, {self._counts[Verdict.UNKNOWN]} unknown"
        )
        if self._open:
            parts.append(
                f"event {self._open.number} for {self._open.end_s - self._open.start_s:.1f} s"
            )
        return " | ".join(parts)

    def _line(self, text: str) -> None:
        self._stream.write(f"\r{text}\x1b[K\n" if self._live else f"{text}\n")
        self._stream.flush()
