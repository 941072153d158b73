"""Native libraries write past Python, straight to the process's own file descriptors."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def diverted(descriptors: Sequence[int]) -> Iterator[BinaryIO]:
    """Send what is written to these descriptors inside the block to a temporary file.

    It holds for the whole process, so keep the block short and away from other threads' output.

    Args:
        descriptors: `STDOUT`, `STDERR` or both.

    Yields:
        The file, open in binary; gone after the block.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(descriptor) for descriptor in descriptors]
    with tempfile.TemporaryFile() as log:
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
