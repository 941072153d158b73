"""From frames to decisions to sinks, until the source ends or is stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from .decision import Decision, Frame
from .errors import BackendError, SourceError, UsageError
from .events import Event, Origin, Smoother, Smoothing
from .notice import Notice
from .pace import Pace
from .sinks import Sink
from .sources import Source
from .summary import Summary, Tally

log = logging.getLogger(__name__)


class Decider(Protocol):
    """The part of `Detector` that the loop needs."""

    def decide_frame(self, frame: Frame) -> Decision: ...


class Steward(Protocol):
    """May exchange the parts of a station between two frames."""

    def between(self, station: Station, frame: Frame, decision: Decision | None) -> None:
        """Called after every frame that the sinks were told of, and after every dropped one.

        Args:
            station: its parts may be replaced.
            frame: the last; its picture is no longer to be looked at.
            decision: None where the frame was dropped.
        """
        ...


class Station:
    """What decides on a source's frames, smooths decisions and tells of them."""

    def __init__(
        self,
        source: Source,
        detector: Decider,
        sinks: Sequence[Sink] = (),
        smoother: Smoother | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            source: closed when the loop ends.
            detector: decides; `Detector` or anything with its `decide_frame`. Not closed.
            sinks: told in this order, and closed when the loop ends. One that fails with an
                `OSError` is logged once, left out from then on, and named in the summary.
            smoother: makes events of decisions; None makes none. Not asked where the source has no
                time.
            pace: which frames are too old or too many to be decided on; None decides on every one.
        """
        self.source = source
        self.detector = detector
        self.outlets = Outlets(sinks)
        self.smoother = smoother if source.timed else None
        self.pace = pace or Pace()
        self.tally = Tally()
        self.closing_s: float | None = None
        """How long the sinks may take to close, seconds; None waits for them."""

    def step(self, frame: Frame) -> Decision | None:
        """Decide on one frame and tell of it; None where it was dropped."""
        decision = self._decide(frame)
        if decision is None:
            return None
        self.tally.decision(decision)
        smoother = self.smoother
        self._end(smoother.feed(decision) if smoother else None)
        self.outlets.frame(frame, decision, smoother.open if smoother else None)
        return decision

    def notice(self, notice: Notice) -> None:
        """Tell the sinks and the log of what happened to the detector itself."""
        level = logging.WARNING if notice.trouble else logging.INFO
        log.log(level, f"{notice.kind.value}: %s", notice.text)
        self.tally.notice(notice)
        self.outlets.notice(notice)

    def smooth(self, smoothing: Smoothing, origin: Origin | None) -> None:
        """Make events by other rules or of another model from now on; an open one ends."""
        if self.smoother:
            self._end(self.smoother.exchange(smoothing, origin))

    def finish(self) -> None:
        """Close the open event, because the source has ended."""
        self._end(self.smoother.finish() if self.smoother else None)

    def _decide(self, frame: Frame) -> Decision | None:
        if not self.pace.takes(frame, self.source.timed):
            return None
        decision = self.detector.decide_frame(frame)
        return None if self.pace.is_stale(decision.age_ms) else decision

    def _end(self, event: Event | None) -> None:
        if event:
            self.tally.event(event)
            self.outlets.event(event)


def run_loop(
    station: Station, max_frames: int | None = None, steward: Steward | None = None
) -> Summary:
    """Decide on every frame that a station's source gives, until it ends or is stopped.

    The source and the sinks are closed when it returns, the detector is not.

    Args:
        station: call its source's `stop` from elsewhere to end earlier.
        max_frames: decisions after which to stop; None goes on to the end of the source.
        steward: asked between two frames; None changes nothing.

    Raises:
        SourceError: the source broke before the first decision. Broken later, it is in the
            summary.
        BackendError: the same of the engine.
        UsageError: `max_frames` is not positive.
    """
    if max_frames is not None and max_frames < 1:
        raise UsageError(f"max_frames must be 1 or more, not {max_frames!r}")
    source, decided = station.source, 0
    source_error: str | None = None
    begun_ns = ended_ns = time.perf_counter_ns()
    try:
        with source:
            try:
                for frame in source.frames():
                    decision = station.step(frame)
                    if decision:
                        decided += 1
                        ended_ns = time.perf_counter_ns()
                    if decided == max_frames:
                        break
                    if steward:
                        steward.between(station, frame, decision)
                    del frame
            except (SourceError, BackendError) as exc:
                if not decided:
                    raise
                source_error = str(exc)
    finally:
        try:
            station.finish()
        finally:
            station.outlets.close(station.closing_s)
    return station.tally.summary(
        captured=source.captured,
        dropped=source.dropped + station.pace.dropped,
        seconds=(ended_ns - begun_ns) / 1e9,
        notes=list(source.notes),
        sink_errors=station.outlets.errors,
        source_error=source_error,
    )


class Outlets:
    """The sinks that still work."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._working = list(sinks)
        self.errors: dict[str, str] = {}
        """Why those that were left out failed."""

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        self._tell(lambda sink: sink.frame(frame, decision, event))

    def event(self, event: Event) -> None:
        self._tell(lambda sink: sink.event(event))

    def notice(self, notice: Notice) -> None:
        self._tell(lambda sink: sink.notice(notice))

    def replace(self, old: Sequence[Sink], new: Sequence[Sink]) -> None:
        """Tell these sinks instead of those; the old ones are not closed."""
        self._working = [sink for sink in self._working if sink not in old] + list(new)

    def close(self, within_s: float | None = None) -> None:
        """Close them side by side; those that take longer than `within_s` are left alone."""
        working, failed = self._working, dict[int, OSError]()

        def close(number: int) -> None:
            try:
                working[number].close()
            except OSError as exc:
                failed[number] = exc

        numbers = range(len(working))
        closers = [threading.Thread(target=close, args=(one,), daemon=True) for one in numbers]
        for closer in closers:
            closer.start()
        end_s = None if within_s is None else time.monotonic() + within_s
        for number, closer in enumerate(closers):
            closer.join(None if end_s is None else max(0.0, end_s - time.monotonic()))
            if closer.is_alive():
                failed[number] = OSError(f"not closed within {within_s} s")
        for number, error in failed.items():
            self._note(working[number], error)
        self._working = []

    def _tell(self, tell: Callable[[Sink], None]) -> None:
        for sink in list(self._working):
            try:
                tell(sink)
            except OSError as exc:
                self._leave_out(sink, exc)

    def _leave_out(self, sink: Sink, error: OSError) -> None:
        self._working.remove(sink)
        self._note(sink, error)
        try:
            sink.close()
        except OSError as exc:
            log.debug("%s could not be closed either: %s", sink.name, exc)

    def _note(self, sink: Sink, error: OSError) -> None:
        self.errors[sink.name] = " ".join(str(error).split())
        log.warning("%s failed and is left out: %s", sink.name, error)
