"""Golden pictures made ready for the model by a thread, while the engine loads it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .bundle import Bundle
from .closing import Closing
from .entries import Golden

AHEAD_BYTES = 4 << 20
"""Of model inputs that are held; pictures beyond are made ready when they are asked for."""

Pixels = npt.NDArray[np.uint8]
Prepare = Callable[[Golden, bytes], Pixels]
"""From a golden picture and its verified bytes to what the model gets; raises what is wrong."""


class GoldenInputs(Closing):
    """What the model gets of each golden picture of a bundle; any number of threads may ask.

    The thread verifies the bundle's other small files first, and every file before it is decoded.
    """

    def __init__(self, bundle: Bundle, prepare: Prepare) -> None:
        """Start the thread; `prepare` is called there, and in those that ask."""
        self._bundle = bundle
        self._prepare = prepare
        self._most = max(1, AHEAD_BYTES // math.prod(bundle.contract.shape))
        self._ready: list[Pixels] = []
        self._error: BaseException | None = None
        self._ended = False
        self._stopped = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="golden-inputs", daemon=True)
        self._thread.start()

    def of(self, number: int) -> Pixels:
        """What the model gets of the golden picture of this number, from 0, as soon as it is ready.

        Raises:
            BundleError: this picture, or a small file verified before it, is damaged or missing.
            TrucksightError: what `prepare` raised for this picture, or one before it.
        """
        with self._news:
            self._news.wait_for(lambda: self._ended or number < len(self._ready))
        if number < len(self._ready):
            return self._ready[number]
        if self._error:
            raise self._error
        golden = self._bundle.golden[number]
        return self._prepare(golden, self._bundle.golden_bytes(golden))

    def close(self) -> None:
        """Stop the thread after the picture that it is at; a second call does nothing."""
        self._stopped = True
        self._thread.join()

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            for golden, encoded in self._bundle.golden_pictures():
                if self._stopped:
                    break
                if len(self._ready) < self._most:
                    pixels = self._prepare(golden, encoded)
                    with self._news:
                        self._ready.append(pixels)
                        self._news.notify_all()
        except BaseException as exc:
            error = exc
        with self._news:
            self._error, self._ended = error, True
            self._news.notify_all()
