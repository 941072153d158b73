"""The camera's own promise: the newest frame, and no silence that looks like an empty road."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from trucksight.runtime.decision import Frame
from trucksight.runtime.errors import SourceError
from trucksight.runtime.sources import camera
from trucksight.runtime.sources.camera import STOPPED, SUPERSEDED, CameraSource


class HeldCapture:
    """A camera whose pictures come when the test says so; None is a read that fails."""

    def __init__(self) -> None:
        self.released = False
        self._pictures: queue.SimpleQueue[int | Exception | None] = queue.SimpleQueue()
        self._asked = threading.Semaphore(0)
        self._grey = 0

    def push(self, *greys: int | Exception | None) -> None:
        """Give pictures, each of which the source has put away when this returns."""
        self.wait_until_asked()
        for grey in greys:
            self._pictures.put(grey)
            if not isinstance(grey, Exception):
                self.wait_until_asked()
        self._asked.release()

    def wait_until_asked(self) -> None:
        assert self._asked.acquire(timeout=5)

    def end(self) -> None:
        self._pictures.put(ConnectionError())

    def grab(self) -> bool:
        self._asked.release()
        grey = self._pictures.get()
        if isinstance(grey, ConnectionError):
            raise cv2.error("the test is over")
        if isinstance(grey, Exception):
            raise grey
        self._grey = grey or 0
        return grey is not None

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, np.full((20, 30, 3), self._grey, np.uint8)

    def get(self, which: int) -> float:
        return 0.0

    def release(self) -> None:
        self.released = True


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldCapture]:
    # A read that hangs is part of some tests; closing need not wait for it as long as on a board.
    monkeypatch.setattr(camera, "_JOIN_S", 0.05)
    held = HeldCapture()
    yield held
    held.end()


def grey(frame: Frame) -> int:
    assert frame.image_bgr is not None
    return int(frame.image_bgr[0, 0, 0])


def test_the_newest_frame_is_given_and_the_replaced_ones_are_counted(capture: HeldCapture) -> None:
    source = CameraSource(capture, "camera")
    frames = source.frames()
    capture.push(1, 2, 3)
    first = next(frames)
    assert (grey(first), first.sequence) == (3, 2)
    capture.push(4)
    assert grey(next(frames)) == 4
    assert source.dropped == {SUPERSEDED: 2}
    assert source.captured == 4
    capture.end()
    source.close()


def test_a_frame_nobody_asked_for_is_dropped_as_stopped(capture: HeldCapture) -> None:
    source = CameraSource(capture, "camera")
    frames = source.frames()
    capture.push(1)
    next(frames)
    capture.push(2)
    capture.end()
    source.close()
    assert source.dropped == {STOPPED: 1}
    assert source.captured == 2


def test_the_device_is_released_after_close(capture: HeldCapture) -> None:
    source = CameraSource(capture, "camera")
    source.frames()
    capture.end()
    source.close()
    assert capture.released


def test_the_device_is_released_when_no_frame_was_asked_for(capture: HeldCapture) -> None:
    CameraSource(capture, "camera").close()
    assert capture.released


def test_a_failed_read_is_a_frame_without_a_picture(capture: HeldCapture) -> None:
    with CameraSource(capture, "camera", retry_s=0) as source:
        frames = source.frames()
        capture.push(None)
        frame = next(frames)
        assert frame.image_bgr is None
        assert frame.detail == "the camera gave no picture"
        capture.push(7)
        assert grey(next(frames)) == 7
        capture.end()


def test_a_silent_camera_is_told_of_in_time(capture: HeldCapture) -> None:
    with CameraSource(capture, "camera", patience_s=0.01) as source:
        frame = next(iter(source.frames()))
        assert frame.image_bgr is None
        assert "no picture for" in (frame.detail or "")
        capture.end()
    assert source.captured == 1 + sum(source.dropped.values())


def test_a_camera_silent_for_too_long_is_given_up(capture: HeldCapture) -> None:
    with (
        CameraSource(capture, "camera 3", give_up_s=0.0) as source,
        pytest.raises(SourceError, match="camera 3 gave no picture"),
    ):
        next(iter(source.frames()))


def test_an_unplugged_camera_is_an_error(capture: HeldCapture) -> None:
    class Unplugged(HeldCapture):
        def grab(self) -> bool:
            return False

    with (
        CameraSource(Unplugged(), "camera", retry_s=0) as source,
        pytest.raises(SourceError, match="in a row"),
    ):
        list(source.frames())
    assert source.captured > 0


def test_an_error_of_opencv_ends_the_camera_with_a_name(capture: HeldCapture) -> None:
    with (
        CameraSource(capture, "camera 0") as source,
        pytest.raises(SourceError, match="camera 0: OpenCV cannot read it"),
    ):
        capture.end()
        list(source.frames())


def test_media_time_starts_with_the_first_frame(capture: HeldCapture) -> None:
    with CameraSource(capture, "camera") as source:
        frames = source.frames()
        capture.push(1)
        first = next(frames)
        capture.push(2)
        second = next(frames)
        assert first.media_s == 0
        assert second.media_s == (second.captured_ns - first.captured_ns) / 1e9
        capture.end()
