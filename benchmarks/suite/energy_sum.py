"""Adding up energy: a thread that does, and the rule for power that is only told now and then."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from ...runtime.closing import Closing

_JOIN_S = 10.0
"""To wait for a sample that is under way; longer than any may take."""


class EnergySum(Closing):
    """A `Meter`: asks a counter in a thread of its own, and whenever it is read."""

    def __init__(
        self, source: str, spent_j: Callable[[], float], period_s: float, least_s: float
    ) -> None:
        """Say what to ask; nothing is asked before the first reading.

        Args:
            source: which counter it is, and of what.
            spent_j: joules since it was last called, the first time 0; may raise `OSError`, and
                then tells of the time since it last did not, or raises for good.
            period_s: between two calls by the thread.
            least_s: see `Meter`.
        """
        self.source = source
        self.least_s = least_s
        self._spent_j = spent_j
        self._period_s = period_s
        self._total_j = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def read_j(self) -> float:
        """See `Meter`."""
        with self._lock:
            if self._ended.is_set():
                raise OSError(f"{self.source}: the meter is closed")
            self._total_j += self._spent_j()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="energy", daemon=True)
                self._thread.start()
            return self._total_j

    def close(self) -> None:
        """See `Meter`; waits for the thread."""
        self._ended.set()
        thread = self._thread
        if thread is not None:
            thread.join(_JOIN_S)

    def _run(self) -> None:
        while not self._ended.wait(self._period_s):
            with self._lock, contextlib.suppress(OSError):  # the next reading tells of it
                self._total_j += self._spent_j()


class Trapezoid:
    """Energy of a power that is sampled: between two samples it is taken to go straight."""

    def __init__(
        self,
        read_w: Callable[[], float],
        longest_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Say what to sample.

        Args:
            read_w: watts now; may raise `OSError`, and is then asked anew the next time.
            longest_s: between two samples; after a longer gap the sum is not known any more.
            clock: monotonic, seconds.
        """
        self._read_w = read_w
        self._longest_s = longest_s
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def spent_j(self) -> float:
        """Take a sample; joules since the last one.

        Raises:
            OSError: there is none, or the last one is too long ago.
        """
        begun_s = self._clock()
        watts = self._read_w()
        # A command takes a while to answer; when in it the sample was taken is not known.
        at_s = (begun_s + self._clock()) / 2
        if self._last is None:
            self._last = (at_s, watts)
            return 0.0
        since_s = at_s - self._last[0]
        if since_s > self._longest_s:
            raise OSError(
                f"no sample of the power for {since_s:.1f} s; at most {self._longest_s:g} s may be"
            )
        joules = since_s * (watts + self._last[1]) / 2
        self._last = (at_s, watts)
        return joules
