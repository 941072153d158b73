"""JPEG pictures as a video file, without decoding or encoding them again.

The layout is that of Microsoft's AVI RIFF File Reference (`hdrl`, `movi`, `idx1`), one stream of
type MJPG. A tick without a picture is a chunk of no bytes: the picture before it stays.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

MAKER = b"trucksight clip\0"
"""Stands in the header, so that a clip can be told from other videos."""
_CHUNK = 8
"""Bytes of a chunk's name and length."""
_ENTRY = 16
"""Bytes of one entry of the index."""
_HAS_INDEX, _KEY_FRAME = 0x10, 0x10


class MjpegAvi:
    """Appends pictures to a file; a file is whole only after `finish`."""

    def __init__(self, file: BinaryIO, size_wh: tuple[int, int], fps: float) -> None:
        """Write the header.

        Args:
            file: empty, can be sought in; stays the caller's to close.
            size_wh: width and height of every picture, pixels.
            fps: ticks per second.

        Raises:
            OSError: the file cannot be written.
        """
        self._file, self._size_wh, self._fps = file, size_wh, fps
        self._index: list[bytes] = []
        self._largest = 0
        header = self._header(0)
        self._movi = len(header) - 4
        """Where the word `movi` stands; the index counts from there."""
        self._end = len(header)
        file.write(header)

    @property
    def ticks(self) -> int:
        """How long the video is, in ticks."""
        return len(self._index)

    @property
    def size_bytes(self) -> int:
        """Of the file if it were finished now."""
        return self._end + _CHUNK + _ENTRY * len(self._index)

    def grows_by(self, jpeg: bytes, tick: int) -> int:
        """By how many bytes `append` would make the finished file larger."""
        chunks = max(1, tick - self.ticks + 1)
        return chunks * (_CHUNK + _ENTRY) + len(jpeg) + len(jpeg) % 2

    def append(self, jpeg: bytes, tick: int) -> None:
        """Show a picture from a tick on, or from the next one where that has gone by.

        Args:
            jpeg: of the size of the video.
            tick: counts from 0.

        Raises:
            OSError: the file cannot be written.
        """
        while self.ticks < tick:
            self._chunk(b"")
        self._chunk(jpeg)

    def finish(self) -> None:
        """Write the index, and the lengths into the header.

        Raises:
            OSError: the file cannot be written.
        """
        index = b"".join(self._index)
        self._file.write(b"idx1" + struct.pack("<I", len(index)) + index)
        self._file.seek(0)
        self._file.write(self._header(self._end - self._movi))

    def _chunk(self, content: bytes) -> None:
        place = self._end - self._movi
        self._index.append(struct.pack("<4sIII", b"00dc", _KEY_FRAME, place, len(content)))
        padding = b"\0" * (len(content) % 2)
        self._file.write(struct.pack("<4sI", b"00dc", len(content)) + content + padding)
        self._end += _CHUNK + len(content) + len(padding)
        self._largest = max(self._largest, len(content))

    def _header(self, movi_bytes: int) -> bytes:
        """All that stands before the first picture; always of the same length."""
        width, height = self._size_wh
        scale, rate = 1000, round(self._fps * 1000)
        main = struct.pack(
            "<14I",
            *(round(1e6 / self._fps), 0, 0, _HAS_INDEX, self.ticks, 0, 1, self._largest),
            *(width, height, 0, 0, 0, 0),
        )
        stream = struct.pack(
            "<4s4sIHH8I4H",
            *(b"vids", b"MJPG", 0, 0, 0, 0, scale, rate, 0, self.ticks, self._largest),
            *(0xFFFFFFFF, 0, 0, 0, width, height),
        )
        picture = struct.pack(
            "<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0
        )
        streams = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))
        lists = _list(b"hdrl", _chunk(b"avih", main) + streams)
        lists += _list(b"INFO", _chunk(b"ISFT", MAKER))
        movi = b"LIST" + struct.pack("<I", movi_bytes) + b"movi"
        after = max(0, movi_bytes - 4) + _CHUNK + _ENTRY * self.ticks
        total = 4 + len(lists) + len(movi) + after
        return b"RIFF" + struct.pack("<I", total) + b"AVI " + lists + movi


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _list(name: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", name + content)
