"""A folder of files of one kind that never takes more than its share of a disk.

The oldest files make room for new ones. Only files whose name and first bytes are those of the kind
are ever deleted; whatever else lies in the folder is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import OutputError, UsageError
from ..files import sync_path, write_atomically
from .spool import BLOCK_BYTES, on_disk

LEAST_FREE_BYTES = 64 << 20
"""Left free on the file system for everything else.

Bytes, not a share of the card: what must go on working, a spool and a log, needs bytes.
"""
_HEAD_BYTES = 512
"""The maker's mark of a file stands in so many bytes at its beginning."""


def free_bytes(folder: Path) -> int:
    """What a file in this folder could still take, without root's reserve."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that has no name yet."""

    name: str
    """What it will be called."""
    path: Path
    """Where it is until then."""
    file: BinaryIO
    """Open for writing; locked, so that no other process takes it for abandoned."""


class BudgetFolder:
    """Whole files of one kind, oldest first.

    One thread calls it at a time. What others add to the folder or take away is noticed before the
    next file is begun, so that an unmounted disk, a hand that tidies up or a second process only
    shift what has to go. What is oldest is told by the file system's clock at the start, and by the
    order of writing from then on.
    """

    def __init__(
        self,
        folder: Path,
        suffix: str,
        mark: bytes,
        max_bytes: int,
        least_free_bytes: int = LEAST_FREE_BYTES,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """Open the folder with what earlier runs left, and remove what a kill left half-written.

        Args:
            folder: made where it is missing.
            suffix: ending of the files' names; the stem is of letters, digits, `_` and `-`.
            mark: stands in the first 512 bytes of every file of the kind.
            max_bytes: of all files of the kind, in whole blocks of 4096.
            least_free_bytes: no file is written that would leave less on the file system.
            free: tells how many bytes a folder's file system has left.

        Raises:
            UsageError: `max_bytes` is below one block, or `least_free_bytes` negative.
            OutputError: the folder cannot be made, read or written.
        """
        if max_bytes < BLOCK_BYTES:
            raise UsageError(f"a byte budget is {BLOCK_BYTES} bytes or more, not {max_bytes!r}")
        if least_free_bytes < 0:
            raise UsageError(f"keep 0 or more bytes free, not {least_free_bytes!r}")
        self.max_bytes = max_bytes
        self._folder, self._mark = folder, mark
        self._least_free, self._free = least_free_bytes, free
        own = rf"[0-9A-Za-z_-]+{re.escape(suffix)}"
        self._own, self._half = re.compile(own), re.compile(rf"\.{own}\.[^.]+\.tmp")
        self._sizes: OrderedDict[str, int] = OrderedDict()
        """Bytes on disk by name, oldest first."""
        self._seen: tuple[int, ...] = ()
        """The folder as it was when `_sizes` was made or last changed."""
        try:
            self._look()
            self._remove_half_written()
            self._delete_beyond(max_bytes)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise OutputError(f"cannot write into {folder}: no permission, or read-only")
        except OutputError:
            raise
        except OSError as exc:
            raise OutputError(f"cannot use folder {folder}: {exc.strerror or exc}") from exc

    def store(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all, in place of one of that name.

        Raises:
            OutputError: it is larger than the budget, or the disk has no room or does not take it.
        """
        self._look_again()
        self.make_room(len(data))
        write_atomically(self._folder / name, data)
        self._add(name, len(data))

    def begin(self, name: str) -> Draft:
        """Open a temporary file, to be filled and then given to `publish` or `discard`.

        Raises:
            OutputError: the folder cannot be made or written.
        """
        try:
            self._look_again()
            handle, path = tempfile.mkstemp(dir=self._folder, prefix=f".{name}.", suffix=".tmp")
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._seen = self._stamp()
            return Draft(name, Path(path), os.fdopen(handle, "w+b"))
        except OSError as exc:
            raise OutputError(f"cannot write {self._folder / name}: {exc.strerror or exc}") from exc

    def make_room(self, size_bytes: int, written_bytes: int = 0) -> None:
        """Delete the oldest files until one of this size fits, or none where that is no help.

        Args:
            size_bytes: of the whole file.
            written_bytes: how much of it is on the disk already.

        Raises:
            OutputError: it cannot fit.
        """
        wanted = on_disk(size_bytes)
        if wanted > self.max_bytes:
            raise OutputError(f"{size_bytes} bytes are more than the {self.max_bytes} allowed")
        try:
            short = self._least_free + wanted - written_bytes - self._free(self._folder)
            freed = 0
            if short <= self._taken():
                freed = self._delete_beyond(self.max_bytes - wanted)
                while freed < short and self._sizes:
                    freed += self._delete_oldest()
        except OSError as exc:
            raise OutputError(f"no room in {self._folder}: {exc.strerror or exc}") from exc
        if freed < short:
            raise OutputError(
                f"the disk of {self._folder} is full: {self._least_free} bytes are to stay free"
            )

    def publish(self, draft: Draft) -> None:
        """Flush a draft to the disk and give it its name.

        Raises:
            OutputError: the disk does not take it; it is discarded then.
        """
        path = self._folder / draft.name
        try:
            with draft.file as file:
                file.flush()
                os.fsync(file.fileno())
                size = os.fstat(file.fileno()).st_size
                os.fchmod(file.fileno(), 0o644)
                draft.path.replace(path)
            sync_path(self._folder)
            self._add(draft.name, size)
        except OSError as exc:
            self.discard(draft)
            raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc

    def discard(self, draft: Draft) -> None:
        """Remove a draft."""
        with contextlib.suppress(OSError):
            draft.path.unlink()
        with contextlib.suppress(OSError):
            draft.file.close()

    def _add(self, name: str, size: int) -> None:
        self._sizes.pop(name, None)
        self._sizes[name] = on_disk(size)
        self._seen = self._stamp()

    def _taken(self) -> int:
        return sum(self._sizes.values())

    def _delete_beyond(self, limit_bytes: int) -> int:
        """Delete until no more than this is taken; the bytes that this has freed."""
        freed = 0
        while self._taken() > limit_bytes:
            freed += self._delete_oldest()
        return freed

    def _delete_oldest(self) -> int:
        """Delete one file, or forget it where it is not ours or gone; the bytes freed."""
        name, size = next(iter(self._sizes.items()))
        path = self._folder / name
        try:
            with path.open("rb") as file:
                own = self._mark in file.read(_HEAD_BYTES)
            if own:
                path.unlink()
        except FileNotFoundError:
            own = False
        del self._sizes[name]
        self._seen = self._stamp()
        return size if own else 0

    def _look_again(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._stamp() != self._seen:
            self._look()

    def _look(self) -> None:
        """Find out what is there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = []
        self._seen = self._stamp()
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if self._own.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        found.append((status.st_mtime_ns, entry.name, on_disk(status.st_size)))
        self._sizes = OrderedDict((name, size) for _, name, size in sorted(found))

    def _stamp(self) -> tuple[int, ...]:
        status = self._folder.stat()
        return status.st_dev, status.st_ino, status.st_mtime_ns

    def _remove_half_written(self) -> None:
        """A living writer holds a lock on its temporary file, a killed one does not."""
        for path in self._folder.iterdir():
            if not self._half.fullmatch(path.name):
                continue
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        self._seen = self._stamp()
