"""Writing so that nothing half-written is left, reading so that nothing is unbounded."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import OutputError


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
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
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
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}."
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix, suffix=".tmp"))
        staging.chmod(0o755)
    except OSError as exc:
        raise OutputError(f"cannot write {target}: {exc.strerror or exc}") from exc
    try:
        yield staging
        try:
            sync_tree(staging)
            _swap(staging, target)
        except OSError as exc:
            raise OutputError(f"cannot write {target}: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder` to the disk."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".old"))
    old.rmdir()
    target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
