"""Room for the pixels of many pictures: in memory up to a budget, beyond it on the disk."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...runtime.errors import OutputError

IN_MEMORY = 1 << 30
"""Bytes, 7,133 pictures of 224 pixels; a larger set lies in an unnamed file of the cache folder,
mapped, so that the kernel keeps of it in memory what there is room for."""
CACHE_VARIABLE = "TRUCKSIGHT_CACHE"
"""Names another cache folder than the user's."""


def picture_room(shape: tuple[int, ...], in_memory: int = IN_MEMORY) -> npt.NDArray[np.uint8]:
    """An array to fill with pixels; its content is undefined.

    The file has no name: it goes when the array does, whatever happens to the process.

    Args:
        shape: of the array.
        in_memory: bytes from which on it is on the disk.

    Raises:
        OutputError: the disk has no room for it, or the cache folder cannot be written.
    """
    size_bytes = math.prod(shape)
    if size_bytes <= in_memory:
        return np.empty(shape, np.uint8)
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # the mapping outlives the descriptor
            # Without it a full disk would kill the process at some later write, by SIGBUS.
            os.posix_fallocate(file.fileno(), 0, size_bytes)
            return np.memmap(file, np.uint8, "r+", shape=shape)
    except OSError as exc:
        raise OutputError(
            f"cannot keep {size_bytes / 2**30:.1f} GiB of pixels in {folder}:"
            f" {exc.strerror or exc}; {CACHE_VARIABLE} names another folder"
        ) from exc


def cache_folder() -> Path:
    """Where large sets of pixels are kept while they are needed (XDG Base Directory)."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "trucksight"
