"""`trucksight` with one or both of two changes that only a soak wants; a process of its own.

    python -m trucksight.benchmarks.soak_child [--keep BYTES] [--no-model] run --source ...

`--keep` plants a leak, to see whether it is found: so many fresh, written bytes are kept for every
decision. `--no-model` leaves out the network once the golden pictures were replayed, which makes
all the rest several times as fast.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..runtime.__main__ import main as trucksight
from ..runtime.detector import Detector
from ..runtime.loop import Station

if TYPE_CHECKING:
    from ..runtime.decision import Decision, Frame

_kept: list[bytes] = []


def plant_leak(size_bytes: int) -> None:
    """From now on every decision in this process costs so many bytes for good."""
    original = Station.step

    def step(self: Station, frame: Frame) -> Decision | None:
        decision = original(self, frame)
        if decision:
            _kept.append(b"\x01" * size_bytes)
        return decision

    Station.step = step  # type: ignore[method-assign]


def leave_out_model() -> None:
    """From now on a detector that is open takes the mean of the red channel for the score."""
    opened = Detector.__init__

    def scores_of(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        score = float(pixels[..., 0].mean()) / 255
        return np.array([1 - score, score], np.float32)

    def init(self: Detector, *args: object, **options: object) -> None:
        opened(self, *args, **options)  # type: ignore[arg-type]
        self.scores_of = scores_of  # type: ignore[method-assign]

    Detector.__init__ = init  # type: ignore[method-assign]


def main(argv: list[str]) -> int:
    """Make the changes, then be `trucksight` with the rest of the arguments."""
    parser = argparse.ArgumentParser(prog="soak_child", add_help=False, allow_abbrev=False)
    parser.add_argument("--keep", type=int, default=0)
    parser.add_argument("--no-model", action="store_true")
    ours, theirs = parser.parse_known_args(argv)
    if ours.keep:
        plant_leak(ours.keep)
    if ours.no_model:
        leave_out_model()
    return trucksight(theirs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
