"""What the operating system may ask of a run: to stop, or to read its settings again."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Requests:
    """What was asked for by signals since `signals_to`."""

    def __init__(self, reloads: bool) -> None:
        """Say whether SIGHUP means to read the settings again; it stops a run that has none."""
        self.reloads = reloads
        self.stops: list[str] = []
        """Names of the signals that asked to stop."""
        self.on_stop: Callable[[], None] | None = None
        """Called between two instructions of the main thread; None: there is nothing to end in
        good order yet, so the signal ends the process as it would without us."""
        self.on_reload: Callable[[], None] | None = None
        self._early = False

    def ready(self, on_stop: Callable[[], None], on_reload: Callable[[], None]) -> None:
        """Pass requests on from now, and a reload that was asked for before."""
        self.on_stop, self.on_reload = on_stop, on_reload
        if self._early:
            on_reload()

    def reload(self) -> None:
        """Pass it on, now or when somebody can take it."""
        if self.on_reload:
            self.on_reload()
        self._early = True


@contextlib.contextmanager
def signals_to(requests: Requests) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into a stop, and SIGHUP into a reload or a stop.

    A second signal to stop acts as it did before. SIGHUP stays ignored where `nohup` has asked for
    that, unless it means a reload.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (*STOPPING, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number in numbers:
            signal.signal(number, before[number])

    def stop(number: int, frame: FrameType | None) -> None:
        if requests.on_stop is None:
            signal.signal(number, before[signal.Signals(number)])
            os.kill(os.getpid(), number)
            return
        for one in STOPPING:
            signal.signal(one, before[one])
        requests.stops.append(signal.Signals(number).name)
        requests.on_stop()

    for number in STOPPING:
        signal.signal(number, stop)
    if requests.reloads:
        signal.signal(signal.SIGHUP, lambda number, frame: requests.reload())
    elif before[signal.SIGHUP] is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)
    try:
        yield
    finally:
        restore()
