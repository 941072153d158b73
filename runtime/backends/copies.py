"""One model loaded once or several times, for threads that decide side by side."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from . import BACKENDS, Backend, open_backend


class Copies:
    """A `Backend` that any thread may use: a picture goes to a copy that is free, or waits for it.

    Threads that work on one picture wait for each other after every layer; with a picture each they
    need not. That makes no single picture faster, so it is for recordings.
    """

    def __init__(self, name: str, model: bytes, threads: int, side_by_side: bool = False) -> None:
        """Load a verified model into an engine; see `open_backend`.

        Args:
            name: a key of `BACKENDS`.
            model: the bytes of the model file.
            threads: processor threads the engine may use, 1 or more.
            side_by_side: whether to load a copy a thread, instead of one that has all threads. One
                that many threads may use is loaded once; so is one that must not be copied, and
                has all threads.
        """
        beside = BACKENDS[name].beside if side_by_side else None
        self.count = threads if beside else 1
        """How many threads may run at the same time."""
        self.loaded = self.count if beside == "copied" else 1
        """How often the model is in memory."""
        self._copies: list[Backend] = []
        self._free: queue.SimpleQueue[Backend] = queue.SimpleQueue()
        self._chosen = threading.local()
        self._taking_all = threading.Lock()
        """Two that want all of them would each wait for what the other one has."""
        try:
            for _ in range(self.loaded):
                self._copies.append(open_backend(name, model, threads // self.count))
        except BaseException:
            for copy in self._copies:
                copy.close()
            raise
        self.engine = self._copies[0].engine
        self._give_back_all()

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        chosen: Backend | None = getattr(self._chosen, "copy", None)
        if chosen:
            return chosen.run(pixels_rgb)
        copy = self._free.get()
        try:
            return copy.run(pixels_rgb)
        finally:
            self._free.put(copy)

    @contextlib.contextmanager
    def choosing(self, number: int) -> Iterator[None]:
        """Let `run` of this thread use the copy of this number, from 0, whether free or not."""
        self._chosen.copy = self._copies[number]
        try:
            yield
        finally:
            self._chosen.copy = None

    def close(self) -> None:
        """Release the engine as soon as nobody uses it; `run` refuses from then on."""
        with self._taking_all:
            self._take_all()
            for copy in self._copies:
                copy.close()
            self._give_back_all()

    def _take_all(self) -> None:
        for _ in range(self.count):
            self._free.get()

    def _give_back_all(self) -> None:
        for number in range(self.count):
            self._free.put(self._copies[number % self.loaded])
