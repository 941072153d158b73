"""From a float32 ONNX model to the ONNX variants."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .convertible import Convertible
from .quiet import quiet_converter
from .tflite_to_onnx import INPUT


def float32(source: Convertible) -> bytes:
    """Weights and arithmetic in float32; pixels in as uint8."""
    return source.onnx


def float16(source: Convertible) -> bytes:
    """Weights in float16; pixels in as uint8, probability out as float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    graph = _graph(source)
    with quiet_converter("onnx-fp16"):
        return bytes(convert_float_to_float16(graph, keep_io_types=True).SerializeToString())


def int8(source: Convertible) -> bytes:
    """Static quantisation with quantise/dequantise pairs: uint8 activations, int8 weights.

    Weights that are summed over many channels get 7 of their 8 bits: on x86 without VNNI such sums
    saturate at 16 bits. Depthwise convolutions sum too few products for that and need all 8. The
    last layer stays in float, so that probabilities near 0 and 1 are not rounded to them.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    graph = _graph(source.equalized)
    with tempfile.TemporaryDirectory() as folder, quiet_converter("onnx-int8"):
        original, prepared, quantised = (Path(folder) / f"{name}.onnx" for name in "opq")
        onnx.save(graph, original)
        quant_pre_process(original, prepared)
        nodes = list(onnx.load(prepared).graph.node)
        quantize_static(
            prepared,
            quantised,
            _reader(source.calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            reduce_range=True,
            nodes_to_exclude=_last_layer(nodes),
            extra_options={"TensorQuantOverrides": _all_bits(_depthwise_weights(nodes))},
        )
        return quantised.read_bytes()


def _last_layer(nodes: list[Any]) -> list[str]:
    """Names of the last nodes, from the last matrix product on."""
    products = ("Conv", "Gemm", "MatMul")
    last = max((i for i, node in enumerate(nodes) if node.op_type in products), default=len(nodes))
    return [node.name for node in nodes[last:]]


def _depthwise_weights(nodes: list[Any]) -> list[str]:
    import onnx

    return [
        node.input[1]
        for node in nodes
        if node.op_type == "Conv"
        and any(
            one.name == "group" and onnx.helper.get_attribute_value(one) > 1
            for one in node.attribute
        )
    ]


def _all_bits(weights: list[str]) -> dict[str, list[dict[str, Any]]]:
    from onnxruntime.quantization import QuantType

    bits = {"quant_type": QuantType.QInt8, "axis": 0, "reduce_range": False}
    return {weight: [bits] for weight in weights}


def _graph(source: Convertible) -> Any:
    """A float32 ONNX model of its own, to be changed at will."""
    import onnx

    return onnx.ModelProto.FromString(source.onnx)


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
