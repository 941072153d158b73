"""What is special about video files: time, rotation, damage, decoding ahead."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from trucksight.runtime.errors import SourceError
from trucksight.runtime.sources import open_source
from trucksight.runtime.sources.ahead import read_ahead, side_by_side
from trucksight.runtime.sources.video import ASSUMED_FPS, MediaClock, _rate


def test_every_frame_comes_with_its_time(clip: Callable[..., Path]) -> None:
    with open_source(str(clip([60] * 12, fps=8.0))) as source:
        times = [frame.media_s for frame in source.frames()]
    assert times == pytest.approx([number / 8 for number in range(12)], abs=1e-3)
    assert (source.fps, source.size_wh, source.captured) == (8.0, (160, 90), 12)
    assert source.notes == []


def test_a_given_rate_replaces_the_times_of_the_file(clip: Callable[..., Path]) -> None:
    with open_source(str(clip([60] * 3, "clip.mp4")), fps=2.0) as source:
        assert [frame.media_s for frame in source.frames()] == [0.0, 0.5, 1.0]


def test_a_video_cut_off_in_the_middle_gives_what_it_has_and_says_so(
    clip: Callable[..., Path],
) -> None:
    path = clip([60] * 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_source(str(path)) as source:
        given = len(list(source.frames()))
    assert 0 < given < 40
    (note,) = source.notes
    assert f"40 frames and {given} could be decoded" in note


def test_a_video_that_opens_and_holds_no_frame_is_an_error(clip: Callable[..., Path]) -> None:
    path = clip([60] * 4)
    data = path.read_bytes()
    start = data.index(b"movi")
    path.write_bytes(data[:start] + b"movi" + bytes(len(data) - start - 4))
    with pytest.raises(SourceError, match=r"no frame could be decoded|not a video"):
        list(open_source(str(path)).frames())


def test_a_rotation_mark_turns_the_frames(clip: Callable[..., Path]) -> None:
    path = clip([60] * 3, "clip.mp4", size_wh=(160, 96))
    data = bytearray(path.read_bytes())
    # Track header, version 0 (ISO/IEC 14496-12): the matrix stands 44 bytes after its name.
    matrix = data.index(b"tkhd") + 4 + 40
    data[matrix : matrix + 36] = struct.pack(
        ">9i", 0, 0x10000, 0, -0x10000, 0, 0, 96 << 16, 0, 0x40000000
    )
    path.write_bytes(data)
    with open_source(str(path)) as source:
        shapes = {frame.image_bgr.shape for frame in source.frames() if frame.image_bgr is not None}
    assert shapes == {(160, 96, 3)}
    assert source.size_wh == (96, 160)


def test_positions_are_believed_while_they_grow() -> None:
    clock = MediaClock(10.0)
    positions = [500.0, 700.0, 700.0, math.nan, 0.0, 1500.0]
    assert [round(clock.at(ms), 3) for ms in positions] == [0.0, 0.2, 0.3, 0.4, 0.5, 1.0]


@pytest.mark.parametrize("fps", [0.0, -1.0, math.nan, math.inf, 90000.0])
def test_a_rate_that_cannot_be_is_replaced_and_said(fps: float) -> None:
    notes: list[str] = []
    assert _rate(fps, notes) == ASSUMED_FPS
    assert "frame rate" in notes[0]


class Counted:
    """Counts what was made, and can tell when enough was."""

    def __init__(self, amount: int) -> None:
        self.made = 0
        self.closed_in = ""
        self.enough = threading.Event()
        self._amount = amount

    def items(self, error: Exception | None = None) -> Generator[int, None, None]:
        try:
            for number in range(self._amount):
                self.made += 1
                if self.made == 3:
                    self.enough.set()
                yield number
            if error:
                raise error
        finally:
            self.closed_in = threading.current_thread().name


def test_reading_ahead_keeps_the_order() -> None:
    assert list(read_ahead(Counted(100).items(), 3, lambda: False)) == list(range(100))


def test_reading_ahead_makes_the_next_items_meanwhile_and_no_more() -> None:
    counted = Counted(100)
    reader = read_ahead(counted.items(), 2, lambda: False)
    assert next(reader) == 0
    assert counted.enough.wait(20)
    reader.close()
    assert counted.made == 3


def test_an_error_comes_at_its_place() -> None:
    reader = read_ahead(Counted(2).items(SourceError("broken")), 4, lambda: False)
    assert [next(reader), next(reader)] == [0, 1]
    with pytest.raises(SourceError, match="broken"):
        next(reader)


def test_what_was_opened_is_closed_in_its_own_thread_when_the_reader_leaves() -> None:
    counted = Counted(100)
    reader = read_ahead(counted.items(), 2, lambda: False)
    next(reader)
    reader.close()
    assert counted.closed_in == "read-ahead"


def test_side_by_side_gives_all_that_came_before_an_error() -> None:
    def items() -> Generator[int, None, None]:
        yield from range(5)
        raise OSError("cut off")

    given = []
    with pytest.raises(OSError, match="cut off"):
        for made in side_by_side(lambda item: item, items(), 3, lambda: False):
            given.append(made)
    assert given == [0, 1, 2, 3, 4]


def test_side_by_side_keeps_the_order_whoever_is_ready_first() -> None:
    second_done = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert second_done.wait(20)
        if number == 1:
            second_done.set()
        return -number

    made = side_by_side(work, Counted(50).items(), 2, lambda: False)
    assert list(made) == [-number for number in range(50)]


def test_side_by_side_begins_one_item_more_than_it_has_threads_and_no_more() -> None:
    counted = Counted(100)
    reader = side_by_side(lambda number: number, counted.items(), 3, lambda: False)
    assert next(reader) == 0
    assert counted.made == 4
    reader.close()
    assert counted.made == 4
    assert counted.closed_in == threading.current_thread().name


def test_an_error_side_by_side_comes_at_its_place() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise SourceError("broken")
        return number

    reader = side_by_side(work, Counted(50).items(), 3, lambda: False)
    assert [next(reader), next(reader)] == [0, 1]
    with pytest.raises(SourceError, match="broken"):
        next(reader)


def test_side_by_side_ends_when_it_is_stopped() -> None:
    counted = Counted(1000)
    stop = threading.Event()
    reader = side_by_side(lambda number: number, counted.items(), 3, stop.is_set)
    assert [next(reader) for _ in range(5)] == [0, 1, 2, 3, 4]
    stop.set()
    assert list(reader) == []
    assert counted.made < 20
