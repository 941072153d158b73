"""Converters talk on the process's own stdout; ours carries results."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

from ..runtime.errors import TrucksightError


class ConversionError(TrucksightError, RuntimeError):
    """A converter gave up; carries the end of what it said."""


@contextlib.contextmanager
def quiet_converter(what: str) -> Iterator[None]:
    """Keep what C++ and Python print inside the block, and show its end only on failure.

    Args:
        what: the conversion, for the message.

    Raises:
        ConversionError: the block raised anything but one of our own errors or an interrupt.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        failure: Exception | None = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except TrucksightError:
            raise
        except Exception as exc:
            failure = exc
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)
        if failure is not None:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 2000))
            said = log.read().decode(errors="replace").strip().splitlines()[-3:]
            raise ConversionError(
                f"{what} failed: {failure}; the converter's last words: {' | '.join(said)}"
            ) from failure
