"""Importing Keras without TensorFlow's start-up chatter."""

from __future__ import annotations

import os
import sys
from typing import Any

from ..runtime.native_output import STDERR, diverted


def import_keras() -> Any:
    """The `keras` module on its TensorFlow backend; the first call takes seconds.

    What the environment already sets is left alone.
    """
    if "tensorflow" in sys.modules:
        import keras

        return keras
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with diverted([STDERR]):  # it logs before it has read TF_CPP_MIN_LOG_LEVEL
        import keras
        import tensorflow

        tensorflow.config.list_physical_devices()  # the first look for a GPU prints its own lines
    tensorflow.get_logger().setLevel("ERROR")  # it warns of every retracing
    return keras
