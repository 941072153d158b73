"""Every source keeps the same contract."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime.errors import PermanentSourceError, SourceError, UsageError
from trucksight.runtime.sources import SOURCES, Source, kind_of, open_source
from trucksight.runtime.sources.devices import open_device
from trucksight.runtime.sources.devices.gstreamer import pipeline_of
from trucksight.runtime.sources.devices.opencv import OpenCVDevice
from trucksight.runtime.sources.fake import from_arrays


@pytest.fixture(params=sorted(SOURCES))
def source(
    request: pytest.FixtureRequest, picture_folder: Path, clip: Callable[..., Path]
) -> Iterator[Source]:
    """One of each kind with at least four frames."""
    made: dict[str, Callable[[], Source]] = {
        "live": lambda: open_source("fault:good*600"),
        "fake": lambda: open_source("fake:5"),
        "pictures": lambda: open_source(str(picture_folder)),
        "video": lambda: open_source(str(clip([60, 80, 100, 120, 140]))),
    }
    with made[request.param]() as opened:
        yield opened


def some(source: Source, count: int = 4) -> list:
    frames = []
    for frame in source.frames():
        frames.append(frame)
        if len(frames) == count:
            break
    return frames


def test_frames_are_pictures_or_say_why_not(source: Source) -> None:
    for frame in some(source):
        if frame.image_bgr is None:
            assert frame.detail
        else:
            made_up = source.live or source.name == "fake:5"
            assert frame.image_bgr.shape == ((180, 320, 3) if made_up else (90, 160, 3))
            assert frame.image_bgr.dtype == np.uint8


def test_sequence_and_both_clocks_never_go_back(source: Source) -> None:
    frames = some(source)
    for earlier, later in itertools.pairwise(frames):
        assert earlier.sequence < later.sequence
        assert earlier.captured_ns <= later.captured_ns
        assert earlier.media_s <= later.media_s
    assert frames[0].media_s == 0 or source.live


def test_captured_is_given_plus_dropped_however_early_the_reader_stops(source: Source) -> None:
    frames = some(source, 2)
    source.close()
    assert source.captured == len(frames) + sum(source.dropped.values())


def test_stop_ends_the_frames(source: Source) -> None:
    given = 0
    for _ in source.frames():
        given += 1
        source.stop()
    source.close()
    assert given == 1
    assert source.captured == given + sum(source.dropped.values())


def test_close_may_be_called_twice_and_before_any_frame(source: Source) -> None:
    source.close()
    source.close()
    assert source.captured == 0


def test_no_thread_outlives_the_source(source: Source) -> None:
    before = set(threading.enumerate())
    some(source, 1)
    source.close()
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before


def test_frames_can_be_asked_for_once(source: Source) -> None:
    some(source, 1)
    with pytest.raises(SourceError, match="once"):
        source.frames()


def test_a_picture_does_not_change_while_its_reader_works_on_it(source: Source) -> None:
    for number, frame in enumerate(source.frames()):
        if frame.image_bgr is not None:
            before = frame.image_bgr.copy()
            assert not source.live or _comes(source, source.captured + 3)
            assert np.array_equal(frame.image_bgr, before)
        if number == 2:
            break


def _comes(source: Source, captured: int) -> bool:
    """Whether a live source takes so many frames before long."""
    deadline_s = time.monotonic() + 10
    while source.captured < captured and time.monotonic() < deadline_s:
        threading.Event().wait(0.01)
    return source.captured >= captured


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", "live"),
        ("/dev/video2", "live"),
        ("rtsp://camera/1", "live"),
        ("gst:videotestsrc ! appsink", "live"),
        ("fault:good*3", "live"),
        ("fake:30", "fake"),
        ("road.jpg", "pictures"),
        ("pictures/*", "pictures"),
        ("road.mp4", "video"),
        ("fake", "video"),
    ],
)
def test_the_text_says_what_kind_it_is(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_a_folder_is_pictures_and_a_bracket_in_a_file_name_is_no_glob(
    picture_folder: Path, clip: Callable[..., Path]
) -> None:
    assert kind_of(str(picture_folder)) == "pictures"
    assert kind_of(str(clip([50], "road[1].avi"))) == "video"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "source is empty"),
        ("nowhere.mp4", "does not exist"),
        ("nowhere.jpg", "does not exist"),
        ("nowhere/*.jpg", "no picture matches"),
        ("rtsp://127.0.0.1:9/1", r"rtsp://127\.0\.0\.1:9/1 does not open"),
        ("rtsp://me:secret@127.0.0.1:9/1", r"^rtsp://\*\*\*@127\.0\.0\.1:9/1 does not open"),
        ("gst:videotestsrc", "built without GStreamer|must end in appsink"),
        ("picamera2:", "picamera2 is not installed"),
        ("fault:nonsense*3", "'nonsense\\*3' is no step"),
        ("fault:end", "has no frames"),
        ("987", "camera 987: /dev/video987 does not exist"),
        ("/dev/null", "is not a file"),
        ("fake:0", "one or more"),
    ],
)
def test_what_is_not_there_is_said(text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        open_source(text)


@pytest.mark.parametrize(
    ("text", "lacks"),
    [("rtsp://me:secret@camera/1", "FFmpeg"), ("/dev/video0", "V4L2"), ("gst:a", "GStreamer")],
)
def test_what_opencv_is_built_without_is_said(
    text: str, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cv2.videoio_registry.getBackends", list)
    monkeypatch.setattr(Path, "exists", lambda path: True)
    with pytest.raises(PermanentSourceError, match=f"OpenCV is built without {lacks}") as caught:
        open_device(text, time.monotonic_ns())
    assert "secret" not in str(caught.value)


class Capture:
    """Stands for an open stream; remembers when its last picture was there."""

    def get(self, what: int) -> float:
        return 0.0

    def grab(self) -> bool:
        self.came_ns = time.monotonic_ns()
        return True

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, np.zeros((90, 160, 3), np.uint8)


def test_a_streams_picture_counts_as_taken_when_it_came_however_late_that_was() -> None:
    capture = Capture()
    taken = OpenCVDevice(capture, "stream").read()
    assert capture.came_ns <= taken.captured_ns <= time.monotonic_ns()
    assert taken.arrived_ns is None


def test_an_empty_file_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "zero.mp4").touch()
    with pytest.raises(SourceError, match=r"zero\.mp4 is empty"):
        open_source(str(tmp_path / "zero.mp4"))


def test_a_text_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is no video\n" * 100)
    with pytest.raises(SourceError, match="not a video"):
        open_source(str(tmp_path / "text.mp4"))


def test_an_empty_folder_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no picture"):
        open_source(str(tmp_path))


def test_a_glob_that_finds_only_other_files_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceError, match="1 files, none of them a picture"):
        open_source(str(tmp_path / "*"))


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), 2000.0])
def test_frames_per_second_must_be_sensible(fps: float) -> None:
    with pytest.raises(UsageError, match="fps"):
        open_source("fake:3", fps)


@pytest.mark.parametrize("text", ["rtsp://me:hidden@host/live", "gst:a ! appsink", "fake:3"])
def test_a_size_is_asked_only_of_what_can_be_asked(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be asked for a size") as caught:
        open_source(text, size_wh=(320, 240))
    assert "hidden" not in str(caught.value)


def test_a_jetson_preset_takes_the_size_that_is_asked_for() -> None:
    assert "width=1280,height=720" in pipeline_of("jetson-csi0")
    assert "sensor-id=1 " in pipeline_of("jetson-csi1", (640, 360))
    assert "width=640,height=360" in pipeline_of("jetson-csi1", (640, 360))
    assert pipeline_of("videotestsrc ! appsink") == "videotestsrc ! appsink"


def test_pictures_come_sorted_with_the_unreadable_one_in_its_place(picture_folder: Path) -> None:
    with open_source(str(picture_folder)) as source:
        frames = list(source.frames())
    assert [Path(frame.name or "").name for frame in frames] == ["a.png", "b.png", "c.png", "d.jpg"]
    assert [frame.image_bgr is None for frame in frames] == [False, False, False, True]


def test_a_glob_with_two_stars_reaches_sub_folders(picture_folder: Path) -> None:
    with open_source(str(picture_folder.parent / "**" / "*.png")) as source:
        assert len(list(source.frames())) == 3


def test_pictures_have_a_time_only_when_a_rate_is_given(picture_folder: Path) -> None:
    with open_source(str(picture_folder)) as still, open_source(str(picture_folder), 4.0) as moving:
        assert not still.timed
        assert moving.timed
        assert [frame.media_s for frame in moving.frames()] == [0.0, 0.25, 0.5, 0.75]


def test_a_picture_that_is_none_becomes_a_frame_without_one() -> None:
    with from_arrays([None]) as source:
        (frame,) = source.frames()
    assert frame.image_bgr is None
    assert frame.detail


def test_closing_while_the_reader_still_waits_is_clean(clip: Callable[..., Path]) -> None:
    with contextlib.closing(open_source(str(clip([90] * 30)))) as source:
        frames = source.frames()
        next(frames)
    assert list(frames) == []
    assert source.captured == 1
