"""What a person sees while a model trains: a moving line on a terminal, else a line an epoch."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 24
REDRAW_S = 0.2


class Progress:
    """Writes to stderr; one instance a stage."""

    def __init__(self, stage: str, epochs: int, stream: TextIO | None = None) -> None:
        self._stage, self._epochs = stage, epochs
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._drawn_s = 0.0

    def step(self, epoch: int, done: int, total: int, loss: float) -> None:
        """After a step: redraw the line, on a terminal and not too often."""
        now = time.monotonic()
        if not self._moving or (done < total and now - self._drawn_s < REDRAW_S):
            return
        self._drawn_s = now
        filled = "#" * (WIDTH * done // total)
        self._stream.write(
            f"\r{self._stage} {epoch}/{self._epochs} [{filled:.<{WIDTH}}]"
            f" {done}/{total} loss {loss:.4f}\x1b[K"
        )
        self._stream.flush()

    def epoch(self, epoch: int, text: str) -> None:
        """After an epoch: its line stays."""
        start = "\r" if self._moving else ""
        end = "\x1b[K\n" if self._moving else "\n"
        self._stream.write(f"{start}{self._stage} {epoch}/{self._epochs} {text}{end}")
        self._stream.flush()
