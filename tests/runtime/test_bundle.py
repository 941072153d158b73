"""A bundle is refused by name unless it is whole, understood, and what was measured."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime import Detector, load_bundle
from trucksight.runtime.backends.fake import MODEL
from trucksight.runtime.bundle import Calibration
from trucksight.runtime.errors import BundleError, UnknownVariant

Change = Callable[[dict[str, Any]], None]


def edit(bundle: Path, change: Change) -> None:
    file = bundle / "bundle.json"
    index = json.loads(file.read_text())
    change(index)
    file.write_text(json.dumps(index))


def variant(index: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = index["variants"]["fake"]
    return entry


def zipped_copy(bundle: Path) -> Path:
    """The bundle as a zip beside it."""
    archive = bundle.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in bundle.rglob("*.*"):
            file.write(path, path.relative_to(bundle).as_posix())
    return archive


def test_a_folder_and_its_zip_are_the_same_bundle(fake_bundle: Path) -> None:
    folder, zipped = load_bundle(fake_bundle), load_bundle(zipped_copy(fake_bundle))
    assert folder.sha256 == zipped.sha256
    one = folder.variant("fake")
    assert folder.model_bytes(one) == zipped.model_bytes(one)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda index: index.update(schema="other"), "does not describe a trucksight bundle"),
        (lambda index: index.update(schema_version=2), "schema version 2"),
        (lambda index: index.pop("labels"), "damaged"),
        (lambda index: index.update(labels="truck"), "labels must be a list"),
        (lambda index: index.update(labels=["truck"]), "do not fit"),
        (lambda index: index.update(labels=["truck", "truck"]), "do not fit"),
        (lambda index: index.update(positive="lorry"), "do not fit"),
        (lambda index: index.update(variants={}), "holds no variant"),
        (lambda index: index.update(variants=[]), "damaged"),
        (lambda index: index.update(input={}), "uint8"),
        (lambda index: variant(index).pop("sha256"), "damaged"),
        (lambda index: variant(index).update(threshold=1.5), "threshold"),
        (lambda index: variant(index).update(threshold=0), "threshold"),
        (lambda index: variant(index).update(threshold=float("nan")), "threshold"),
        (lambda index: variant(index).update(threshold=10**400), "damaged"),
        (lambda index: variant(index).update(threshold="high"), "damaged"),
        (lambda index: variant(index)["calibration"].update(slope=-1), "keeps no order"),
        (lambda index: variant(index)["calibration"].update(slope=0), "keeps no order"),
        (lambda index: variant(index)["calibration"].update(offset=float("nan")), "keeps no order"),
        (lambda index: variant(index).update(size_bytes=3), "has 38 bytes, not 3"),
        (lambda index: variant(index).update(file="variants/other.txt"), "is missing"),
        (lambda index: variant(index).update(file="../bundle.json"), "outside the bundle"),
        (lambda index: variant(index).update(file="variants/../../x"), "outside the bundle"),
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


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"', "[" * 100_000])
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


@pytest.mark.parametrize("link", ["variants/fake.txt", "variants", "bundle.json"])
def test_a_link_that_leads_out_of_the_bundle_is_refused(
    link: str, fake_bundle: Path, tmp_path: Path
) -> None:
    elsewhere = (fake_bundle / link).rename(tmp_path / "elsewhere")
    (fake_bundle / link).symlink_to(elsewhere)
    with pytest.raises(BundleError, match="points outside the bundle"):
        load_bundle(fake_bundle)


def test_links_inside_a_bundle_and_to_it_are_followed(fake_bundle: Path, tmp_path: Path) -> None:
    (fake_bundle / "variants/fake.txt").rename(fake_bundle / "model.txt")
    (fake_bundle / "variants/fake.txt").symlink_to("../model.txt")
    (tmp_path / "link").symlink_to(fake_bundle)
    bundle = load_bundle(tmp_path / "link")
    assert bundle.model_bytes(bundle.variant("fake"))


def test_a_file_that_became_a_link_after_loading_is_not_read(
    fake_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(fake_bundle)
    file = fake_bundle / "variants/fake.txt"
    file.symlink_to(file.rename(tmp_path / "elsewhere"))
    with pytest.raises(BundleError, match="points outside the bundle"):
        bundle.model_bytes(bundle.variant("fake"))


def test_an_index_of_absurd_size_is_not_read(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.bundle.MAX_INDEX_BYTES", 100)
    with pytest.raises(BundleError, match="more than the allowed 100"):
        load_bundle(fake_bundle)


def test_a_zip_with_any_byte_changed_is_refused_or_still_holds_what_was_measured(
    fake_bundle: Path,
) -> None:
    archive = zipped_copy(fake_bundle)
    whole = archive.read_bytes()
    refused = 0
    for position in range(len(whole)):
        flipped = bytes([whole[position] ^ 0x20])
        archive.write_bytes(whole[:position] + flipped + whole[position + 1 :])
        try:
            bundle = load_bundle(archive)
            assert bundle.model_bytes(bundle.variant("fake")) == MODEL
        except BundleError:
            refused += 1
    assert refused > len(whole) / 2


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


def test_calibration_moves_the_probability_and_keeps_the_order() -> None:
    scores = [0.0, 0.1, 0.5, 0.9, 1.0]
    assert [Calibration()(score) for score in scores] == scores
    calibrated = [Calibration(2.0, 1.0)(score) for score in scores]
    assert calibrated == sorted(calibrated)
    assert calibrated[2] == pytest.approx(1 / (1 + np.exp(-1)))
    assert all(0 <= one <= 1 for one in calibrated)
