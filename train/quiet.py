"""Importing Keras without TensorFlow's start-up chatter."""

from __future__ import annotations

import os
from typing import Any


def import_keras() -> Any:
    """The `keras` module on its TensorFlow backend; the first call takes seconds.

    What the environment already sets is left alone.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    import keras

    return keras
