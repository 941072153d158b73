"""The programs that a soak drives: `trucksight run` as a user starts it, as child processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .soak_gaps import Gaps, script
from .soak_watch import Sample, Tail, children_of, decisions, look

ROTATE_MB, FILES = 1.0, 5
"""Of decisions and of events each."""
SPOOL_MB = 1.0
FAULT_FPS = 60
END_S, ORPHAN_S = 30.0, 5.0
"""For a program to end after SIGTERM, and then for its children; seconds."""


class SoakError(Exception):
    """The soak itself cannot go on; says why in one line."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run."""

    source: str
    live: bool
    """Whether a capture process reads the source."""
    gaps_fps: float | None = None
    """Frames per second of a camera that plays `soak_gaps.script`; None is never lost."""
    model: bool = True
    """Whether the network is asked, or only all that is around it."""


PROGRAMS = {
    "fault": Program(f"fault:{script(FAULT_FPS)}@{FAULT_FPS}", live=True, gaps_fps=FAULT_FPS),
    "scenes": Program("scenes:1@30", live=True),
    "fast": Program("fake:1000000000", live=False, model=False),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """What a program left."""

    status: int
    summary: dict[str, Any]
    """What `run --json` prints."""
    lines: int
    """Decisions that were in its file."""
    orphans: int
    """Processes of its own that outlived it."""


class Running:
    """A program that has been started; use it as a context manager."""

    def __init__(self, program: Program, folder: Path, webhook: str, keep_bytes: int = 0) -> None:
        """Start it.

        Args:
            program: what to run.
            folder: for all that it writes; made here.
            webhook: where it posts events.
            keep_bytes: a leak to plant for each decision; 0 runs the real program.
        """
        folder.mkdir()
        self.program = program
        self.gaps = Gaps(program.gaps_fps) if program.gaps_fps else None
        self._folder = folder
        self._tail = Tail(folder / "decisions.jsonl")
        with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *_module(program, keep_bytes), *self._arguments(webhook)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # Ctrl-C is for the soak, which ends it
            )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *error: object) -> None:
        self._tail.close()
        if self._process.poll() is None:
            children = self._children()
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            _wait_for_end(children)

    def sample(self) -> Sample:
        """Look at it, and read what it has written since.

        Raises:
            SoakError: it has ended.
        """
        lines = self._tail.lines()
        if self.gaps:
            for decision in decisions(lines):
                self.gaps.feed(decision)
        try:
            return look(self._process.pid, self._tail.count, self._folder, time.monotonic())
        except OSError:
            said = (self._folder / "stderr").read_text().strip().splitlines() or ["nothing said"]
            status = self._process.poll()
            raise SoakError(
                f"{self.program.source.partition(':')[0]}: the program ended early, status"
                f" {status}: {said[-1]}"
            ) from None

    def finish(self) -> Ending:
        """End it as a user does, with SIGTERM, and read its summary.

        Raises:
            SoakError: it gave none.
        """
        children = self._children()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            raise SoakError(f"the program did not end within {END_S:g} s of SIGTERM") from None
        self._tail.lines()
        try:
            summary = json.loads((self._folder / "stdout").read_text())
        except ValueError:
            raise SoakError(f"the program ended with status {status} and no summary") from None
        orphans = sum(Path(f"/proc/{child}").exists() for child in children)
        return Ending(status, summary, self._tail.count, orphans)

    def _children(self) -> list[int]:
        with contextlib.suppress(OSError):
            return children_of(self._process.pid)
        return []

    def _arguments(self, webhook: str) -> list[str]:
        folder = self._folder
        given: dict[str, object] = {
            "--source": self.program.source,
            "--threads": 1,
            "--decisions": folder / "decisions.jsonl",
            "--events": folder / "events.jsonl",
            "--rotate-mb": ROTATE_MB,
            "--webhook": webhook,
            "--spool": folder / "spool",
            "--spool-mb": SPOOL_MB,
        }
        pairs = [str(word) for pair in given.items() for word in pair]
        return ["run", *pairs, "--json", "--quiet"]


def most_written_bytes() -> int:
    """What one program may have on the disk; a MiB is left for the summary and what it says."""
    return int((2 * FILES * ROTATE_MB + SPOOL_MB) * 1e6) + (1 << 20)


def until_first_decisions(running: list[Running], patience_s: float = 60.0) -> Iterator[None]:
    """Give control back between looks until every program has decided on a frame.

    Raises:
        SoakError: one does not in time.
    """
    deadline_s = time.monotonic() + patience_s
    while not all([one.sample().frames for one in running]):
        if time.monotonic() > deadline_s:
            raise SoakError(f"no decision came within {patience_s:g} s")
        yield


def _wait_for_end(children: list[int]) -> None:
    """Wait for the children of a program that has ended.

    One that had only just been started ends when it finds its pipe closed.
    """
    deadline_s = time.monotonic() + ORPHAN_S
    while any(Path(f"/proc/{child}").exists() for child in children):
        if time.monotonic() > deadline_s:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            return
        time.sleep(0.02)


def _module(program: Program, keep_bytes: int) -> list[str]:
    changes = ["--keep", str(keep_bytes)] if keep_bytes else []
    changes += [] if program.model else ["--no-model"]
    if changes:
        return ["trucksight.benchmarks.soak_child", *changes]
    return ["trucksight.runtime"]
