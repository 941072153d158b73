"""Writing so that nothing half-written is left, reading so that nothing is unbounded."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from glob import escape as glob_escape
from pathlib import Path

from .errors import OutputError

ABANDONED_AFTER_S = 60.0
"""A temporary file or folder nobody holds a lock on is taken for abandoned from this age on."""
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of renameat2(2), linux/fs.h


def sha256_bytes(data: bytes) -> str:
    """SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: temporary file, fsync, rename.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    content = data.encode() if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(name).chmod(0o644)
                Path(name).replace(path)
            sync_path(path.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc


def check_writable_target(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that exists and is not empty, unless told to overwrite it.

    Raises:
        OutputError: the target exists and may not be replaced.
    """
    if folder.name in ("", ".."):
        raise OutputError(f"{folder} cannot be replaced whole; name a folder inside it")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder} exists and is not a folder; choose another name")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise OutputError(f"{folder} exists and is not empty; choose another or add --overwrite")


@contextlib.contextmanager
def folder_atomically(target: Path, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary sibling folder that becomes `target` when the block ends well.

    On an error the temporary folder is removed and `target` is as it was.

    Args:
        target: the folder to make or replace.
        overwrite: replace a non-empty `target`; the old one is removed only after the rename.

    Raises:
        OutputError: `target` is in use or its parent cannot be written.
    """
    check_writable_target(target, overwrite)
    remove_abandoned(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}."
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix, suffix=".tmp"))
        staging.chmod(0o755)
        lock = os.open(staging, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as exc:
        raise OutputError(f"cannot write {target}: {exc.strerror or exc}") from exc
    try:
        yield staging
        try:
            sync_tree(staging)
            _swap(staging, target)
            sync_path(target.parent)
        except OSError as exc:
            raise OutputError(f"cannot write {target}: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


def remove_abandoned(target: Path) -> None:
    """Remove what killed writers of `target` left beside it.

    A writer holds a lock on its temporary file or folder, which the kernel releases when it dies.
    What is younger than `ABANDONED_AFTER_S` stays: its writer may not have come to the lock yet.
    """
    pattern = f".{glob_escape(target.name)}.*.tmp"
    for path in target.parent.glob(pattern) if target.parent.is_dir() else ():
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_ctime < ABANDONED_AFTER_S:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder` to the disk."""
    for path in [*folder.rglob("*"), folder]:
        sync_path(path)


def sync_path(path: Path) -> None:
    """Flush one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(staging: Path, target: Path) -> None:
    """Put `staging` where `target` is; afterwards `staging` holds the old one, if there was any."""
    if not target.exists():
        staging.rename(target)
    elif not exchange(staging, target):
        _swap_in_two_steps(staging, target)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step, so that no moment sees neither (renameat2, Linux 3.15).

    Returns:
        False where the C library or the file system cannot do it (some network and FUSE ones).

    Raises:
        OSError: it can, and it failed.
    """
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    if renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


def _swap_in_two_steps(staging: Path, target: Path) -> None:
    """For file systems that cannot exchange: between the two renames `target` is missing."""
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".old"))
    old.rmdir()
    target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
