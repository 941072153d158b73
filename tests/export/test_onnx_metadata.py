"""An ONNX file tells those who know nothing of bundles what it takes and gives."""

from __future__ import annotations

import json
from pathlib import Path

import onnxruntime


def test_onnx_runtime_reads_labels_contract_and_calibration(bundle: Path) -> None:
    index = json.loads((bundle / "bundle.json").read_text())
    entry = index["variants"]["onnx-fp32"]
    session = onnxruntime.InferenceSession(bundle / entry["file"])
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["labels"]) == index["labels"]
    assert json.loads(told["input"]) == index["input"]
    assert json.loads(told["calibration"]) == entry["calibration"]
    assert told["positive"] == "truck"
    assert "inside the model" in told["normalisation"]
    assert told["source_sha256"] == index["source"]["model_sha256"]
