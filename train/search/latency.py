"""How long a model takes on this machine, as the TFLite float32 file that it would become."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
import warnings
from typing import Any

import numpy as np

from ...runtime.detector import default_threads
from ...runtime.native_output import STDERR, STDOUT, diverted

WARM_UP, TIMED = 5, 30
"""Pictures; the first ones fill caches and are not counted."""


def tflite_latency_ms(model: Any) -> float:
    """Median time of one picture through LiteRT with as many threads as a detector takes.

    Weights do not change it, so the model need not be trained.

    Args:
        model: Keras, (n, height, width, 3) uint8 in.
    """
    from ...runtime.backends.litert import open_model

    backend = open_model(_tflite(model), default_threads())
    shape = (1, *model.input_shape[1:])
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    taken = []
    try:
        for _ in range(WARM_UP + TIMED):
            began = time.perf_counter_ns()
            backend.run(pixels)
            taken.append(time.perf_counter_ns() - began)
    finally:
        backend.close()
    return statistics.median(taken[WARM_UP:]) / 1e6


def _tflite(model: Any) -> bytes:
    """The float32 TFLite file for one picture at a time, by the converter's own settings."""
    import tensorflow as tf

    with (
        diverted((STDOUT, STDERR)),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        function = tf.function(lambda pixels: model(pixels, training=False))
        traced = function.get_concrete_function(
            tf.TensorSpec((1, *model.input_shape[1:]), tf.uint8)
        )
        return bytes(tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert())
