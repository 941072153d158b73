"""The loop: every captured frame is decided or dropped, and sinks never stop it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Decision, Frame, Reason, Verdict
from trucksight.runtime.detector import Detector
from trucksight.runtime.errors import BackendError, SourceError, UsageError
from trucksight.runtime.events import Smoother
from trucksight.runtime.loop import Station, run_loop
from trucksight.runtime.notice import Kind, Notice
from trucksight.runtime.sinks.fake import FakeSink
from trucksight.runtime.sources.base import FileSource
from trucksight.runtime.sources.fake import from_arrays
from trucksight.runtime.usable import Unusable

Paint = Callable[..., npt.NDArray[np.uint8]]


@pytest.fixture
def detector(fake_bundle: Path) -> Iterator[Detector]:
    with Detector(fake_bundle) as opened:
        yield opened


def test_every_frame_of_a_file_is_decided_in_order(detector: Detector, paint: Paint) -> None:
    sink = FakeSink()
    summary = run_loop(Station(from_arrays([paint(230), paint(20), None]), detector, [sink]))
    assert (summary.captured, summary.decided, summary.dropped) == (3, 3, {})
    assert summary.verdicts == {"truck": 1, "no_truck": 1, "unknown": 1}
    assert summary.unknown_reasons == {"unreadable": 1}
    assert [decision.sequence for decision in sink.decisions] == [0, 1, 2]


def test_max_frames_stops_and_nothing_is_lost(detector: Detector, paint: Paint) -> None:
    summary = run_loop(Station(from_arrays([paint(99)] * 50), detector), max_frames=7)
    assert (summary.captured, summary.decided, summary.dropped) == (7, 7, {})


@pytest.mark.parametrize("max_frames", [0, -3])
def test_max_frames_must_be_positive(detector: Detector, paint: Paint, max_frames: int) -> None:
    with pytest.raises(UsageError, match="max_frames"):
        run_loop(Station(from_arrays([paint(99)]), detector), max_frames=max_frames)


def test_stopping_from_outside_ends_the_loop(detector: Detector, paint: Paint) -> None:
    source = from_arrays([paint(99)] * 50)

    class Stops:
        def decide_frame(self, frame: Frame) -> Decision:
            if frame.sequence == 4:
                source.stop()
            return detector.decide_frame(frame)

    summary = run_loop(Station(source, Stops()))
    assert summary.captured == summary.decided == 5


def test_dropped_frames_are_in_the_summary(detector: Detector, paint: Paint) -> None:
    source = from_arrays([paint(99)] * 4)
    source.dropped = Counter(superseded=3)
    source.captured = 3
    summary = run_loop(Station(source, detector))
    assert summary.captured == summary.decided + sum(summary.dropped.values()) == 7


def test_events_reach_the_sinks_and_the_last_is_closed(detector: Detector, paint: Paint) -> None:
    sink = FakeSink()
    pictures = [paint(red) for red in [20] * 5 + [230] * 10 + [20] * 15 + [230] * 10]
    summary = run_loop(Station(from_arrays(pictures, fps=10), detector, [sink], Smoother()))
    assert summary.events == 2
    assert summary.event_list == tuple(sink.events)
    assert [(event.start_s, event.end_s) for event in sink.events] == [(0.5, 1.4), (3.0, 3.9)]
    numbers = [event.number if event else None for event in sink.open_events]
    assert (numbers[7], numbers[8], numbers[-1]) == (None, 1, 2)


def test_a_steward_may_exchange_what_decides_and_who_is_told(
    detector: Detector, paint: Paint
) -> None:
    first, second = FakeSink("first"), FakeSink("second")

    class Never:
        def decide_frame(self, frame: Frame) -> Decision:
            return detector.unknown(frame, Unusable(Reason.LOST, "exchanged"))

    class AfterTwo:
        def between(self, station: Station, frame: Frame, decision: Decision | None) -> None:
            if frame.sequence == 1:
                station.detector = Never()
                station.outlets.replace([first], [second])
                station.notice(Notice(Kind.RELOAD, "exchanged", frame.media_s))

    station = Station(from_arrays([paint(230)] * 5), detector, [first])
    summary = run_loop(station, steward=AfterTwo())
    first.close()
    assert [one.verdict for one in first.decisions] == [Verdict.TRUCK] * 2
    assert [one.reason for one in second.decisions] == [Reason.LOST] * 3
    assert [one.text for one in second.notices] == ["exchanged"]
    assert (summary.decided, summary.notices) == (5, {"reload": 1})
    assert (first.closed, second.closed) == (1, 1)


def test_pictures_without_a_time_make_no_events(detector: Detector, paint: Paint) -> None:
    summary = run_loop(
        Station(from_arrays([paint(230)] * 30, fps=None), detector, smoother=Smoother())
    )
    assert summary.verdicts["truck"] == 30
    assert summary.events == 0


def test_a_failing_sink_is_told_of_once_and_left_out(
    detector: Detector, paint: Paint, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = FakeSink("bad disk", frozenset({"frame"})), FakeSink("good")
    with caplog.at_level(logging.WARNING):
        summary = run_loop(Station(from_arrays([paint(99)] * 5), detector, [bad, good]))
    assert summary.decided == len(good.decisions) == 5
    assert summary.sink_errors == {"bad disk": "frame of bad disk was told to fail"}
    assert len(caplog.records) == 1
    assert "bad disk failed and is left out" in caplog.text
    assert (bad.closed, good.closed) == (1, 1)


def test_a_sink_that_fails_when_it_is_closed_is_named(detector: Detector, paint: Paint) -> None:
    bad = FakeSink("tape", frozenset({"close"}))
    assert run_loop(Station(from_arrays([paint(99)]), detector, [bad])).sink_errors.keys() == {
        "tape"
    }


def breaking(paint: Paint, after: int) -> FileSource:
    def frames() -> Iterator[Frame]:
        for sequence in range(after):
            yield Frame(paint(99), 0, sequence, sequence / 10)
        raise SourceError("the cable was cut")

    return FileSource("broken", frames(), fps=10, timed=True)  # type: ignore[arg-type]


def test_a_source_that_breaks_before_the_first_decision_raises(
    detector: Detector, paint: Paint
) -> None:
    sink = FakeSink()
    with pytest.raises(SourceError, match="cable"):
        run_loop(Station(breaking(paint, 0), detector, [sink]))
    assert sink.closed == 1


def test_a_source_that_breaks_later_is_in_the_summary(detector: Detector, paint: Paint) -> None:
    summary = run_loop(Station(breaking(paint, 3), detector))
    assert (summary.decided, summary.source_error) == (3, "the cable was cut")


def test_an_engine_that_breaks_later_leaves_event_and_summary(
    paint: Paint, detector: Detector
) -> None:
    class Breaks:
        def decide_frame(self, frame: Frame) -> Decision:
            if frame.sequence == 9:
                raise BackendError("the accelerator is gone")
            return detector.decide_frame(frame)

    sink = FakeSink()
    source = from_arrays([paint(230)] * 20, fps=10)
    summary = run_loop(Station(source, Breaks(), [sink], Smoother()))
    assert summary.source_error == "the accelerator is gone"
    assert (summary.decided, summary.events, len(sink.events)) == (9, 1, 1)


def test_a_bug_is_not_swallowed_and_closes_everything(paint: Paint) -> None:
    class Broken:
        def decide_frame(self, frame: Frame) -> Decision:
            raise ZeroDivisionError

    sink, source = FakeSink(), from_arrays([paint(99)] * 9)
    with pytest.raises(ZeroDivisionError):
        run_loop(Station(source, Broken(), [sink]))
    assert sink.closed == 1
    assert list(source._decoded) == []


def test_ages_have_percentiles_only_where_the_count_supports_them(
    detector: Detector, paint: Paint
) -> None:
    few = run_loop(Station(from_arrays([paint(99)] * 99), detector)).as_json()
    many = run_loop(Station(from_arrays([paint(99)] * 100), detector)).as_json()
    assert few["age_ms"]["p50"] > 0
    assert few["age_ms"]["p99"] is None
    assert many["age_ms"]["p99"] >= many["age_ms"]["p50"]
    assert many["fps"] > 0
