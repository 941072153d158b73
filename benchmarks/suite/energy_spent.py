"""The energy of a stretch of a program, from whichever counter this machine has."""

from __future__ import annotations

import time


class Energy:
    """What is used between entering and leaving; None where nothing counts it."""

    def __init__(self) -> None:
        from .energy import open_meter

        self.spent_j: float | None = None
        self._meter = open_meter()
        self.source = self._meter.source if self._meter else None

    def __enter__(self) -> Energy:
        self._begun_s = time.monotonic()
        self._begun_j = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        if self._meter is None:
            return
        ended_j = self._read()
        long_enough = time.monotonic() - self._begun_s >= self._meter.least_s
        if self._begun_j is not None and ended_j is not None and long_enough:
            self.spent_j = ended_j - self._begun_j
        self._meter.close()

    def _read(self) -> float | None:
        try:
            return self._meter.read_j() if self._meter else None
        except OSError:
            return None
