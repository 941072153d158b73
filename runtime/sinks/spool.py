"""A bounded queue of small messages on disk, which outlives a restart and a kill."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import stat
import threading
import time
from collections import OrderedDict
from pathlib import Path

from ..errors import OutputError, UsageError
from ..files import write_atomically

BLOCK_BYTES = 4096
"""What the smallest file takes on most file systems; every message counts in whole blocks."""
_MESSAGE = re.compile(r"(\d{20})\.msg")
_HALF_WRITTEN = re.compile(r"\.\d{20}\.msg\..*\.tmp")

log = logging.getLogger(__name__)


class Spool:
    """First in, first out; one file a message, whole or absent, in the order of the names.

    Any thread may call it. One process at a time owns the folder. Files that are not its own are
    left alone.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Open the folder with what an earlier run left in it.

        Args:
            folder: made where it is missing.
            max_bytes: on disk, in whole blocks; 4096 or more. When it is full, the oldest
                message makes room for the newest.

        Raises:
            UsageError: `max_bytes` does not hold one message.
            OutputError: the folder cannot be made, or another process has it.
        """
        if max_bytes < BLOCK_BYTES:
            raise UsageError(f"a spool takes {BLOCK_BYTES} bytes or more, not {max_bytes!r}")
        self._folder, self._max_bytes = folder, max_bytes
        self._mutex = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        """Bytes on disk by key, oldest first."""
        self._total_bytes = 0
        self._dropped = 0
        self._losing = False
        self._owned: int | None = _own(folder)
        try:
            self._load()
        except OSError as exc:
            self.close()
            raise OutputError(f"cannot read {folder}: {exc.strerror or exc}") from exc

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._sizes)

    @property
    def dropped(self) -> int:
        """Messages lost since it was opened: pushed out by newer ones, or refused by the disk."""
        return self._dropped

    def put(self, message: bytes) -> None:
        """Append a message; when this returns it is on the disk, or counted in `dropped`.

        Args:
            message: not empty.
        """
        with self._mutex:
            size = on_disk(len(message))
            if size > self._max_bytes:
                self._lose(f"a message of {len(message)} bytes is larger than all of it")
                return
            full = self._make_room(size)
            # The clock keeps keys apart after a restart; counting keeps their order when it is set.
            key = f"{max(int(next(reversed(self._sizes), '0')) + 1, time.time_ns()):020}"
            try:
                write_atomically(self._path(key), message)
            except OutputError as exc:
                self._forget(key)
                self._lose(str(exc))
                return
            self._sizes[key] = size
            self._total_bytes += size
            self._losing = full

    def oldest(self) -> tuple[str, bytes] | None:
        """The message that waits longest and its key, 20 digits; None when none waits."""
        with self._mutex:
            while self._sizes:
                key = next(iter(self._sizes))
                try:
                    return key, self._path(key).read_bytes()
                except FileNotFoundError:
                    self._forget(key)
                except OSError as exc:
                    self._forget(key)
                    self._lose(f"a message cannot be read: {exc.strerror or exc}")
            return None

    def remove(self, key: str) -> None:
        """Take a message out; one that is gone already is none the worse."""
        with self._mutex:
            self._forget(key)

    def close(self) -> None:
        """Let another process have the folder; messages stay in it. May be called twice."""
        if self._owned is not None:
            os.close(self._owned)
            self._owned = None

    def _load(self) -> None:
        for path in sorted(self._folder.iterdir()):
            found, status = _MESSAGE.fullmatch(path.name), path.lstat()
            if _HALF_WRITTEN.fullmatch(path.name) or (found and not status.st_size):
                with contextlib.suppress(OSError):
                    path.unlink()
            elif found and stat.S_ISREG(status.st_mode):
                self._sizes[found[1]] = on_disk(status.st_size)
        self._total_bytes = sum(self._sizes.values())
        self._make_room(0)

    def _make_room(self, size: int) -> bool:
        """Drop the oldest until `size` more bytes fit; whether any had to go."""
        full = self._total_bytes + size > self._max_bytes
        while self._total_bytes + size > self._max_bytes:
            self._forget(next(iter(self._sizes)))
            self._lose("it is full, the oldest message makes room")
        return full

    def _forget(self, key: str) -> None:
        self._total_bytes -= self._sizes.pop(key, 0)
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as exc:
            log.warning("spool %s: a message stays: %s", self._folder, exc.strerror or exc)

    def _lose(self, why: str) -> None:
        """Count a loss, and say the first of a row aloud."""
        self._dropped += 1
        if not self._losing:
            log.warning("spool %s loses messages: %s", self._folder, why)
        self._losing = True

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.msg"


def _own(folder: Path) -> int:
    """Make the folder and lock it; the kernel lets go of the lock when this process dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise OutputError(f"cannot open spool {folder}: {exc.strerror or exc}") from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(descriptor)
        in_use = isinstance(exc, BlockingIOError)
        why = "another process has it" if in_use else exc.strerror or str(exc)
        raise OutputError(f"cannot lock spool {folder}: {why}") from exc
    return descriptor


def on_disk(size_bytes: int) -> int:
    """What a file of so many bytes is counted as, in whole blocks."""
    return -(-max(size_bytes, 1) // BLOCK_BYTES) * BLOCK_BYTES
