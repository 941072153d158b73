"""A Keras model in the forms from which the variants are made, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..train.run_folder import Model
from .equalization import equalize
from .quiet import quiet_converter
from .tflite_to_onnx import INPUT, from_tflite


@dataclass(frozen=True)
class Convertible:
    """What a recipe starts from."""

    model: Model
    """uint8 RGB pixels in, probabilities out."""
    calibration: npt.NDArray[np.uint8]
    """(n, height, width, 3) RGB pictures, 0..255, of the training split; for integers."""

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
        """The model as a function of one uint8 picture."""
        with quiet_converter("tracing the model"):
            return _traced(self.model, "uint8")

    @cached_property
    def of_floats(self) -> Any:
        """The model as a function of one float32 picture, 0 to 255.

        A full-integer graph must start from floats, which the converter then quantises with
        scale 1; the trained model itself starts from uint8 and casts whatever it is given to that.
        """
        with quiet_converter("tracing the model"):
            return _traced(self._twin, "float32")

    @cached_property
    def _twin(self) -> Any:
        """The model with float32 pixels; a traced function does not keep its weights alive."""
        return _copied(self.model, "float32")

    @cached_property
    def equalized(self) -> Convertible:
        """The same function with weights that lose less when they are rounded to integers.

        Itself where there is nothing to gain, or nothing to see of it: no pictures.
        """
        if not len(self.calibration):
            return self
        twin = _copied(self.model, "uint8")
        return Convertible(twin, self.calibration) if equalize(twin, self.calibration) else self


def _copied(model: Model, dtype: str) -> Any:
    """The model, with weights of its own and pixels of a type."""
    import keras

    pixels = keras.Input(model.input_shape[1:], dtype=dtype)
    twin = keras.models.clone_model(model, input_tensors=pixels)
    twin.set_weights(model.get_weights())  # type: ignore[attr-defined]
    _take_up_statistics(twin)
    return twin


def tflite_converter(traced: Any) -> Any:
    """TensorFlow's converter of a function, with nothing set."""
    import tensorflow as tf

    with quiet_converter("reading the traced model"):  # it warns that no variables are tracked
        return tf.lite.TFLiteConverter.from_concrete_functions([traced])


def converted(converter: Any, what: str) -> bytes:
    """The file that a converter makes of what was set on it."""
    with quiet_converter(what):
        return bytes(converter.convert())


def _traced(model: Model, dtype: str) -> Any:
    """The model as a function of one picture.

    The converter freezes its weights by itself, at each conversion; given a Keras model it would
    write, read and freeze that each time, which takes four times as long.
    """
    import tensorflow as tf

    function = tf.function(lambda pixels: model(pixels, training=False))
    return function.get_concrete_function(
        tf.TensorSpec((1, *model.input_shape[1:]), dtype, name=INPUT)
    )


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
