"""Keeping OpenCV and FFmpeg from writing on the user's stderr: our errors say what went wrong."""

from __future__ import annotations

import os

import cv2

_SILENT = 0


def silence() -> None:
    """Stop their messages, unless the user set a level for them; to be called before use.

    FFmpeg's level is read from the environment when the first video is opened.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        # OpenCV 4 has the function at its top, OpenCV 5 in a module of its own.
        set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
        set_level(_SILENT)
