"""What the operating system may ask of a run: to stop, or to read its settings again."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def signals_to(
    stop: Callable[[str], None], reload: Callable[[], None] | None = None
) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into `stop`; a second one acts as it did before.

    Args:
        stop: told the signal's name; called between two instructions of the main thread.
        reload: the same for every SIGHUP; None leaves it as it was.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGHUP)}

    def restore(*numbers: signal.Signals) -> None:
        for number in numbers:
            signal.signal(number, before[number])

    def first(number: int, frame: FrameType | None) -> None:
        restore(*STOPPING)
        stop(signal.Signals(number).name)

    for number in STOPPING:
        signal.signal(number, first)
    if reload:
        signal.signal(signal.SIGHUP, lambda number, frame: reload())
    try:
        yield
    finally:
        restore(*STOPPING, signal.SIGHUP)
