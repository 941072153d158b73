"""Ctrl-C while a model trains: stop after this step, keep what was learned."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether somebody asked to stop; look at it between two steps."""

    def __init__(self) -> None:
        self.asked = False


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """Turn the first SIGINT of the block into `stop.asked`; the second one ends the program.

    Outside the main thread, where signals cannot be caught, `stop` is never asked for.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(number: int, frame: FrameType | None) -> None:
        stop.asked = True
        signal.signal(number, signal.default_int_handler)
        print(
            "\nstopping after this step and keeping the best epoch so far;"
            " Ctrl-C again leaves no run",
            file=sys.stderr,
        )

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
