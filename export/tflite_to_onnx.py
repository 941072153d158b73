"""From a float32 TFLite file to ONNX.

TFLite's converter has folded batch norms into convolutions and fused activations by then, so the
ONNX graph has no stray transposes or pads. (`tf2onnx` on the Keras model itself breaks with
Keras 3.)
"""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path
from typing import Any

from .flattening import with_flat_inputs
from .quiet import quiet_converter

OPSET = 17
"""Old enough for OpenCV's reader and for ONNX Runtime of 2022."""
INPUT, OUTPUT = "pixels", "probability"


def from_tflite(flatbuffer: bytes) -> bytes:
    """The ONNX file of a float32 TFLite file.

    Raises:
        ConversionError: an operator that ONNX has no equivalent of.
    """
    with tempfile.TemporaryDirectory() as folder, quiet_converter("onnx-fp32"):
        file = Path(folder) / "source.tflite"
        file.write_bytes(with_flat_inputs(flatbuffer))
        model = _converted(file)
        _rename_all(model.graph)
        content = bytes(model.SerializeToString())
    gc.collect()  # the converter's graphs refer to themselves: ten times the size of the file
    return content


def _converted(file: Path) -> Any:
    """What `tf2onnx.convert.from_tflite` does, less its going on after errors.

    To go on it copies the graph before each of a dozen optimisers; ResNet-34 took 3.3 GB so, and
    takes 1.2.
    """
    import tensorflow as tf
    from tf2onnx.optimizer import optimize_graph
    from tf2onnx.tfonnx import process_tf_graph

    with tf.Graph().as_default(), tf.device("/cpu:0"):
        graph = process_tf_graph(None, tflite_path=str(file), opset=OPSET)
        return optimize_graph(graph, catch_errors=False).make_model("converted from source")


def _rename_all(graph: Any) -> None:
    """Our names for input and output, and the rest numbered in the order of their use.

    The converter's own names and order hold counters and hashes of the process, so that the same
    model would give other bytes a second time. A name ends in no digit, because the quantiser makes
    new ones by adding digits.
    """
    names = {"": "", graph.input[0].name: INPUT, graph.output[0].name: OUTPUT}
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        for of in (node.input, node.output):
            for position, name in enumerate(of):
                of[position] = names.setdefault(name, f"t{len(names)}_")
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
