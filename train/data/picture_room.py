"""Room for the pixels of many pictures: in memory up to a budget, beyond it on the disk."""

from __future__ import annotations

import math
import os
import tempfile

import numpy as np
import numpy.typing as npt

from ...runtime.errors import OutputError
from ..cache_folder import VARIABLE, cache_folder

IN_MEMORY = 1 << 30
"""Bytes, 7,133 pictures of 224 pixels; a larger set lies in an unnamed file of the cache folder,
mapped, so that the kernel keeps of it in memory what there is room for."""


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
    if folder is None:
        raise OutputError(
            f"this user has no home to keep {size_bytes / 2**30:.1f} GiB of pixels in; {VARIABLE}"
            " names a folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # the mapping outlives the descriptor
            # Without it a full disk would kill the process at some later write, by SIGBUS.
            os.posix_fallocate(file.fileno(), 0, size_bytes)
            return np.memmap(file, np.uint8, "r+", shape=shape)
    except OSError as exc:
        raise OutputError(
            f"cannot keep {size_bytes / 2**30:.1f} GiB of pixels in {folder}:"
            f" {exc.strerror or exc}; {VARIABLE} names another folder"
        ) from exc
