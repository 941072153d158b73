"""A TFLite file tells MediaPipe and Android what it takes and gives."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python import schema_py_generated as schema

from trucksight.export.convertible import Convertible
from trucksight.export.tflite_metadata import LABELS, SCORES, with_tflite_metadata
from trucksight.runtime.backends import open_backend
from trucksight.runtime.bundle import load_bundle
from trucksight.runtime.calibration import Calibration
from trucksight.runtime.contract import InputContract, model_input
from trucksight.train.run_folder import load_run

ONE = Calibration(1.3, -0.2, 1e-7)


@pytest.fixture(scope="module")
def plain(run_path: Path) -> bytes:
    none = np.empty((0, 32, 32, 3), np.uint8)
    return Convertible(load_run(run_path).model(), none).flatbuffer


def described(plain: bytes, *labels: str) -> bytes:
    labels = labels or ("truck",)
    return with_tflite_metadata(
        plain,
        name="trucks",
        description="Whether a picture shows: truck",
        contract=InputContract(32, 32),
        labels=labels,
        calibrations=[ONE] * len(labels),
    )


def test_the_same_model_gives_the_same_bytes(plain: bytes) -> None:
    assert described(plain) == described(plain)


def test_labels_and_calibration_lie_in_an_uncompressed_archive_behind_the_model(
    plain: bytes,
) -> None:
    with zipfile.ZipFile(io.BytesIO(described(plain, "van", "truck"))) as archive:
        assert archive.read(LABELS) == b"van\ntruck"
        assert archive.read(SCORES) == b"1.0,1.3,-0.2,1e-07\n1.0,1.3,-0.2,1e-07"
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_weights_stay_where_processors_want_them(plain: bytes) -> None:
    content = described(plain)
    start = np.frombuffer(content, np.uint8).ctypes.data
    model = schema.Model.GetRootAs(content)
    found = [model.Buffers(i).DataAsNumpy() for i in range(model.BuffersLength())]
    held = [one for one in found if isinstance(one, np.ndarray)]
    assert held
    assert all((one.ctypes.data - start) % 16 == 0 for one in held)


def test_input_and_output_can_be_called_by_name(plain: bytes) -> None:
    runner = Interpreter(model_content=described(plain)).get_signature_runner("serving_default")
    pixels = np.zeros((1, 32, 32, 3), np.uint8)
    backend = open_backend("litert", plain)
    assert runner(pixels=pixels)["probability"].ravel() == backend.run(pixels)
    backend.close()


CLASSIFY = """
import json, sys
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

model, pictures = sys.argv[1:]
options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=model))
with vision.ImageClassifier.create_from_options(options) as classifier:
    for pixels in np.load(pictures):
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels)
        (head,) = classifier.classify(image).classifications
        print(json.dumps([[one.category_name, one.score] for one in head.categories]))
"""


@pytest.mark.parametrize("variant", ["tflite-int8", "tflite-fp32"])
def test_mediapipe_gives_the_probability_that_the_runtime_gives(
    variant: str,
    bundle: Path,
    tmp_path: Path,
    painted: Callable[..., Any],
    peer_python: Callable[[str], Path],
) -> None:
    python = peer_python("mediapipe")
    loaded = load_bundle(bundle)
    entry = loaded.variant(variant)
    roads = [painted(truck, seed) for seed in range(4) for truck in (True, False)]
    pixels = np.concatenate([model_input(road, loaded.contract) for road in roads])
    pixels[-2], pixels[-1] = 0, 255
    np.save(tmp_path / "pixels.npy", pixels)
    command = [python, "-c", CLASSIFY, bundle / entry.file, tmp_path / "pixels.npy"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stderr
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert {label for answer in answers for label, _ in answer} == {"truck"}
    theirs = np.array([score for ((_, score),) in answers])
    backend = open_backend("litert", loaded.model_bytes(entry))
    raw = np.array([backend.run(one[np.newaxis])[0] for one in pixels])
    backend.close()
    below_one = raw < 1 - entry.calibration.clip  # MediaPipe does not clip the upper end
    assert below_one.sum() >= 6
    ours = entry.calibration.array(raw)[below_one]
    assert theirs[below_one] == pytest.approx(ours, abs=1e-5)
    assert np.ptp(ours) > 0.2
