"""Keeping OpenCV and FFmpeg from writing on the user's stderr: our errors say what went wrong."""

from __future__ import annotations

import os

import cv2


def silence() -> None:
    """Stop their messages, unless the user set a level for them; to be called before use.

    FFmpeg's level is read from the environment when the first video is opened.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        logging = cv2.utils.logging
        logging.setLogLevel(logging.LOG_LEVEL_SILENT)
