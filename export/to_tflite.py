"""From a Keras model to TFLite flatbuffers, by TensorFlow's converter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .convertible import Convertible, converted, tflite_converter
from .quiet import ConversionError, quiet_converter


def float32(source: Convertible) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8."""
    return source.flatbuffer


def float16(source: Convertible) -> bytes:
    """Weights kept as float16, arithmetic in float32."""
    import tensorflow as tf

    converter = tflite_converter(source.of_bytes)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converted(converter, "tflite-fp16")


def dynamic(source: Convertible) -> bytes:
    """Weights kept as int8, activations quantised as they come."""
    import tensorflow as tf

    converter = tflite_converter(source.equalized.of_bytes)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converted(converter, "tflite-dynamic")


def int8(source: Convertible) -> bytes:
    """Integers throughout, per channel; the pixel is its own quantised value.

    Raises:
        ConversionError: the converter gave up, there are no calibration pictures, or the pixel
            would not be its quantised value.
    """
    import tensorflow as tf

    pictures = _spanning(source.calibration)

    def representative() -> Iterator[list[npt.NDArray[np.float32]]]:
        for picture in pictures:
            yield [picture[np.newaxis].astype(np.float32)]

    converter = tflite_converter(source.equalized.of_floats)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8
    content = converted(converter, "tflite-int8")
    _check_pixels_pass_through(content)
    return content


def _spanning(calibration: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The pictures, with one pixel of the first set to 0 and one to 255.

    The input's range is then exactly 0..255 whatever the pictures hold, so scale 1, offset 0.
    """
    if calibration.ndim != 4 or not len(calibration):
        raise ConversionError("tflite-int8 needs calibration pictures of the training split")
    pictures = calibration.copy()
    pictures[0, 0, 0], pictures[0, 0, 1] = 0, 255
    return pictures


def _check_pixels_pass_through(content: bytes) -> None:
    from ai_edge_litert.interpreter import Interpreter

    with quiet_converter("reading the int8 model"):
        details = Interpreter(model_content=content).get_input_details()[0]
    scale, zero_point = details["quantization"]
    if abs(scale - 1) > 1e-6 or zero_point != 0:
        raise ConversionError(
            f"the int8 model's input has scale {scale} and zero point {zero_point};"
            " 1 and 0 were expected, so that a pixel is its own quantised value"
        )
