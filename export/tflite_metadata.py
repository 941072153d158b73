"""TFLite metadata: what MediaPipe's ImageClassifier and Android's libraries read in a model file.

The format is TensorFlow Lite's model metadata (file identifier M001, "Adding metadata to TensorFlow
Lite models"): a flatbuffer in one of the model's buffers, and the label and calibration files as a
ZIP archive behind the model. Its tables are written here by their field numbers, because the
package that has them, `mediapipe`, brings an OpenCV of its own that would replace this one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..runtime.calibration import Calibration
from ..runtime.contract import InputContract
from .tflite_to_onnx import INPUT, OUTPUT

ENTRY, IDENTIFIER = "TFLITE_METADATA", b"M001"
LOWEST_PARSER = "1.0.0"
"""The version of the metadata's schema that first had every field used here."""
LABELS, SCORES = "labels.txt", "score_calibration.txt"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_ALIGNMENT = 16
"""Of a buffer, in bytes: TensorFlow's schema asks for it, its generated Python code forgets it."""

# Members of the schema's enumerations and unions.
_AXIS_LABELS, _AXIS_SCORE_CALIBRATION = np.uint8(2), np.uint8(4)
_FEATURE_PROPERTIES, _IMAGE_PROPERTIES = np.uint8(1), np.uint8(2)
_NORMALIZATION, _SCORE_CALIBRATION = np.uint8(1), np.uint8(2)
_RGB, _INVERSE_LOGISTIC = np.uint8(1), np.uint8(2)

Table = Mapping[int, Any]
"""A flatbuffer table: field number to a string, a NumPy scalar, a list of float, a table or a list
of tables. A union takes two fields: its kind, its value."""


def with_tflite_metadata(
    content: bytes,
    *,
    name: str,
    description: str,
    contract: InputContract,
    labels: Sequence[str],
    calibrations: Sequence[Calibration],
) -> bytes:
    """A TFLite model that says what goes into it and what comes out.

    Args:
        content: a model without metadata, of one input and one output.
        name: of the model.
        description: of the model, for people.
        contract: of its input.
        labels: of the output's columns, in their order.
        calibrations: one a label; MediaPipe applies them.

    Returns:
        The same bytes for the same arguments.
    """
    root = {
        0: name,
        1: description,
        3: [{2: [_input_table(contract)], 3: [_output_table(calibrations)]}],
        7: LOWEST_PARSER,
    }
    files = {LABELS: labels, SCORES: [_score_line(one) for one in calibrations]}
    return _with_files(_with_buffer(content, _flatbuffer(root)), files)


def _input_table(contract: InputContract) -> Table:
    size = {0: np.uint32(contract.width), 1: np.uint32(contract.height)}
    return {
        0: INPUT,
        1: f"RGB, {contract.height} rows of {contract.width}, 0 to 255",
        3: {0: _IMAGE_PROPERTIES, 1: {0: _RGB, 1: size}},
        4: [{0: _NORMALIZATION, 1: {0: [0.0], 1: [1.0]}}],
        5: {0: [255.0], 1: [0.0]},
    }


def _output_table(calibrations: Sequence[Calibration]) -> Table:
    # One number holds for all labels; it matters for the calibrated one alone.
    lowest = max(calibration(0.0) for calibration in calibrations)
    return {
        0: OUTPUT,
        1: "Probability of each label, not calibrated",
        3: {0: _FEATURE_PROPERTIES, 1: {}},
        4: [{0: _SCORE_CALIBRATION, 1: {0: _INVERSE_LOGISTIC, 1: np.float32(lowest)}}],
        5: {0: [1.0], 1: [0.0]},
        6: [
            {0: LABELS, 1: "a label a line", 2: _AXIS_LABELS},
            {
                0: SCORES,
                1: "scale, slope, offset and lowest score, a label a line",
                2: _AXIS_SCORE_CALIBRATION,
            },
        ],
    }


def _score_line(calibration: Calibration) -> str:
    """1 / (1 + exp(-(slope * logit(score) + offset))) above the lowest score."""
    numbers = (1.0, calibration.slope, calibration.offset, calibration.clip)
    return ",".join(map(repr, numbers))


def _flatbuffer(root: Table) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder()
    builder.Finish(_write_table(builder, root), IDENTIFIER)
    return bytes(builder.Output())


def _write_table(builder: Any, table: Table) -> int:
    """Where the table begins. What it refers to must be written before it."""
    written = {
        slot: field if isinstance(field, np.generic) else _write_referred(builder, field)
        for slot, field in table.items()
    }
    builder.StartObject(max(table, default=-1) + 1)
    for slot, field in written.items():
        if isinstance(field, np.uint8):
            builder.PrependUint8Slot(slot, int(field), 0)
        elif isinstance(field, np.uint32):
            builder.PrependUint32Slot(slot, int(field), 0)
        elif isinstance(field, np.float32):
            builder.PrependFloat32Slot(slot, float(field), 0.0)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, field, 0)
    return int(builder.EndObject())


def _write_referred(builder: Any, field: Any) -> int:
    if isinstance(field, str):
        return int(builder.CreateString(field))
    if isinstance(field, Mapping):
        return _write_table(builder, field)
    if isinstance(field[0], float):
        return int(builder.CreateNumpyVector(np.array(field, np.float32)))
    tables = [_write_table(builder, table) for table in field]
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return int(builder.EndVector())


def _with_buffer(content: bytes, metadata: bytes) -> bytes:
    """The model with one more buffer, which its table of metadata names, and a signature."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
        """A buffer whose data begin at a multiple of `_ALIGNMENT`."""

        def Pack(self, builder: Any) -> int:
            data = self.data
            if data is None or not len(data):
                return int(schema.BufferT.Pack(self, builder))
            builder.StartVector(1, len(data), _ALIGNMENT)
            builder.head -= len(data)
            builder.Bytes[builder.head : builder.head + len(data)] = bytes(data)
            vector = builder.EndVector()
            schema.BufferStart(builder)
            schema.BufferAddData(builder, vector)
            return int(schema.BufferEnd(builder))

    model = schema.ModelT.InitFromPackedBuf(content)
    added = schema.BufferT()
    added.data = np.frombuffer(metadata, np.uint8)
    entry = schema.MetadataT()
    entry.name, entry.buffer = ENTRY, len(model.buffers)
    model.buffers.append(added)
    model.metadata = [*(model.metadata or []), entry]
    model.signatureDefs = [_signature(schema, model.subgraphs[0])]
    for buffer in model.buffers:
        buffer.__class__ = AlignedBuffer
    builder = flatbuffers.Builder(len(content) + len(metadata) + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _signature(schema: Any, graph: Any) -> Any:
    """By which input and output are called by name, as TensorFlow's serving does."""

    def mapped(name: str, tensor: int) -> Any:
        one = schema.TensorMapT()
        one.name, one.tensorIndex = name, tensor
        return one

    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serving_default", 0
    signature.inputs = [mapped(INPUT, graph.inputs[0])]
    signature.outputs = [mapped(OUTPUT, graph.outputs[0])]
    return signature


def _with_files(content: bytes, files: Mapping[str, Sequence[str]]) -> bytes:
    """The model with text files in an uncompressed archive behind it."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_STORED) as archive:
        for name, lines in files.items():
            member = zipfile.ZipInfo(name, _ZIP_EPOCH)
            # No line end after the last: MediaPipe would count one line more.
            archive.writestr(member, "\n".join(lines))
    return stream.getvalue()
