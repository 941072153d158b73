"""A folder, a glob or a single picture; every picture, in the order of their paths."""

from __future__ import annotations

import glob
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from ..decision import Frame
from ..errors import PictureError, SourceError
from ..picture import SUFFIXES, read_picture
from .base import FileSource


def open_source(text: str, fps: float | None) -> FileSource:
    """Open pictures.

    Args:
        text: a folder (its own pictures, not those of its sub-folders), a glob, in which `**`
            means any depth, or the name of one picture.
        fps: pictures a second where they are the frames of a clip; None for pictures that have
            nothing to do with each other, which then have no time.

    Raises:
        SourceError: nothing there, or no picture among it.
    """
    return from_paths(text, find_pictures(text), fps)


def from_paths(name: str, paths: Sequence[Path], fps: float | None = None) -> FileSource:
    """Open pictures whose paths are known; one that cannot be read becomes a frame without one."""
    return FileSource(name, _decode(paths, fps), fps=fps, timed=fps is not None)


def find_pictures(text: str) -> list[Path]:
    """The pictures that a folder, a glob or a file name stands for, sorted.

    A file that is named is taken whatever its name ends in; in folders and globs the ending says
    what is a picture.

    Raises:
        SourceError: nothing there, or no picture among it.
    """
    path = Path(text)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = _only_pictures(path.iterdir())
        if not found:
            raise SourceError(
                f"the folder {text} holds no picture ({_endings()}); for pictures in its"
                f" sub-folders write '{path}/**/*.jpg'"
            )
        return found
    if path.exists():
        raise SourceError(f"{text} is neither a file nor a folder")
    if not glob.has_magic(text):
        raise SourceError(f"{text} does not exist")
    # Path.glob takes no absolute pattern.
    matches = [Path(match) for match in glob.glob(text, recursive=True)]  # noqa: PTH207
    found = _only_pictures(matches)
    if not found:
        came = f"{len(matches)} files, none of them a picture ({_endings()})" if matches else "none"
        raise SourceError(f"no picture matches {text!r}: found {came}")
    return found


def _only_pictures(paths: Sequence[Path] | Generator[Path, None, None]) -> list[Path]:
    return sorted(path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file())


def _endings() -> str:
    return " ".join(sorted(SUFFIXES))


def _decode(paths: Sequence[Path], fps: float | None) -> Generator[Frame, None, None]:
    for sequence, path in enumerate(paths):
        image, detail = None, None
        try:
            image = read_picture(path)
        except PictureError as exc:
            detail = str(exc).removeprefix(f"{path}: ")
        media_s = sequence / fps if fps else 0.0
        yield Frame(image, time.monotonic_ns(), sequence, media_s, str(path), detail)
        del image
