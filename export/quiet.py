"""Converters talk on the process's own stdout; ours carries results."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator

from ..runtime.errors import TrucksightError
from ..runtime.native_output import STDERR, STDOUT, diverted


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
    with diverted((STDOUT, STDERR)) as log, contextlib.redirect_stdout(io.StringIO()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except TrucksightError:
            raise
        except Exception as exc:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 2000))
            said = log.read().decode(errors="replace").strip().splitlines()[-3:]
            raise ConversionError(
                f"{what} failed: {exc}; the converter's last words: {' | '.join(said)}"
            ) from exc
