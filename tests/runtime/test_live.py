"""A live source survives its device, its driver and its own capture process."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trucksight.runtime.decision import Frame
from trucksight.runtime.errors import PermanentSourceError, SourceError
from trucksight.runtime.sources.devices.fault import LATE_NS
from trucksight.runtime.sources.live import SUPERSEDED, LiveSource, Patience

QUICK = Patience(silent_s=0.4, repeat_s=0.1, first_pause_s=0.05, last_pause_s=0.2)


@pytest.fixture
def live() -> Iterator[Callable[..., LiveSource]]:
    """Opens live sources that do not wait long, and closes them."""
    with contextlib.ExitStack() as stack:
        yield lambda text: stack.enter_context(LiveSource(text, QUICK, seed=1))


def until(frames: Iterator[Frame], wanted: Callable[[Frame], bool], seconds: float = 20) -> Frame:
    """The next such frame; fails when none comes in time."""
    deadline_s = time.monotonic() + seconds
    for frame in frames:
        if wanted(frame):
            return frame
        assert time.monotonic() < deadline_s, f"the last one was {frame.detail}"
    raise AssertionError("the frames ended")


def has_picture(frame: Frame) -> bool:
    return frame.image_bgr is not None


def has_shape(frame: Frame, shape: tuple[int, int]) -> bool:
    return frame.image_bgr is not None and frame.image_bgr.shape[:2] == shape


def is_lost(frame: Frame) -> bool:
    return frame.lost


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline_s = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline_s:
        threading.Event().wait(0.01)
    return condition()


@pytest.mark.alone
def test_a_slow_reader_gets_the_newest_frame_and_the_others_are_counted(
    live: Callable[..., LiveSource],
) -> None:
    source = live("fault:good*1000")
    frames = source.frames()
    first = next(frames)
    assert wait_for(lambda: source.captured >= first.sequence + 6)
    second = next(frames)
    assert second.sequence >= 4
    assert (time.monotonic_ns() - second.captured_ns) / 1e6 < 500
    source.close()
    assert source.dropped[SUPERSEDED] >= 3
    assert source.captured == 2 + sum(source.dropped.values())


@pytest.mark.alone
def test_another_size_is_opened_without_a_frame_that_says_lost(
    live: Callable[..., LiveSource],
) -> None:
    source = live("fault:good*1000")
    frames = source.frames()
    assert has_shape(next(frames), (180, 320))
    source.resize((160, 90))
    small = until(frames, lambda frame: frame.lost or has_shape(frame, (90, 160)))
    assert not small.lost
    assert source.size_wh == (160, 90)
    source.resize(None)
    until(frames, lambda frame: has_shape(frame, (180, 320)))
    source.close()
    assert source.restarts == 0
    assert source.notes == []


def test_a_camera_that_is_waited_for_is_lost_until_it_comes() -> None:
    with LiveSource("fault:disconnect*20,good*1000", QUICK, seed=1, wait=True) as source:
        frames = source.frames()
        first = next(frames)
        assert first.lost
        assert "unplugged" in (first.detail or "")
        assert source.fps is None
        until(frames, has_picture)
        assert source.fps == 15.0


PICAMERA2 = """
import time

import numpy

class Picamera2:
    def __init__(self, number):
        if {busy}:
            raise RuntimeError("the camera is busy")
        self.left = 3

    def create_video_configuration(self, main, **options):
        self.size = main["size"]

    def configure(self, configuration): pass

    def start(self): pass

    def close(self): pass

    def capture_request(self):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("the camera was pulled")
        return self

    def get_metadata(self):
        return {{"SensorTimestamp": time.monotonic_ns() - 80_000_000}}

    def make_array(self, stream):
        return numpy.full((*self.size[::-1], 3), 90, numpy.uint8)

    def release(self): pass
"""


@pytest.fixture
def picamera2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool | None], None]:
    """Installs a camera package that is busy, one that gives three pictures, or takes it away."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    module = tmp_path / "picamera2.py"

    def install(busy: bool | None) -> None:
        if busy is None:
            module.unlink()
        else:
            module.write_text(PICAMERA2.format(busy=busy))

    return install


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("picamera2:", "picamera2 is not installed"),
        ("gst:videotestsrc", "built without GStreamer|must end in appsink"),
        ("scenes:1@0", "is no rate"),
    ],
)
@pytest.mark.parametrize("wait", [True, False])
def test_what_waiting_does_not_mend_is_not_waited_for(text: str, says: str, wait: bool) -> None:
    with pytest.raises(PermanentSourceError, match=says):
        LiveSource(text, QUICK, seed=1, wait=wait)


def test_what_shows_to_be_permanent_while_it_is_waited_for_ends_the_waiting(
    picamera2: Callable[[bool | None], None],
) -> None:
    picamera2(True)
    with LiveSource("picamera2:", QUICK, seed=1, wait=True) as source:
        frames = source.frames()
        assert "the camera is busy" in (next(frames).detail or "")
        picamera2(None)
        with pytest.raises(PermanentSourceError, match="picamera2 is not installed"):
            until(frames, has_picture)


def test_a_package_that_is_missing_for_a_while_ends_no_camera_that_has_worked(
    picamera2: Callable[[bool | None], None],
) -> None:
    picamera2(False)
    with LiveSource("picamera2:", QUICK, seed=1) as source:
        picamera2(None)
        frames = source.frames()
        until(frames, lambda frame: "is not installed" in (frame.detail or ""))
        picamera2(False)
        until(frames, has_picture)


@pytest.mark.alone
def test_a_killed_capture_process_is_replaced(live: Callable[..., LiveSource]) -> None:
    source = live("fault:good*10000")
    frames = source.frames()
    until(frames, has_picture)
    killed = source.child_pid
    assert killed
    os.kill(killed, signal.SIGKILL)
    lost = until(frames, is_lost)
    assert lost.detail and "capture process ended" in lost.detail
    began_s = time.monotonic()
    until(frames, has_picture)
    assert time.monotonic() - began_s < 5
    assert source.child_pid != killed
    assert gone(killed)


@pytest.mark.parametrize(
    ("script", "says"),
    [("good*8,stall*20", "no picture came for 0.4 s"), ("good*8,disconnect*20", "was unplugged")],
)
def test_a_source_that_comes_back_is_read_again(
    live: Callable[..., LiveSource], script: str, says: str
) -> None:
    source = live(f"fault:{script},good*1000")
    frames = source.frames()
    until(frames, has_picture)
    lost = until(frames, is_lost)
    assert lost.detail and says in lost.detail
    back = until(frames, has_picture)
    assert back.media_s > lost.media_s
    source.close()
    assert "opened again" in source.notes[0]


def test_while_it_is_lost_it_says_so_again_and_again(live: Callable[..., LiveSource]) -> None:
    frames = live("fault:good*3,disconnect*1000").frames()
    until(frames, is_lost)
    assert next(frames).lost
    assert next(frames).lost


def test_a_source_that_ends_ends(live: Callable[..., LiveSource]) -> None:
    source = live("fault:good*5,end")
    given = list(source.frames())
    assert source.captured == len(given) + sum(source.dropped.values())


def test_what_does_not_open_at_first_is_an_error() -> None:
    with pytest.raises(SourceError, match="is unplugged"):
        LiveSource("fault:disconnect*10000", QUICK)


def test_a_device_that_hangs_while_it_opens_is_given_up() -> None:
    with pytest.raises(SourceError, match="it did not open for"):
        LiveSource("fault:good*3", Patience(open_s=0.0))


def test_a_frame_that_was_late_when_it_arrived_says_when_it_did(
    live: Callable[..., LiveSource],
) -> None:
    frames = live("fault:late*1000").frames()
    frame = until(frames, has_picture)
    now_ns = time.monotonic_ns()
    assert frame.arrived_ns is not None
    assert frame.arrived_ns - frame.captured_ns == LATE_NS
    assert 0 <= frame.held_ms(now_ns) <= (now_ns - frame.captured_ns - LATE_NS) / 1e6


def test_a_sensor_tells_how_late_a_picture_arrives(
    picamera2: Callable[[bool | None], None], live: Callable[..., LiveSource]
) -> None:
    picamera2(False)
    frame = until(live("picamera2:").frames(), has_picture)
    assert frame.arrived_ns is not None
    assert frame.arrived_ns - frame.captured_ns >= 70_000_000


def test_a_clock_that_runs_ahead_makes_no_frame_younger_than_now(
    live: Callable[..., LiveSource],
) -> None:
    frames = live("fault:clock_ahead*1000").frames()
    for frame, _ in zip(frames, range(3), strict=False):
        assert frame.captured_ns <= time.monotonic_ns()


def test_a_jump_of_the_cameras_clock_does_not_move_the_time_of_the_source(
    live: Callable[..., LiveSource],
) -> None:
    frames = live("fault:good*3,clock_behind*3,good*3,clock_ahead*3,good*1000").frames()
    times = [frame.media_s for frame, _ in zip(frames, range(14), strict=False)]
    assert times == sorted(times)
    assert times[-1] < 60


class Bounds(random.Random):
    """Takes the longest pause allowed, a hundredth of it, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def uniform(self, a: float, b: float) -> float:
        self.seen.append(b)
        return b / 100


def test_pauses_grow_while_nothing_comes_though_lost_frames_are_given(
    live: Callable[..., LiveSource],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds = Bounds()
    monkeypatch.setattr("trucksight.runtime.sources.live.random.Random", lambda seed: bounds)
    frames = live("fault:good*8,disconnect*100000").frames()
    until(frames, has_picture)
    until(frames, lambda frame: len(bounds.seen) >= 4)
    assert bounds.seen[:4] == [0.05, 0.05, 0.1, 0.2]
    said = [record for record in caplog.records if "unplugged" in record.message]
    assert len(said) == 2  # it was unplugged, it is unplugged; not once an attempt


def test_without_room_for_a_process_it_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("trucksight.runtime.sources.capture_process.subprocess.Popen", full)
    with pytest.raises(SourceError, match="no capture process can be started"):
        LiveSource("fault:good*3", QUICK)


def test_a_source_that_is_lost_right_after_it_opened_is_no_error(
    live: Callable[..., LiveSource],
) -> None:
    for _ in range(3):
        live("fault:good,disconnect*100000").close()


def test_secrets_are_in_no_name_and_no_process_list() -> None:
    with pytest.raises(SourceError) as caught:
        LiveSource("rtsp://me:hidden-word@127.0.0.1:9/live?token=hidden-word", QUICK)
    assert "hidden-word" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def held() -> tuple[int, int]:
    """Descriptors and threads of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir()), threading.active_count()


def test_closing_leaves_no_process_thread_or_descriptor(live: Callable[..., LiveSource]) -> None:
    live("fault:good*10,end").close()  # what the first one loads stays loaded
    before = held()
    for _ in range(3):
        source = live("fault:good*1000")
        frames = source.frames()
        next(frames)
        pid = source.child_pid
        source.close()
        assert pid
        assert gone(pid)
    del source, frames
    assert held() == before


def test_the_capture_process_does_not_outlive_a_killed_reader(tmp_path: Path) -> None:
    code = (
        "from trucksight.runtime.sources.live import LiveSource\n"
        "source = LiveSource('fault:good*100000')\n"
        "frames = source.frames()\n"
        "next(frames)\n"
        "print(source.child_pid, flush=True)\n"
        "input()\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdin
    child = int(reader.stdout.readline())
    assert not gone(child)
    reader.kill()
    reader.wait()
    reader.stdin.close()
    reader.stdout.close()
    assert wait_for(lambda: gone(child))
