"""Energy in joules, where the machine counts it or tells its power.

No counter is None, never zero. The counters know only a board or a package, so what a measurement
costs includes what the machine would have used at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from .energy_power import open_jetson, open_raspberry_pi
from .energy_rapl import open_rapl


class Meter(Protocol):
    """Adds up energy; closed, it stops the thread that does."""

    @property
    def source(self) -> str:
        """Which counter it is, and of what."""
        ...

    @property
    def least_s(self) -> float:
        """Between two readings whose difference is right within 5 %, by the counter's steps."""
        ...

    def read_j(self) -> float:
        """Joules since the first call, which gives 0 and starts the thread.

        Raises:
            OSError: the counter has stopped to answer; nothing is known of the energy.
        """
        ...

    def close(self) -> None:
        """Stop; a second call does nothing."""
        ...


_SOURCES: tuple[Callable[[Path], Meter | str], ...] = (open_rapl, open_raspberry_pi, open_jetson)
"""Each gives a meter, or why there is none."""


def open_meter(root: Path = Path("/")) -> Meter | None:
    """The first counter below `root` that answers; None: nothing is measured.

    Nothing is started before its first reading. To be closed.
    """
    return next((one for one in _tried(root) if not isinstance(one, str)), None)


def why_not_measured(root: Path = Path("/")) -> str | None:
    """Why `open_meter` gives None, counter by counter, in one line; None where it gives a meter."""
    reasons = []
    for one in _tried(root):
        if not isinstance(one, str):
            return None
        reasons.append(one)
    return "; ".join(reasons)


def _tried(root: Path) -> Iterator[Meter | str]:
    return (source(root) for source in _SOURCES)
