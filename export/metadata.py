"""What an exported file says about itself, for tools that know nothing of bundles."""

from __future__ import annotations

import json

from ..runtime.calibration import Calibration
from ..train.run_folder import Run
from .tflite_metadata import with_tflite_metadata


def with_metadata(
    content: bytes, model_format: str, run: Run, name: str, calibration: Calibration
) -> bytes:
    """The same model with its labels, input contract and calibration written into the file.

    ONNX files get `metadata_props`, which ONNX Runtime gives as `custom_metadata_map`; TFLite files
    get TFLite metadata, which MediaPipe and Android's libraries read.

    Args:
        content: the model file.
        model_format: `tflite` or `onnx`.
        run: what the model comes from.
        name: of the bundle.
        calibration: of this variant.
    """
    if model_format == "tflite":
        return _tflite(content, run, name, calibration)
    return _onnx(content, run, name, calibration)


def _tflite(content: bytes, run: Run, name: str, calibration: Calibration) -> bytes:
    columns = [run.positive] if len(run.labels) == 2 else run.labels  # two labels, one sigmoid
    return with_tflite_metadata(
        content,
        name=name,
        description=f"Whether a picture shows: {run.positive}",
        contract=run.contract,
        labels=columns,
        calibrations=[calibration if one == run.positive else Calibration() for one in columns],
    )


def _onnx(content: bytes, run: Run, name: str, calibration: Calibration) -> bytes:
    import onnx

    model = onnx.ModelProto.FromString(content)
    slope, offset, clip = calibration.slope, calibration.offset, calibration.clip
    properties = {
        "name": name,
        "labels": json.dumps(run.labels),
        "positive": run.positive,
        "input": json.dumps(run.contract.as_json()),
        "normalisation": "inside the model; give pixels of 0 to 255",
        "calibration": json.dumps({"slope": slope, "offset": offset, "clip": clip}),
        "source_sha256": run.info["model"]["sha256"],
    }
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, properties)
    return bytes(model.SerializeToString(deterministic=True))
