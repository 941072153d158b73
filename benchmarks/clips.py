"""Events against the truth of clips.

    python -m trucksight.benchmarks.clips CLIP.mp4 ... [--bundle B] [--variant V] [--backend E]

Beside each clip lies `CLIP.json` with `info.fps` and `images[].truck_present`; a clip without it is
taken to show no truck. A stretch counts as found when an event overlaps it, an event as false when
it overlaps no stretch; both may lie one frame apart.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runtime.detector import Detector
from ..runtime.detector_options import add_detector_options, open_detector
from ..runtime.errors import TrucksightError
from ..runtime.events import Smoother
from ..runtime.loop import Station, run_loop
from ..runtime.opencv_messages import silence
from ..runtime.passages import Comparison, compare, read_truth
from ..runtime.sources import open_source


@dataclass(frozen=True, slots=True)
class ClipResult:
    """One clip."""

    name: str
    frames: int
    stretches: int
    """Stretches of frames with a truck, by the truth."""
    truck_frames: int
    """Frames judged TRUCK."""
    comparison: Comparison


def measure_clip(clip: Path, detector: Detector) -> ClipResult:
    """Run a clip through the loop and compare its events with the truth beside it.

    Raises:
        SourceError: the clip cannot be read.
        DataError: its truth is there and damaged.
    """
    truth = clip.with_suffix(".json")
    stretches = read_truth(truth) if truth.exists() else []
    source = open_source(str(clip))
    slack_s = 1 / source.fps if source.fps else 0.0
    summary = run_loop(Station(source, detector, smoother=Smoother()))
    return ClipResult(
        name=clip.name,
        frames=summary.decided,
        stretches=len(stretches),
        truck_frames=summary.verdicts["truck"],
        comparison=compare(stretches, summary.event_list, slack_s),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table, one row a clip."""
    parser = argparse.ArgumentParser(prog="python -m trucksight.benchmarks.clips")
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    add_detector_options(parser)
    args = parser.parse_args(argv)
    silence()
    try:
        with open_detector(args) as detector:
            print(f"{detector.bundle.name}, {detector.variant.name}, {detector.engine}")
            print("clip                                     frames  TRUCK  true found missed false")
            for clip in args.clips:
                one = measure_clip(clip, detector)
                of = one.comparison
                print(
                    f"{one.name:<40} {one.frames:>6} {one.truck_frames:>6} {one.stretches:>5}"
                    f" {of.found:>5} {of.missed:>6} {of.false:>5}"
                )
    except TrucksightError as exc:
        print(f"trucksight: {exc}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
