"""Dense layers that are given more than two axes, brought to a form that tf2onnx converts whole.

TFLite's FULLY_CONNECTED flattens its input by itself (unless `keep_num_dims` is set), so its
converter leaves out a Keras `Flatten` of a map of one pixel. tf2onnx 1.17 puts the reshaping back,
and loses the layer's bias over it, without a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def with_flat_inputs(content: bytes) -> bytes:
    """The same TFLite model, with a RESHAPE before every such layer.

    Args:
        content: a float32 model of one subgraph.

    Returns:
        the very same bytes where there is no such layer.
    """
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content)
    (graph,) = model.subgraphs
    dense = [operator for operator in graph.operators if _flattens(schema, model, operator)]
    if not dense:
        return content
    reshape = schema.OperatorCodeT(
        deprecatedBuiltinCode=schema.BuiltinOperator.RESHAPE,
        builtinCode=schema.BuiltinOperator.RESHAPE,
    )
    model.operatorCodes.append(reshape)
    for operator in dense:
        graph.operators.insert(graph.operators.index(operator), _reshape(schema, model, operator))
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _flattens(schema: Any, model: Any, operator: Any) -> bool:
    code = model.operatorCodes[operator.opcodeIndex]
    kind = max(code.builtinCode, code.deprecatedBuiltinCode)  # the older field ends at 127
    if kind != schema.BuiltinOperator.FULLY_CONNECTED or operator.builtinOptions.keepNumDims:
        return False
    return len(model.subgraphs[0].tensors[operator.inputs[0]].shape) != 2


def _reshape(schema: Any, model: Any, dense: Any) -> Any:
    """An operator between the layer and what was its input, with the last operator code."""
    tensors = model.subgraphs[0].tensors
    units, inputs = tensors[dense.inputs[1]].shape  # of the kernel
    count = int(np.prod(tensors[dense.outputs[0]].shape)) // units
    shape = np.array([count, inputs], np.int32)
    told = _new_tensor(schema, model, "INT32", np.array([2], np.int32), shape)
    flat = _new_tensor(schema, model, "FLOAT32", shape)
    operator = schema.OperatorT(
        opcodeIndex=len(model.operatorCodes) - 1,
        inputs=np.array([dense.inputs[0], told], np.int32),
        outputs=np.array([flat], np.int32),
    )
    dense.inputs = np.array([flat, *dense.inputs[1:]], np.int32)
    return operator


def _new_tensor(
    schema: Any, model: Any, kind: str, shape: npt.NDArray[np.int32], data: Any = None
) -> int:
    """Where it stands in the graph; without data it is computed, which buffer 0 stands for."""
    tensors = model.subgraphs[0].tensors
    if data is not None:
        model.buffers.append(schema.BufferT(data=data.view(np.uint8)))
    tensors.append(
        schema.TensorT(
            shape=shape,
            type=getattr(schema.TensorType, kind),
            buffer=0 if data is None else len(model.buffers) - 1,
            name=f"flat_{len(tensors)}".encode(),
        )
    )
    return len(tensors) - 1
