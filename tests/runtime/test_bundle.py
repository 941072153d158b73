"""A bundle is refused by name unless it is whole, understood, and what was measured."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime import Detector, Reason, Verdict, load_bundle
from trucksight.runtime.bundle import Calibration
from trucksight.runtime.errors import BundleError, UnknownBackend, UnknownVariant

Change = Callable[[dict[str, Any]], None]


def edit(bundle: Path, change: Change) -> None:
    file = bundle / "bundle.json"
    index = json.loads(file.read_text())
    change(index)
    file.write_text(json.dumps(index))


def variant(index: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = index["variants"]["fake"]
    return entry


def test_a_folder_and_its_zip_are_the_same_bundle(fake_bundle: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in fake_bundle.rglob("*.*"):
            file.write(path, path.relative_to(fake_bundle).as_posix())
    folder, zipped = load_bundle(fake_bundle), load_bundle(archive)
    assert folder.sha256 == zipped.sha256
    one = folder.variant("fake")
    assert folder.model_bytes(one) == zipped.model_bytes(one)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda index: index.update(schema="other"), "does not describe a trucksight bundle"),
        (lambda index: index.update(schema_version=2), "schema version 2"),
        (lambda index: index.pop("labels"), "damaged"),
        (lambda index: index.update(labels=["truck"]), "do not fit"),
        (lambda index: index.update(labels=["truck", "truck"]), "do not fit"),
        (lambda index: index.update(positive="lorry"), "do not fit"),
        (lambda index: index.update(variants={}), "holds no variant"),
        (lambda index: index.update(input={}), "uint8"),
        (lambda index: variant(index).pop("sha256"), "damaged"),
        (lambda index: variant(index).update(threshold=1.5), "threshold"),
        (lambda index: variant(index).update(threshold="high"), "damaged"),
        (lambda index: variant(index).update(size_bytes=3), "has 38 bytes, not 3"),
        (lambda index: variant(index).update(file="variants/other.txt"), "is missing"),
        (lambda index: variant(index).update(file="../bundle.json"), "outside the bundle"),
        (lambda index: variant(index).update(file="/etc/hostname"), "outside the bundle"),
        (lambda index: variant(index).update(file="..\\bundle.json"), "outside the bundle"),
    ],
)
def test_an_index_that_cannot_be_meant_is_refused(
    change: Change, match: str, fake_bundle: Path
) -> None:
    edit(fake_bundle, change)
    with pytest.raises(BundleError, match=match):
        load_bundle(fake_bundle)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"'])
def test_an_index_that_is_no_object_is_refused(content: str, fake_bundle: Path) -> None:
    (fake_bundle / "bundle.json").write_text(content)
    with pytest.raises(BundleError):
        load_bundle(fake_bundle)


def test_a_missing_bundle_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="trucksight export"):
        load_bundle(tmp_path / "nowhere")


def test_a_folder_without_an_index_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json is missing"):
        load_bundle(tmp_path)


def test_a_file_that_is_no_zip_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_text("text")
    with pytest.raises(BundleError, match="neither a bundle folder nor its zip"):
        load_bundle(tmp_path / "bundle.zip")


def test_a_bundle_with_its_model_missing_is_refused(fake_bundle: Path) -> None:
    (fake_bundle / "variants/fake.txt").unlink()
    with pytest.raises(BundleError, match=r"variants/fake\.txt is missing"):
        load_bundle(fake_bundle)


def test_every_flipped_byte_is_found_before_an_engine_sees_it(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(model: bytes, threads: int) -> None:
        raise AssertionError("an engine was handed a file that was not measured")

    monkeypatch.setattr("trucksight.runtime.backends.fake.open_model", parse)
    file = fake_bundle / "variants/fake.txt"
    whole = file.read_bytes()
    for position in range(len(whole)):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(BundleError, match="not the file that was measured"):
            Detector(fake_bundle)


def test_an_unknown_variant_tells_those_it_has(fake_bundle: Path) -> None:
    with pytest.raises(UnknownVariant, match="no variant 'tflite-int8'; it has: fake"):
        Detector(fake_bundle, variant="tflite-int8")


def test_an_unknown_backend_tells_those_it_knows(fake_bundle: Path) -> None:
    with pytest.raises(UnknownBackend, match="known: litert"):
        Detector(fake_bundle, backend="tensorrt")


def test_a_backend_that_does_not_read_the_variant_says_so(fake_bundle: Path) -> None:
    with pytest.raises(BundleError, match="opencv reads onnx"):
        Detector(fake_bundle, backend="opencv")


def test_calibration_moves_the_probability_and_keeps_the_order() -> None:
    scores = [0.0, 0.1, 0.5, 0.9, 1.0]
    assert [Calibration()(score) for score in scores] == scores
    calibrated = [Calibration(2.0, 1.0)(score) for score in scores]
    assert calibrated == sorted(calibrated)
    assert calibrated[2] == pytest.approx(1 / (1 + np.exp(-1)))
    assert all(0 <= one <= 1 for one in calibrated)


def test_the_decision_follows_the_calibrated_threshold(fake_bundle: Path) -> None:
    picture = np.full((64, 64, 3), (0, 0, 140), np.uint8)
    with Detector(fake_bundle) as detector:
        assert detector.decide(picture).verdict is Verdict.TRUCK
    edit(fake_bundle, lambda index: variant(index)["calibration"].update(offset=-1.0))
    with Detector(fake_bundle) as detector:
        decision = detector.decide(picture)
    assert decision.verdict is Verdict.NO_TRUCK
    assert decision.label == "no_truck"
    assert decision.probability == pytest.approx(1 / (1 + np.exp(1 - np.log(140 / 115))), abs=1e-4)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((64, 64, 3), np.uint8), Reason.BLACK),
        (np.full((64, 64, 3), 16, np.uint8), Reason.BLACK),
        (np.full((64, 64), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.full((64, 64, 4), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.full((64, 64, 3), 200, np.uint16), Reason.WRONG_SHAPE),
        (np.full((4, 64, 3), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.zeros((0, 64, 3), np.uint8), Reason.WRONG_SHAPE),
    ],
    ids=["black", "video black", "grey", "alpha", "16 bit", "a strip", "empty"],
)
def test_what_cannot_be_judged_is_unknown_with_a_reason(
    picture: np.ndarray[Any, Any], reason: Reason, fake_bundle: Path
) -> None:
    with Detector(fake_bundle) as detector:
        decision = detector.decide(picture)
    assert (decision.verdict, decision.reason) == (Verdict.UNKNOWN, reason)
    assert np.isnan(decision.probability)
    assert decision.label is None
    assert decision.detail
