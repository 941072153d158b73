"""Ours, called from Python for one picture after the other."""

from __future__ import annotations

from collections.abc import Callable

import cv2

from trucksight.runtime import Detector


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Open `BUNDLE:VARIANT:BACKEND`; the golden pictures are replayed, as always."""
    cv2.setNumThreads(1)  # its pool costs more by waiting than it saves, see `open_detector`
    bundle, variant, backend = model.rsplit(":", 2)
    detector = Detector(bundle, variant=variant, backend=backend, threads=threads)
    return lambda picture: detector.decide(cv2.imread(picture)).probability  # type: ignore[arg-type]
