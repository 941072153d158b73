"""Every sink keeps the same contract; then what is special about each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.errors import OutputError
from trucksight.runtime.events import Event
from trucksight.runtime.notice import Kind, Notice
from trucksight.runtime.sinks import Sink
from trucksight.runtime.sinks.console import Console
from trucksight.runtime.sinks.fake import FakeSink
from trucksight.runtime.sinks.jsonlines import DecisionLines, EventLines
from trucksight.runtime.sinks.video import CODECS, VideoFile, fit

Decide = Callable[..., Decision]
Paint = Callable[..., npt.NDArray[np.uint8]]
EVENT = Event(1, 0.5, 1.25, 0.875, 8, 1)


@pytest.fixture(params=["console", "live console", "decisions", "events", "fake", "video"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    made: dict[str, Callable[[], Sink]] = {
        "console": lambda: Console(io.StringIO(), live=False),
        "live console": lambda: Console(io.StringIO(), live=True),
        "decisions": lambda: DecisionLines(tmp_path / "decisions.jsonl"),
        "events": lambda: EventLines(tmp_path / "events.jsonl"),
        "fake": FakeSink,
        "video": lambda: VideoFile(tmp_path / "out.avi", fps=10.0),
    }
    return made[request.param]()


def frame_of(image: npt.NDArray[np.uint8] | None, media_s: float = 0.0) -> Frame:
    return Frame(image, 0, 0, media_s, None, None if image is not None else "gone")


def test_a_sink_has_a_name(sink: Sink) -> None:
    assert sink.name
    sink.close()


def test_a_sink_takes_all_verdicts_events_and_missing_pictures(
    sink: Sink, decide: Decide, paint: Paint
) -> None:
    for letter, image in zip("TNUU", [paint(200), paint(20), paint(0), None], strict=True):
        sink.frame(frame_of(image), decide(letter), EVENT if letter == "T" else None)
    sink.event(EVENT)
    sink.notice(Notice(Kind.GOVERNOR, "rate 5", 1.0))
    sink.close()


def test_a_sink_does_not_change_the_picture(sink: Sink, decide: Decide, paint: Paint) -> None:
    image = paint(150)
    image.flags.writeable = False
    sink.frame(frame_of(image), decide("U"), EVENT)
    sink.close()


def test_a_sink_may_be_closed_twice_and_without_a_frame(sink: Sink) -> None:
    sink.close()
    sink.close()


def test_decisions_are_in_the_file_before_it_is_closed(tmp_path: Path, decide: Decide) -> None:
    path = tmp_path / "decisions.jsonl"
    sink = DecisionLines(path)
    assert path.read_text() == ""
    sink.frame(frame_of(None), decide("U", 0.25), None)
    sink.frame(frame_of(None), decide("T", 0.5), EVENT)
    unknown, truck = (json.loads(line) for line in path.read_text().splitlines())
    sink.close()
    assert (unknown["verdict"], unknown["probability"], unknown["event"]) == ("unknown", None, None)
    assert (truck["verdict"], truck["media_s"], truck["event"]) == ("truck", 0.5, 1)


def test_events_are_one_line_each(tmp_path: Path) -> None:
    sink = EventLines(tmp_path / "events.jsonl")
    sink.event(EVENT)
    sink.close()
    (line,) = (tmp_path / "events.jsonl").read_text().splitlines()
    assert json.loads(line) == EVENT.as_json()


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere/x\.jsonl: No such file"):
        DecisionLines(tmp_path / "nowhere" / "x.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_disk_is_an_output_error(decide: Decide) -> None:
    sink = DecisionLines(Path("/dev/full"))
    with pytest.raises(OutputError, match="No space left"):
        sink.frame(frame_of(None), decide("T"), None)
    with pytest.raises(OutputError):
        sink.close()
    sink.close()


def test_a_log_gets_a_line_an_event_and_one_at_the_end(decide: Decide) -> None:
    stream = io.StringIO()
    sink = Console(stream)
    for _ in range(3):
        sink.frame(frame_of(None), decide("T"), None)
    sink.event(EVENT)
    sink.close()
    assert stream.getvalue().splitlines() == [
        "event 1: 0.50 s to 1.25 s, peak 0.88, 8 frames, 1 unknown",
        "3 frames decided",
    ]


def test_a_terminal_gets_one_line_that_is_rewritten_at_most_ten_times_a_second(
    decide: Decide,
) -> None:
    stream = io.StringIO()
    sink = Console(stream, live=True)
    for number in range(30):
        at_ns = 10**12 + number * 33_000_000
        sink.frame(
            frame_of(None), decide("T", captured_ns=at_ns - 7_000_000, decided_ns=at_ns), EVENT
        )
    sink.close()
    shown = stream.getvalue()
    assert 8 <= shown.count("\r") <= 12
    assert shown.count("\n") == 1
    for part in ("TRUCK", "0.90", "age 7 ms", "30.3 fps", "30 frames: 30 truck", "event 1"):
        assert part in shown


def frames_in(path: Path) -> list[npt.NDArray[np.uint8]]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, image = capture.read()
        if not ok:
            capture.release()
            return frames
        frames.append(image)


@pytest.mark.parametrize("ending", sorted(CODECS))
def test_every_known_ending_makes_a_video(
    tmp_path: Path, decide: Decide, paint: Paint, ending: str
) -> None:
    path = tmp_path / f"out{ending}"
    sink = VideoFile(path, fps=12.5)
    for red in (50, 100, 200):
        sink.frame(frame_of(paint(red)), decide("T"), None)
    assert not path.exists()
    sink.close()
    assert [path.name] == [found.name for found in tmp_path.iterdir()]
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(12.5)
    assert [image.shape for image in frames_in(path)] == [(90, 160, 3)] * 3


def test_pictures_of_other_sizes_are_fitted_into_the_first(
    tmp_path: Path, decide: Decide, paint: Paint
) -> None:
    sink = VideoFile(tmp_path / "out.avi", fps=10.0)
    for size in ((161, 91), (300, 40), (20, 400)):
        sink.frame(frame_of(paint(200, *size)), decide("T"), None)
    sink.close()
    assert {image.shape for image in frames_in(tmp_path / "out.avi")} == {(90, 160, 3)}


def test_fitting_keeps_the_shape_of_things() -> None:
    fitted = fit(np.full((100, 100, 3), (90, 60, 200), np.uint8), (160, 80))
    assert not fitted[:, :40].any()
    assert not fitted[:, 120:].any()
    assert (fitted[:, 40:120] == (90, 60, 200)).all()


def test_a_live_video_keeps_the_time_of_its_source(
    tmp_path: Path, decide: Decide, paint: Paint
) -> None:
    sink = VideoFile(tmp_path / "out.avi", fps=10.0, live=True)
    for media_s in (0.0, 0.02, 0.5, 1.0):
        sink.frame(frame_of(paint(200), media_s), decide("T"), None)
    sink.close()
    assert len(frames_in(tmp_path / "out.avi")) == 11


def test_a_live_video_bridges_a_long_silence_briefly(
    tmp_path: Path, decide: Decide, paint: Paint
) -> None:
    sink = VideoFile(tmp_path / "out.avi", fps=10.0, live=True)
    for media_s in (0.0, 3600.0, 3600.1):
        sink.frame(frame_of(paint(200), media_s), decide("T"), None)
    sink.close()
    assert len(frames_in(tmp_path / "out.avi")) == 22


def test_a_video_of_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"must end in \.mp4"):
        VideoFile(tmp_path / "out.gif", fps=10.0)


def test_a_rate_that_the_codec_refuses_is_an_output_error(
    tmp_path: Path, decide: Decide, paint: Paint
) -> None:
    sink = VideoFile(tmp_path / "out.mp4", fps=1e6)
    with pytest.raises(OutputError, match="OpenCV cannot write 160x90"):
        sink.frame(frame_of(paint(200)), decide("T"), None)
    sink.close()
    assert list(tmp_path.iterdir()) == []
