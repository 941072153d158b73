"""From a Keras model to ONNX.

The way goes through the float32 TFLite file: its converter folds batch norms into convolutions
and fuses activations, so the ONNX graph has no stray transposes or pads. (`tf2onnx` on the Keras
model itself breaks with Keras 3.)
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .quiet import quiet_converter
from .to_tflite import Convertible

OPSET = 17
"""Old enough for OpenCV's reader and for ONNX Runtime of 2022."""
INPUT, OUTPUT = "pixels", "probability"


def float32(source: Convertible) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8."""
    return bytes(_graph(source).SerializeToString())


def float16(source: Convertible) -> bytes:
    """Weights in float16; pixels in as uint8, probability out as float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    graph = _graph(source)
    with quiet_converter("onnx-fp16"):
        return bytes(convert_float_to_float16(graph, keep_io_types=True).SerializeToString())


def int8(source: Convertible) -> bytes:
    """Static quantisation with quantise/dequantise pairs: uint8 activations, int8 weights."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    graph = _graph(source)
    with tempfile.TemporaryDirectory() as folder, quiet_converter("onnx-int8"):
        original, prepared, quantised = (Path(folder) / f"{name}.onnx" for name in "opq")
        onnx.save(graph, original)
        quant_pre_process(original, prepared)
        quantize_static(
            prepared,
            quantised,
            _reader(source.calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return quantised.read_bytes()


def _graph(source: Convertible) -> Any:
    """The float32 ONNX model with our names for its one input and one output."""
    import tf2onnx

    with tempfile.TemporaryDirectory() as folder, quiet_converter("onnx-fp32"):
        file = Path(folder) / "source.tflite"
        file.write_bytes(source.flatbuffer)
        graph, _ = tf2onnx.convert.from_tflite(str(file), opset=OPSET)
        _rename_all(graph.graph)
    return graph


def _rename_all(graph: Any) -> None:
    """Our names for input and output, and the rest numbered in the order of their use.

    The converter's own names and order hold counters and hashes of the process, so that the same
    model would give other bytes a second time.
    """
    names = {"": "", graph.input[0].name: INPUT, graph.output[0].name: OUTPUT}
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        for of in (node.input, node.output):
            for position, name in enumerate(of):
                of[position] = names.setdefault(name, f"t{len(names)}")
    order = list(names)
    weights = sorted(
        (weight for weight in graph.initializer if weight.name in names),
        key=lambda weight: order.index(weight.name),
    )
    del graph.initializer[:]
    graph.initializer.extend(weights)
    del graph.value_info[:]
    for value in (*graph.initializer, *graph.input, *graph.output):
        value.name = names[value.name]
    graph.name = "trucksight"


def _reader(calibration: npt.NDArray[np.uint8]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Pictures(CalibrationDataReader):  # type: ignore[misc]
        """One picture a step, as the calibrator asks for them."""

        def __init__(self) -> None:
            self._left: Iterator[npt.NDArray[np.uint8]] = iter(calibration)

        def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
            picture = next(self._left, None)
            return None if picture is None else {INPUT: picture[np.newaxis]}

    return Pictures()
