"""A clip with the evidence laid over every frame, as a video."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from ...runtime.contract import model_input
from ...runtime.decision import Decision, Frame, Verdict
from ...runtime.errors import UsageError
from ...runtime.sinks.video import VideoFile, is_picture
from ...runtime.sources.video import open_source
from ..taps import Passed
from .geometry import on_picture
from .gradcam import BATCH, Method, grad_cam
from .overlay import overlay
from .subject import Subject


@dataclass(frozen=True, slots=True)
class ClipSeen:
    """What was written of a clip."""

    frames: int
    called: int
    """Frames whose score reaches the threshold."""
    unreadable: int
    """Frames that could not be decoded; they are left out."""
    largest: float
    """The strongest evidence in any frame, which the colours are scaled by."""


def write_clip(
    subject: Subject, source: Path, target: Path, layer: Passed, method: Method = "grad-cam"
) -> ClipSeen:
    """Write the annotated video, `BATCH` frames in memory at a time.

    Colours are scaled by the strongest evidence up to that frame, so that frames can be compared;
    the strip shows the score, which is the model's own and not calibrated.

    Raises:
        SourceError: no video that can be read, or none with a picture in it.
        OutputError: the video cannot be written.
        UsageError: another label is shown than the one that the strip's verdict speaks of.
    """
    if not subject.looked_for:
        raise UsageError(f"a clip shows what the model looks for, not {subject.label!r}")
    frames, called, unreadable, largest = 0, 0, 0, 0.0
    with open_source(str(source), None) as clip:
        video = VideoFile(target, fps=clip.fps, size_wh=clip.size_wh)
        try:
            given = clip.frames()
            while batch := list(islice(given, BATCH)):
                good = [one for one in batch if is_picture(one.image_bgr)]
                unreadable += len(batch) - len(good)
                for shown, decision, strength in _seen(subject, good, layer, method, largest):
                    largest = max(largest, strength)
                    called += decision.verdict is Verdict.TRUCK
                    frames += 1
                    video.frame(shown, decision, None)
        finally:
            video.close()
    return ClipSeen(frames, called, unreadable, largest)


def _seen(
    subject: Subject, frames: list[Frame], layer: Passed, method: Method, largest: float
) -> Iterator[tuple[Frame, Decision, float]]:
    if not frames:
        return
    pictures = [one.image_bgr for one in frames if one.image_bgr is not None]
    pixels = np.concatenate([model_input(picture, subject.contract) for picture in pictures])
    maps = grad_cam(subject.model, pixels, subject.shown, layer, method)
    decided_ns = time.monotonic_ns()
    for index, (frame, picture) in enumerate(zip(frames, pictures, strict=True)):
        largest = max(largest, float(maps.heat[index].max()))
        size_wh = (picture.shape[1], picture.shape[0])
        heat = on_picture(maps.heat[index], subject.contract, size_wh)
        score = float(maps.scores[index, subject.shown])
        decision = Decision(
            verdict=Verdict.TRUCK if score >= subject.threshold else Verdict.NO_TRUCK,
            probability=score,
            reason=None,
            label=subject.label,
            detail=None,
            sequence=frame.sequence,
            captured_ns=frame.captured_ns,
            decided_ns=decided_ns,
            media_s=frame.media_s,
            name=frame.name,
            threshold=subject.threshold,
        )
        yield replace(frame, image_bgr=overlay(picture, heat, largest)), decision, largest
