"""From the bytes of a picture file to a frame, the same way everywhere.

Training, calibration, evaluation and `predict` decode through here, so a picture means the same
pixels in each of them.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from .errors import PictureError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
"""File names that are taken for pictures, lower case."""

MAX_BYTES = 64 << 20
"""A larger file is refused before it is decoded."""

_JPEG_START, _JPEG_END, _JPEG_SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xae\x42\x60\x82"


def decode_picture(data: bytes) -> npt.NDArray[np.uint8]:
    """Decode a whole picture.

    16-bit samples become 8-bit, grey becomes three equal channels, transparency is dropped, the
    orientation that a camera noted (EXIF) is applied.

    Returns:
        (height, width, 3), OpenCV channel order BGR, 0..255.

    Raises:
        PictureError: not a picture, or one that is cut off. OpenCV fills the missing part of a
            truncated JPEG with grey and says nothing, so the end marker is looked for here.
    """
    if not data:
        raise PictureError("the file is empty")
    if data.startswith(_JPEG_START) and not _jpeg_is_whole(data):
        raise PictureError("the JPEG is cut off: it has no end marker")
    if data.startswith(_PNG_START) and _PNG_END not in data:
        raise PictureError("the PNG is cut off: it has no end chunk")
    try:
        frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as exc:
        raise PictureError(f"OpenCV cannot decode it: {exc.err}") from exc
    if frame is None or frame.ndim != 3 or frame.shape[2] != 3:
        raise PictureError("not a picture that OpenCV can decode")
    return np.asarray(frame, dtype=np.uint8)


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Read and decode one picture file; see `decode_picture`.

    Raises:
        PictureError: missing, too large, not a picture or cut off; the message names the file.
    """
    return decode_named(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises:
        PictureError: the file cannot be read or is larger than `MAX_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PictureError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as exc:
        raise PictureError(f"{path}: {exc.strerror or exc}") from exc


def decode_named(path: Path, data: bytes) -> npt.NDArray[np.uint8]:
    """`decode_picture`, with the file's name in the error."""
    try:
        return decode_picture(data)
    except PictureError as exc:
        raise PictureError(f"{path}: {exc}") from None


def _jpeg_is_whole(data: bytes) -> bool:
    """Walk the header segments (ITU-T T.81, annex B) to the scan; its end marker must follow.

    The walk steps over an EXIF thumbnail, which carries an end marker of its own.
    """
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _JPEG_SCAN:
            return data.rfind(_JPEG_END, position) > position
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False
