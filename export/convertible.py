"""A Keras model in the forms from which the variants are made, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..train.run_folder import Model
from .quiet import quiet_converter
from .tflite_to_onnx import INPUT, from_tflite


@dataclass(frozen=True)
class Convertible:
    """What a recipe starts from."""

    model: Model
    """uint8 RGB pixels in, probabilities out."""
    calibration: npt.NDArray[np.uint8]
    """(n, height, width, 3) RGB pictures, 0..255, of the training split; for integer ranges."""

    @cached_property
    def flatbuffer(self) -> bytes:
        """The float32 TFLite file."""
        return converted(tflite_converter(self.of_bytes), "tflite-fp32")

    @cached_property
    def onnx(self) -> bytes:
        """The float32 ONNX file."""
        return from_tflite(self.flatbuffer)

    @cached_property
    def of_bytes(self) -> Any:
        """The model as a frozen function of one uint8 picture."""
        return _frozen(self.model, "uint8")

    @cached_property
    def of_floats(self) -> Any:
        """The model as a frozen function of one float32 picture, 0 to 255.

        A full-integer graph must start from floats, which the converter then quantises with
        scale 1; the trained model itself starts from uint8 and casts.
        """
        return _frozen(self.model, "float32")


def tflite_converter(frozen: Any) -> Any:
    """TensorFlow's converter of a frozen function, with nothing set."""
    import tensorflow as tf

    with quiet_converter("reading the frozen model"):  # it warns that no variables are tracked
        return tf.lite.TFLiteConverter.from_concrete_functions([frozen])


def converted(converter: Any, what: str) -> bytes:
    """The file that a converter makes of what was set on it."""
    with quiet_converter(what):
        return bytes(converter.convert())


def _frozen(model: Model, dtype: str) -> Any:
    """The model as a function of one picture, its weights as constants.

    Frozen once and converted four times, it takes a quarter of the time that the converter needs
    to write, read and freeze the Keras model for each.
    """
    import keras
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    with quiet_converter("freezing the model"):
        pixels = keras.Input(model.input_shape[1:], batch_size=1, dtype=dtype, name=INPUT)
        twin = keras.models.clone_model(model, input_tensors=pixels)
        twin.set_weights(model.get_weights())  # type: ignore[attr-defined]
        _take_up_statistics(twin)
        function = tf.function(lambda pixels: twin(pixels, training=False))
        traced = function.get_concrete_function(tf.TensorSpec(pixels.shape, dtype, name=INPUT))
        return convert_variables_to_constants_v2(traced)


def _take_up_statistics(model: Any) -> None:
    """Have every `Normalization` compute with the weights that it was given.

    It computes with copies, which it makes when it adapts or is read from a file alone.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _take_up_statistics(layer)
        elif isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
