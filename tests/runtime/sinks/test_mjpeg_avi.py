"""Readers see the very pictures, at their time, and know how long the video is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.runtime.sinks.mjpeg_avi import MAKER, MjpegAvi

Picture = Any


def jpeg_of(picture: Picture) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


@pytest.fixture
def video(tmp_path: Path, paint: Callable[..., Picture]) -> Callable[..., tuple[Path, list[bytes]]]:
    """Writes pictures at ticks, 10 a second."""

    def write(ticks: list[int], width: int = 160, height: int = 90) -> tuple[Path, list[bytes]]:
        path = tmp_path / "x.avi"
        jpegs = [jpeg_of(paint(30 + 20 * number, width, height)) for number in range(len(ticks))]
        with path.open("wb") as file:
            avi = MjpegAvi(file, (width, height), 10.0)
            for tick, jpeg in zip(ticks, jpegs, strict=True):
                size = avi.size_bytes + avi.grows_by(jpeg, tick)
                avi.append(jpeg, tick)
                assert avi.size_bytes == size
            avi.finish()
        assert path.stat().st_size == avi.size_bytes
        return path, jpegs

    return write


@pytest.mark.parametrize("size_wh", [(160, 90), (161, 91)])
def test_the_pictures_come_back_in_order_and_colour(
    video: Callable[..., tuple[Path, list[bytes]]], size_wh: tuple[int, int]
) -> None:
    path, jpegs = video([*range(8)], *size_wh)
    reader = cv2.VideoCapture(str(path))
    assert (reader.get(cv2.CAP_PROP_FPS), reader.get(cv2.CAP_PROP_FRAME_COUNT)) == (10.0, 8.0)
    for jpeg in jpegs:
        whole = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert whole is not None
        read, picture = reader.read()
        assert read
        # FFmpeg's decoder and libjpeg smooth colours differently at the edges.
        assert np.abs(picture.mean((0, 1)) - whole.mean((0, 1))).max() < 2
    assert not reader.read()[0]
    reader.release()


def test_a_picture_stays_until_the_next(video: Callable[..., tuple[Path, list[bytes]]]) -> None:
    path, _ = video([0, 1, 5, 6])
    reader, times = cv2.VideoCapture(str(path)), []
    while reader.read()[0]:
        times.append(round(reader.get(cv2.CAP_PROP_POS_MSEC)))
    assert times == [0, 100, 500, 600]
    assert reader.get(cv2.CAP_PROP_FRAME_COUNT) == 7
    reader.release()


def test_a_tick_that_has_gone_by_becomes_the_next(paint: Callable[..., Picture]) -> None:
    avi = MjpegAvi(io.BytesIO(), (160, 90), 10.0)
    for tick in (3, 3, 0):
        avi.append(jpeg_of(paint(90)), tick)
    assert avi.ticks == 6


def test_the_layout_is_what_the_reference_says(
    video: Callable[..., tuple[Path, list[bytes]]],
) -> None:
    path, jpegs = video([0, 2, 3])
    data = path.read_bytes()
    assert data[:4] + data[8:12] == b"RIFFAVI "
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    assert MAKER in data[:512]
    movi = data.index(b"movi")
    index = data.index(b"idx1")
    assert movi - 4 + struct.unpack("<I", data[movi - 4 : movi])[0] + 4 == index
    entries = [*struct.iter_unpack("<4sIII", data[index + 8 :])]
    assert [length for *_, length in entries] == [len(jpegs[0]), 0, len(jpegs[1]), len(jpegs[2])]
    for (name, _, place, length), jpeg in zip(entries, [jpegs[0], b"", *jpegs[1:]], strict=True):
        chunk = data[movi + place :]
        assert (chunk[:4], chunk[8 : 8 + length]) == (name, jpeg)
