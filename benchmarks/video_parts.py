"""The parts of deciding on a video, each alone; a process of its own that prints a line of JSON.

    python -m trucksight.benchmarks.video_parts decode|prepare|infer VIDEO --threads 2

`decode` reads every frame of the video and does nothing with it. `prepare` takes decoded frames and
checks and shrinks them. `infer` gives the model what came of that. Frames that are held in memory
are used again and again, as many times as the video has frames.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

from ..runtime.detector_options import add_detector_options, open_detector
from ..runtime.usable import shows_nothing, unusable

HELD = 24
"""Frames in memory: more than fit in a processor's cache."""

Picture = npt.NDArray[np.uint8]


def read_frames(video: str) -> Iterator[Picture]:
    """Decode a video, as plainly as OpenCV can."""
    capture = cv2.VideoCapture(video)
    try:
        while (frame := capture.read())[0]:
            yield frame[1]  # type: ignore[misc]
    finally:
        capture.release()


def seconds_each(work: Callable[[Picture], object], pictures: list[Picture], count: int) -> float:
    """What `work` takes for `count` pictures, after one of each to fill caches."""
    for picture in pictures:
        work(picture)
    begun = time.perf_counter()
    for picture in itertools.islice(itertools.cycle(pictures), count):
        work(picture)
    return time.perf_counter() - begun


def main() -> None:
    """Measure one part and print frames and seconds."""
    parser = argparse.ArgumentParser(prog="video_parts")
    parser.add_argument("part", choices=("decode", "prepare", "infer"))
    parser.add_argument("video")
    add_detector_options(parser)
    args = parser.parse_args()
    with open_detector(args) as detector:
        begun = time.perf_counter()
        count = sum(1 for _ in read_frames(args.video))
        seconds = time.perf_counter() - begun

        def prepare(frame: Picture) -> Picture:
            unusable(frame, detector.limits)
            pixels = detector.pixels(frame)
            shows_nothing(pixels[0], detector.limits)
            return pixels

        if args.part != "decode":
            held = list(itertools.islice(read_frames(args.video), HELD))
            if args.part == "prepare":
                seconds = seconds_each(prepare, held, count)
            else:
                small = [prepare(frame) for frame in held]
                seconds = seconds_each(detector.scores_of, small, count)
    print(json.dumps({"frames": count, "seconds": round(seconds, 6)}))


if __name__ == "__main__":
    main()
