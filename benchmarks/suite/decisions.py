"""Deciding on encoded pictures, one after the other, with what each stage took."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trucksight.runtime import Detector
    from trucksight.runtime.decision import Frame

    from .results import Stage


class Decisions:
    """Decides on one picture after the other and keeps what each stage took.

    A picture that is unknown before the engine has seen it (blank, unreadable) is short work: its
    duration is kept apart, so that it makes no percentile look better.
    """

    def __init__(self, detector: Detector, pictures: list[str]) -> None:
        from trucksight.runtime.decision import Frame
        from trucksight.runtime.errors import PictureError
        from trucksight.runtime.picture import decode_picture
        from trucksight.runtime.usable import Unusable

        self._detector = detector
        self._pictures = pictures
        self._decode, self._frame, self._unusable = decode_picture, Frame, Unusable
        self._unreadable = PictureError
        self._next = 0
        self.verdicts: list[str] = []
        """Of the pictures, in their order, as far as it has come."""
        self.clear()

    def clear(self) -> None:
        """Forget what was measured so far."""
        self.stages_ns: dict[Stage, list[int]] = {
            stage: [] for stage in ("decode", "preprocess", "infer", "decide")
        }
        self.end_to_end_ns: list[int] = []
        self.unknown_ns: list[int] = []
        """End to end, of the pictures that the engine has not seen; in none of the others."""

    def read(self) -> bytes:
        """The next picture, encoded; reading it is not part of any stage."""
        path = self._pictures[self._next % len(self._pictures)]
        return Path(path).read_bytes()

    def first(self) -> None:
        """Go on to the first picture that the engine sees; none of the pictures may be one."""
        for _ in self._pictures:
            if self.decide(self.read()) is not None:
                return

    def decide(self, encoded: bytes, due_ns: int | None = None) -> int | None:
        """Decide on it.

        Args:
            encoded: from `read`.
            due_ns: when it was due; None: now.

        Returns:
            Nanoseconds from there to the verdict; None where the engine has not seen it.
        """
        detector, clock = self._detector, time.perf_counter_ns
        begun = clock()
        frame = self._frame_of(encoded)
        decoded = clock()
        pixels = detector.input_of(frame)
        prepared = clock()
        scores = None if isinstance(pixels, self._unusable) else detector.scores_of(pixels)
        inferred = clock()
        if isinstance(pixels, self._unusable):
            decision = detector.unknown(frame, pixels)
        else:
            assert scores is not None
            decision = detector.decide_scores(frame, scores)
        ended = clock()
        if self._next < len(self._pictures):
            self.verdicts.append(decision.verdict.value)
        self._next += 1
        spent_ns = ended - (begun if due_ns is None else due_ns)
        if scores is None:
            self.unknown_ns.append(spent_ns)
            return None
        stamps = (begun, decoded, prepared, inferred, ended)
        for spent, (one, other) in zip(self.stages_ns.values(), pairwise(stamps), strict=True):
            spent.append(other - one)
        self.end_to_end_ns.append(spent_ns)
        return spent_ns

    def _frame_of(self, encoded: bytes) -> Frame:
        """One that cannot be decoded is unknown, as it is for `run`."""
        image, detail = None, None
        try:
            image = self._decode(encoded)
        except self._unreadable as exc:
            detail = str(exc)
        return self._frame(image, time.monotonic_ns(), self._next, 0.0, detail=detail)
