"""A picture file is decoded whole or refused by name."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import PictureError
from trucksight.runtime.picture import SUFFIXES, decode_picture, read_picture

Picture = npt.NDArray[np.uint8]

SCENE: Picture = np.random.default_rng(2).integers(0, 256, (60, 80, 3), np.uint8)


def encoded(suffix: str, picture: npt.NDArray[np.uint8 | np.uint16] = SCENE) -> bytes:
    done, data = cv2.imencode(suffix, picture)
    assert done
    return data.tobytes()


def exif(orientation: int, thumbnail: bytes = b"") -> bytes:
    """An APP1 segment with the tag Orientation, and a thumbnail after it."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + bytes(4)
    body = b"Exif\0\0" + tiff + thumbnail
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def with_exif(jpeg: bytes, orientation: int, thumbnail: bytes = b"") -> bytes:
    return jpeg[:2] + exif(orientation, thumbnail) + jpeg[2:]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_a_lossless_picture_comes_back_as_it_was(suffix: str) -> None:
    assert suffix in SUFFIXES
    assert np.array_equal(decode_picture(encoded(suffix)), SCENE)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_what_is_cut_off_is_refused(suffix: str) -> None:
    whole = encoded(suffix, SCENE if suffix != ".pgm" else SCENE[..., 0])
    assert decode_picture(whole).shape == SCENE.shape
    for length in (8, len(whole) // 4, len(whole) // 2, len(whole) - 20):
        with pytest.raises(PictureError):
            decode_picture(whole[:length])


@pytest.mark.parametrize(
    "options",
    [[], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]],
    ids=["plain", "progressive", "with restarts"],
)
def test_a_jpeg_cut_anywhere_says_that_it_is_cut_off(options: list[int]) -> None:
    whole = cv2.imencode(".jpg", SCENE, options)[1].tobytes()
    assert decode_picture(whole).shape == SCENE.shape
    for length in range(2, len(whole) - 1, 97):
        with pytest.raises(PictureError, match="JPEG is cut off"):
            decode_picture(whole[:length])


def test_a_thumbnail_does_not_pass_for_the_end_of_a_jpeg() -> None:
    thumbnail = encoded(".jpg", cv2.resize(SCENE, (20, 15)).astype(np.uint8))
    jpeg = with_exif(encoded(".jpg"), 1, thumbnail)
    assert decode_picture(jpeg).shape == SCENE.shape
    end_of_thumbnail = jpeg.index(b"\xff\xd9") + 2
    for length in (end_of_thumbnail, end_of_thumbnail + 200, len(jpeg) * 3 // 4):
        with pytest.raises(PictureError, match="JPEG is cut off"):
            decode_picture(jpeg[:length])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_bytes_after_the_end_do_not_matter(suffix: str) -> None:
    whole = encoded(suffix)
    longer = whole + b"what a camera adds" * 50
    assert np.array_equal(decode_picture(longer), decode_picture(whole))


def test_a_png_with_a_piece_missing_is_refused() -> None:
    whole = encoded(".png")
    with pytest.raises(PictureError):
        decode_picture(whole[: len(whole) // 2] + whole[-12:])


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "empty"), (b"this is no picture\n", "can decode"), (bytes(500), "can decode")],
    ids=["empty", "text", "zeros"],
)
def test_a_file_that_is_no_picture_is_refused_by_name(
    content: bytes, match: str, tmp_path: Path
) -> None:
    file = tmp_path / "road.jpg"
    file.write_bytes(content)
    with pytest.raises(PictureError, match=rf"road\.jpg: .*{match}"):
        read_picture(file)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path, match in ((tmp_path / "road.jpg", r"road\.jpg: No such file"), (tmp_path, "Is a")):
        with pytest.raises(PictureError, match=match):
            read_picture(path)


def test_a_huge_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "road.png"
    file.write_bytes(encoded(".png"))
    monkeypatch.setattr("trucksight.runtime.picture.MAX_BYTES", 1000)
    with pytest.raises(PictureError, match=r"road\.png: larger than"):
        read_picture(file)


def test_a_small_file_that_claims_a_huge_picture_is_refused() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")
    with pytest.raises(PictureError):
        decode_picture(png)


def test_16_bits_become_8() -> None:
    deep = SCENE.astype(np.uint16) * 257
    assert np.array_equal(decode_picture(encoded(".png", deep)), SCENE)


def test_grey_becomes_three_equal_channels() -> None:
    grey = SCENE[..., 0]
    frame = decode_picture(encoded(".png", grey))
    assert all(np.array_equal(frame[..., channel], grey) for channel in range(3))


def test_transparency_is_dropped() -> None:
    clear = np.dstack([SCENE, np.zeros(SCENE.shape[:2], np.uint8)])
    assert np.array_equal(decode_picture(encoded(".png", clear)), SCENE)


@pytest.mark.parametrize(
    ("orientation", "turns"), [(1, 0), (6, -1), (3, 2), (8, 1)], ids=["up", "right", "down", "left"]
)
def test_the_orientation_that_a_camera_noted_is_applied(orientation: int, turns: int) -> None:
    jpeg = encoded(".jpg")
    turned = decode_picture(with_exif(jpeg, orientation))
    assert np.array_equal(turned, np.rot90(decode_picture(jpeg), turns))
