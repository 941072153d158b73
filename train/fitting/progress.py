"""What a person sees while a model trains: a bar with the time left on a terminal, else a line an
epoch."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Writes to stderr; one instance a stage, to be closed."""

    def __init__(
        self, stage: str, epochs: int, done: int = 0, stream: TextIO | None = None
    ) -> None:
        """`done` epochs ended before."""
        self._stage, self._epochs, self._done = stage, epochs, done
        self._stream = stream or sys.stderr
        self._bar = _bar(self._stream) if self._stream.isatty() else None
        if self._bar:
            self._task = self._bar.add_task(stage, total=None, loss="")
            self._bar.start()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def step(self, epoch: int, done: int, total: int, loss: float | None = None) -> None:
        """After step `done` of the `total` of an epoch: move the bar, if there is one."""
        if self._bar:
            self._bar.update(
                self._task,
                description=f"{self._stage} {epoch}/{self._epochs}",
                completed=(epoch - 1 - self._done) * total + done,
                total=(self._epochs - self._done) * total,
                loss="" if loss is None else f"loss {loss:.4f}",
            )

    def epoch(self, epoch: int, text: str) -> None:
        """After an epoch: its line stays."""
        line = f"{self._stage} {epoch}/{self._epochs} {text}"
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Take the bar away; any number of times."""
        if self._bar:
            self._bar.stop()


def _bar(stream: TextIO) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TextColumn("at most"),
        TimeLeft(),
        console=Console(file=stream, force_terminal=True),
        transient=True,
    )
