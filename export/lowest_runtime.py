"""The lowest versions of the engines that can load a file, read from the file itself.

TFLite files carry what their converter found necessary for the versions of their operators
(metadata entry `min_runtime_version`), in TensorFlow's numbering, which tflite-runtime shares.
LiteRT's first release, 1.0.1, is of TensorFlow 2.17's time. For ONNX the operator set decides:
ONNX Runtime 1.12 is the first with opset 17, 1.7 the first with opset 13 (its table "Compatibility,
ONNX version support").
"""

from __future__ import annotations

LAST_TFLITE_RUNTIME = (2, 14, 0)
"""There is no later release of tflite-runtime."""
LITERT = "1.0.1"
OPSETS = {13: "1.7.0", 14: "1.8.0", 15: "1.10.0", 16: "1.11.0", 17: "1.12.0", 18: "1.14.0"}
"""ONNX operator set to the first ONNX Runtime that implements it."""


def lowest_runtime(content: bytes, model_format: str) -> dict[str, str]:
    """Package to its lowest version that loads a model; a package that is missing does not.

    Args:
        content: the model file.
        model_format: `tflite` or `onnx`.
    """
    return _of_tflite(content) if model_format == "tflite" else _of_onnx(content)


def _of_tflite(content: bytes) -> dict[str, str]:
    from tensorflow.lite.python.schema_py_generated import Model

    model = Model.GetRootAs(content)
    for index in range(model.MetadataLength()):
        entry = model.Metadata(index)
        if entry.Name() == b"min_runtime_version":
            data = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
            version = data.split(b"\0")[0].decode()
            break
    else:
        return {"ai-edge-litert": LITERT}
    needed = tuple(int(part) for part in version.split("."))
    found = {"ai-edge-litert": LITERT}
    if needed <= LAST_TFLITE_RUNTIME:
        found["tflite-runtime"] = version
    return found


def _of_onnx(content: bytes) -> dict[str, str]:
    import onnx

    model = onnx.ModelProto.FromString(content)
    opset = max(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    return {"onnxruntime": OPSETS[opset]} if opset in OPSETS else {}
