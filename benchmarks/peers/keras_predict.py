"""The workstation's way: `keras.utils.load_img` and `model.predict`, picture by picture."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Load a .keras file that takes RGB pixels."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    network = keras.models.load_model(model, compile=False)
    size_hw = network.input_shape[1:3]

    def decide(picture: str) -> float:
        image = keras.utils.load_img(picture, target_size=size_hw)
        pixels = keras.utils.img_to_array(image, dtype="uint8")
        return float(network.predict(pixels[np.newaxis], verbose=0)[0, 0])

    return decide
