"""Importing Keras without TensorFlow's start-up chatter."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any


def import_keras() -> Any:
    """The `keras` module on its TensorFlow backend; the first call takes seconds.

    What the environment already sets is left alone.
    """
    if "tensorflow" in sys.modules:
        import keras

        return keras
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _native_stderr_held_back():
        import keras
        import tensorflow

        tensorflow.config.list_physical_devices()  # the first look for a GPU prints its own lines
    return keras


@contextlib.contextmanager
def _native_stderr_held_back() -> Iterator[None]:
    """Keep what C++ writes to file descriptor 2; show it only if the block fails.

    TensorFlow logs to it before it has read TF_CPP_MIN_LOG_LEVEL.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(kept, log.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
