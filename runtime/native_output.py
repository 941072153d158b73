"""Native libraries write past Python, straight to the process's own file descriptors."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def diverted(descriptors: Sequence[int]) -> Iterator[BinaryIO]:
    """Send what is written to these descriptors inside the block to a file without a name.

    It holds for the whole process, so keep the block short and away from other threads' output.

    Args:
        descriptors: `STDOUT`, `STDERR` or both.

    Yields:
        The file, open in binary; gone after the block.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(descriptor) for descriptor in descriptors]
    with _nameless_file() as log:
        for descriptor in descriptors:
            os.dup2(log.fileno(), descriptor)
        try:
            yield log
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in zip(descriptors, kept, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)


def _nameless_file() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("native-output"), "w+b")
    # A Python that was built for an older C library. It loads more than an engine's first line is
    # worth, so only here.
    from tempfile import TemporaryFile

    return cast(BinaryIO, TemporaryFile())
