"""The files of a bundle, read from its folder or from its zip, within bounds.

What is read is bounded by what comes out, not by what a header says.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from .errors import BundleError


class Members(Protocol):
    """The files of an open bundle."""

    def names(self) -> list[str]:
        """Paths of all its files, sorted, with forward slashes."""
        ...

    def size(self, name: str) -> int | None:
        """Size in bytes as the folder or zip tells it; None: there is no such file.

        Raises:
            BundleError: it leads out of the bundle or cannot be read.
        """
        ...

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a file.

        Raises:
            BundleError: missing, unreadable, leading out of the bundle, or over `limit` bytes.
        """
        ...


@contextlib.contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """Open a bundle's folder or zip.

    Raises:
        BundleError: nothing is there, or neither of them, or a zip that is damaged or must not be
            unpacked.
    """
    with contextlib.ExitStack() as stack:
        try:
            if path.is_dir():
                members: Members = Folder(path)
            else:
                # Here, because what it takes to unpack would be loaded at every start.
                from .archive import open_zip

                members = stack.enter_context(open_zip(path))
        except (FileNotFoundError, NotADirectoryError):
            raise BundleError(
                f"no bundle at {path}; make one with: trucksight export RUN --out BUNDLE"
            ) from None
        except OSError as exc:
            raise BundleError(f"{path}: neither a bundle folder nor its zip: {exc}") from exc
        yield members


class Folder:
    """The files of a bundle's folder; see `Members`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inside = os.path.realpath(path)

    def names(self) -> list[str]:
        """See `Members.names`; links to folders are not followed."""
        found = (Path(base, name) for base, _, names in os.walk(self._path) for name in names)
        return sorted(path.relative_to(self._path).as_posix() for path in found)

    def size(self, name: str) -> int | None:
        """See `Members.size`."""
        self._check(name)
        try:
            return (self._path / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            raise BundleError(f"{self._path}: cannot read {name}: {exc.strerror}") from exc

    def read(self, name: str, limit: int) -> bytes:
        """See `Members.read`."""
        self._check(name)
        try:
            with opened(self._path / name) as file:
                data = file.read(limit + 1)  # pieces would be in memory twice as they are joined
        except (FileNotFoundError, NotADirectoryError):
            raise missing(self._path, name) from None
        except OSError as exc:
            raise BundleError(f"{self._path}: cannot read {name}: {exc.strerror}") from exc
        if len(data) > limit:
            raise too_large(self._path, name, limit)
        return data

    def _check(self, name: str) -> None:
        """Refuse a name or link that takes a file from outside the folder."""
        if not Path(os.path.realpath(self._path / name)).is_relative_to(self._inside):
            raise BundleError(f"{self._path}: {name} points outside the bundle")


def opened(path: Path) -> IO[bytes]:
    """Open a regular file; a pipe that lies in its place would otherwise wait for a writer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def too_large(path: Path, name: str, limit: int) -> BundleError:
    """What is said of a file of a bundle at `path` that has more bytes than its limit."""
    return BundleError(f"{path}: {name} has more than the allowed {limit} bytes")


def missing(path: Path, name: str, names: Sequence[str] = ()) -> BundleError:
    """What is said of a file that a bundle at `path` with these `names` lacks."""
    deeper = [one for one in names if one.endswith(f"/{name}")]
    hint = f"; it holds {deeper[0]}: pack the folder's content, not the folder" if deeper else ""
    return BundleError(f"{path}: {name} is missing; this is not a whole bundle{hint}")
