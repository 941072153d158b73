"""From frames to decisions to sinks, until the source ends or is stopped."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from .decision import Decision, Frame
from .errors import SourceError, UsageError
from .events import Event, Smoother
from .pace import Pace
from .sinks import Sink
from .sources import Source
from .summary import Summary, Tally

log = logging.getLogger(__name__)


class Decider(Protocol):
    """The part of `Detector` that the loop needs."""

    def decide_frame(self, frame: Frame) -> Decision: ...


def run_loop(
    source: Source,
    detector: Decider,
    sinks: Sequence[Sink] = (),
    smoother: Smoother | None = None,
    max_frames: int | None = None,
    pace: Pace | None = None,
) -> Summary:
    """Decide on every frame that a source gives, and tell the sinks.

    The source and the sinks are closed when it returns, the detector is not. A sink that fails
    with an `OSError` is logged once, left out from then on, and named in the summary; decisions
    go on.

    Args:
        source: stopped after `max_frames`; call its `stop` from elsewhere to end earlier.
        detector: decides; `Detector` or anything with its `decide_frame`.
        sinks: told in this order.
        smoother: makes events of decisions; None makes none. Not asked where the source has no
            time.
        max_frames: decisions after which to stop; None goes on to the end of the source.
        pace: which frames are too old or too many to be decided on; None decides on every one.

    Raises:
        SourceError: the source broke before the first decision. Broken later, it is in the
            summary.
        UsageError: `max_frames` is not positive.
    """
    if max_frames is not None and max_frames < 1:
        raise UsageError(f"max_frames must be 1 or more, not {max_frames!r}")
    tally = Tally()
    outlets = _Outlets(sinks)
    events = smoother if source.timed else None
    source_error: str | None = None
    decided = 0
    begun_ns = ended_ns = time.perf_counter_ns()
    try:
        with source:
            try:
                for frame in source.frames():
                    decision = _decide(detector, frame, pace, source.timed)
                    if decision is None:
                        continue
                    tally.decision(decision)
                    decided += 1
                    ended = events.feed(decision) if events else None
                    if ended:
                        tally.event(ended)
                        outlets.event(ended)
                    outlets.frame(frame, decision, events.open if events else None)
                    ended_ns = time.perf_counter_ns()
                    del frame
                    if decided == max_frames:
                        break
            except SourceError as exc:
                if not decided:
                    raise
                source_error = str(exc)
        last = events.finish() if events else None
        if last:
            tally.event(last)
            outlets.event(last)
    finally:
        outlets.close()
    return tally.summary(
        captured=source.captured,
        dropped=source.dropped + (pace.dropped if pace else Counter()),
        seconds=(ended_ns - begun_ns) / 1e9,
        notes=list(source.notes),
        sink_errors=outlets.errors,
        source_error=source_error,
    )


def _decide(detector: Decider, frame: Frame, pace: Pace | None, timed: bool) -> Decision | None:
    """None where the frame was dropped."""
    if pace and not pace.takes(frame, timed):
        return None
    decision = detector.decide_frame(frame)
    return None if pace and pace.is_stale(decision.age_ms) else decision


class _Outlets:
    """The sinks that still work."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._working = list(sinks)
        self.errors: dict[str, str] = {}

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        self._tell(lambda sink: sink.frame(frame, decision, event))

    def event(self, event: Event) -> None:
        self._tell(lambda sink: sink.event(event))

    def close(self) -> None:
        self._tell(lambda sink: sink.close())

    def _tell(self, tell: Callable[[Sink], None]) -> None:
        for sink in list(self._working):
            try:
                tell(sink)
            except OSError as exc:
                self._leave_out(sink, exc)

    def _leave_out(self, sink: Sink, error: OSError) -> None:
        self._working.remove(sink)
        self.errors[sink.name] = " ".join(str(error).split())
        log.warning("%s failed and is left out: %s", sink.name, error)
        try:
            sink.close()
        except OSError as exc:
            log.debug("%s could not be closed either: %s", sink.name, exc)
