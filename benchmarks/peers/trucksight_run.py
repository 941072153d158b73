"""Ours, the loop of `trucksight run FOLDER`: decoding ahead, several pictures side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import cv2

from trucksight.runtime import Detector, Frame
from trucksight.runtime.picture import read_picture
from trucksight.runtime.sources.base import FileSource


def open_loop(model: str, threads: int) -> Callable[[Iterable[str]], Iterator[float]]:
    """Open `BUNDLE:VARIANT:BACKEND`; the golden pictures are replayed, as always."""
    cv2.setNumThreads(1)
    bundle, variant, backend = model.rsplit(":", 2)
    detector = Detector(
        bundle, variant=variant, backend=backend, threads=threads, side_by_side=True
    )

    def loop(pictures: Iterable[str]) -> Iterator[float]:
        with FileSource("pictures", _decoded(pictures), fps=None, timed=False) as source:
            source.prepare, source.workers = detector.prepare, detector.at_once
            for frame in source.frames():
                yield detector.decide_frame(frame).probability

    return loop


def _decoded(pictures: Iterable[str]) -> Generator[Frame, None, None]:
    for sequence, picture in enumerate(pictures):
        image = read_picture(Path(picture))
        yield Frame(image, time.monotonic_ns(), sequence, 0.0, picture)
        del image
