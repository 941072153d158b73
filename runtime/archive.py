"""A bundle as a zip, and what a zip must be before anything is unpacked from it.

It is looked at from its last byte first: it must end in its own table of entries, small enough to
read, and in nothing else but a seal, which is checked before the archive is parsed. A zip that
another tool packed has no seal: its table is parsed and its files are inflated, within bounds,
before their hashes are compared.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from .errors import BundleError
from .members import missing, opened, too_large
from .seal import COMMENT, DIGITS, check_archive_seal

MAX_MEMBERS = 1000
"""A zip with more entries is refused."""
MAX_TOTAL_BYTES = 4 << 30
"""A zip that unpacks to more is refused."""
MAX_DIRECTORY_BYTES = 1 << 20
"""A zip whose table of entries is longer is refused."""
_END = struct.Struct("<4s4H2LH")
"""The end record of APPNOTE 4.3.16: signature, disks, entries, size and place of the table."""
_END_SIGNATURE, _ZIP64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_PIECE = 1 << 18
_SEALED = len(COMMENT) + DIGITS
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What is unpacked; zipfile cannot bound what one step of bzip2 or LZMA gives."""
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises for an archive that is damaged."""


@contextlib.contextmanager
def open_zip(path: Path) -> Iterator[Zip]:
    """Open a bundle's zip.

    Raises:
        BundleError: it is no zip, or one that is damaged or must not be unpacked.
        OSError: it cannot be read.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(opened(path))
            check_end(file)
            archive = stack.enter_context(zipfile.ZipFile(file))
            check_entries(archive.infolist())
        except BundleError as exc:
            raise BundleError(f"{path}: {exc}") from None
        except _FAULTS as exc:
            raise BundleError(f"{path}: neither a bundle folder nor its zip: {exc}") from exc
        yield Zip(path, archive)


class Zip:
    """The files of a bundle's zip; see `Members`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive

    def names(self) -> list[str]:
        """See `Members.names`."""
        return sorted(name for name in self._archive.namelist() if not name.endswith("/"))

    def size(self, name: str) -> int | None:
        """See `Members.size`."""
        try:
            return self._archive.getinfo(name).file_size
        except KeyError:
            return None

    def read(self, name: str, limit: int) -> bytes:
        """See `Members.read`."""
        if self.size(name) is None:
            raise missing(self._path, name, self.names())
        try:
            with self._archive.open(name) as file:
                return self._bounded(name, file, limit)
        except BundleError:
            raise
        except (OSError, *_FAULTS) as exc:
            raise BundleError(f"{self._path}: cannot read {name}: {exc}") from exc

    def _bounded(self, name: str, file: IO[bytes], limit: int) -> bytes:
        pieces, room = [], limit
        while piece := file.read(min(_PIECE, room + 1)):
            room -= len(piece)
            if room < 0:
                raise too_large(self._path, name, limit)
            pieces.append(piece)
        return b"".join(pieces)


def check_end(file: IO[bytes]) -> None:
    """Check that a zip ends as it must, and its seal if it has one; nothing of it is parsed.

    Raises:
        BundleError: a broken seal, a comment that is none, zip64, or too long a table.
        zipfile.BadZipFile: it does not end in an end record, or in one that says so of itself.
        OSError: it cannot be read.
    """
    size = file.seek(0, os.SEEK_END)
    tail_bytes = min(size, _ZIP64_LOCATOR_BYTES + _END.size + _SEALED)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    place, directory_bytes, comment_bytes = _end_record(tail)
    if comment_bytes:
        check_archive_seal(file, tail[-comment_bytes:])
    if tail[:place][-_ZIP64_LOCATOR_BYTES:].startswith(_ZIP64_LOCATOR):
        raise BundleError("it is a zip64 archive, which no bundle needs; pack it as a plain zip")
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise BundleError(
            f"its table of entries has {directory_bytes} bytes, more than the allowed"
            f" {MAX_DIRECTORY_BYTES}"
        )


def _end_record(tail: bytes) -> tuple[int, int, int]:
    """Place of the end record, bytes of the table of entries, bytes of the comment."""
    for comment_bytes in (0, _SEALED):
        place = len(tail) - _END.size - comment_bytes
        if place >= 0 and tail.startswith(_END_SIGNATURE, place):
            *_, directory_bytes, _, said_bytes = _END.unpack_from(tail, place)
            if said_bytes == comment_bytes:
                return place, directory_bytes, comment_bytes
    raise zipfile.BadZipFile("it does not end as a whole zip does, or in a comment that is no seal")


def check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Check what a zip's table says of its entries.

    Raises:
        BundleError: too many, too large in all, or one that cannot belong to a bundle.
    """
    if len(entries) > MAX_MEMBERS:
        raise BundleError(f"it has {len(entries)} entries, more than the allowed {MAX_MEMBERS}")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL_BYTES:
        raise BundleError(f"it unpacks to {total} bytes, more than the allowed {MAX_TOTAL_BYTES}")
    seen: set[str] = set()
    for entry in entries:
        fault = "stands there twice" if entry.filename in seen else _fault(entry)
        if fault:
            raise BundleError(f"its entry {entry.orig_filename!r} {fault}")
        seen.add(entry.filename)


def _fault(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry of a zip cannot belong to a bundle; None: it can."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or re.match("[A-Za-z]:", name):
        return "points outside the bundle"
    if not name.isprintable() or "" in parts or "." in parts:
        return "is no path inside a bundle"
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no regular file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in _METHODS:
        return f"is packed by method {entry.compress_type}; pack it with store or deflate"
    return None
