"""Processes and files seen from outside: memory, descriptors, threads, children, lines written."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a program and at the capture process it may have."""

    at_s: float
    """Monotonic clock."""
    frames: int
    """Decisions it has written by then."""
    loop_bytes: int
    """Memory of its own, see `own_bytes`."""
    capture_bytes: int | None
    """The same of its capture process; None while there is none."""
    capture_pid: int | None
    descriptors: int
    threads: int
    children: int
    written_bytes: int
    """Size of all files in its folder."""


def own_bytes(pid: int) -> int:
    """What a process keeps for itself: anonymous and shared memory, and what of it is swapped out.

    `RssAnon + RssShmem + VmSwap` of /proc/PID/status. Resident memory without the pages of files,
    which the kernel takes and returns as it likes, and without the arithmetic of PSS, which moves
    when another process maps the same library. The slots of pictures that a loop shares with its
    capture process are in it, so a mapping that is never given back is seen.

    Raises:
        OSError: the process is gone.
    """
    wanted, total_kib, found = ("RssAnon", "RssShmem", "VmSwap"), 0, 0
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in wanted:
            total_kib += int(value.split()[0])
            found += 1
    if not found:
        raise ProcessLookupError(f"process {pid} has ended")
    return total_kib * 1024


def children_of(pid: int) -> list[int]:
    """The processes that the threads of one have started and that have not been waited for."""
    found: list[int] = []
    for task in (PROC / str(pid) / "task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118
    return total


def look(pid: int, frames: int, folder: Path, at_s: float) -> Sample:
    """Take one sample.

    Raises:
        OSError: the process is gone.
    """
    proc, children = PROC / str(pid), children_of(pid)
    capture_pid = capture_bytes = None
    for child in children:
        with contextlib.suppress(OSError):
            capture_pid, capture_bytes = child, own_bytes(child)
    return Sample(
        at_s=at_s,
        frames=frames,
        loop_bytes=own_bytes(pid),
        capture_bytes=capture_bytes,
        capture_pid=capture_pid,
        descriptors=len(os.listdir(proc / "fd")),  # noqa: PTH208
        threads=len(os.listdir(proc / "task")),  # noqa: PTH208
        children=len(children),
        written_bytes=size_of(folder),
    )


class Tail:
    """Every line of a file of JSON lines that is rotated while it is read.

    To be asked more often than the file is rotated.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0
        """Whole lines so far."""
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""

    def lines(self) -> list[bytes]:
        """The whole lines since the last call."""
        found: list[bytes] = []
        while True:
            rotated = self._rotated()
            found += self._read()
            if not rotated:
                self.count += len(found)
                return found
            self.close()

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        if self._file:
            self._file.close()
            self._file = None

    def _rotated(self) -> bool:
        """Whether what is open has another name by now; opens the file where none is."""
        try:
            current = self._path.stat()
            if self._file is None:
                self._file = self._path.open("rb")
                return False
        except FileNotFoundError:
            return False
        return not os.path.samestat(current, os.fstat(self._file.fileno()))

    def _read(self) -> list[bytes]:
        if self._file is None:
            return []
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return lines


def decisions(lines: list[bytes]) -> list[dict[str, Any]]:
    """The decisions in lines of a decisions file."""
    return [json.loads(line) for line in lines]
