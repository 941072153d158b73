"""A bundle is read whole or refused by name; its hashes stand before every parser."""

from __future__ import annotations

import hashlib
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime import Detector, Verdict, load_bundle
from trucksight.runtime.backends.fake import MODEL
from trucksight.runtime.bundle import Abstain, Calibration
from trucksight.runtime.contract import InputContract, model_input
from trucksight.runtime.errors import BundleError, UnknownVariant
from trucksight.runtime.picture import decode_picture

Make = Callable[..., Path]
Change = Callable[[dict[str, Any]], object]


def variant(index: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = index["variants"]["fake"]
    return entry


def gate(index: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = variant(index)["certificate"]["gate"]
    return entry


def packed_by_a_user(bundle: Path) -> Path:
    """The bundle as a zip beside it, deflated and without a seal."""
    archive = bundle.with_name("packed.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(bundle.rglob("*")):
            file.write(path, path.relative_to(bundle).as_posix())
    return archive


def test_a_folder_its_sealed_zip_and_a_zip_of_it_are_the_same_bundle(make_bundle: Make) -> None:
    folder = make_bundle()
    paths = (folder, make_bundle(name="sealed.zip"), packed_by_a_user(folder))
    bundles = [load_bundle(path) for path in paths]
    assert len({bundle.sha256 for bundle in bundles}) == 1
    for bundle in bundles:
        bundle.check_files()
        assert bundle.unlisted() == []
        assert bundle.model_bytes(bundle.variant("fake")) == MODEL
        assert bundle.file_bytes("MODEL_CARD.md") == (folder / "MODEL_CARD.md").read_bytes()


def test_a_variant_knows_all_that_the_board_decides_by(make_bundle: Make) -> None:
    def change(index: dict[str, Any]) -> None:
        variant(index).update(
            calibration={"slope": 2.0, "offset": -0.5, "clip": 0.002},
            threshold=0.4,
            abstain={"low": 0.3, "high": 0.6},
            lowest_runtime={"ai-edge-litert": "1.0.1"},
            golden_tolerance=0.03,
        )

    one = load_bundle(make_bundle(change)).variant("fake")
    assert (one.calibration, one.threshold) == (Calibration(2.0, -0.5, 0.002), 0.4)
    assert one.abstain == Abstain(0.3, 0.6)
    assert (one.lowest_runtime, one.golden_tolerance) == ({"ai-edge-litert": "1.0.1"}, 0.03)
    assert one.certificate["gate"]["verdict"] == "passed"


def test_golden_pictures_come_with_what_was_measured_of_them(fake_bundle: Path) -> None:
    bundle = load_bundle(fake_bundle)
    rows = (np.arange(16) * 64) // 16 + 2
    assert [one.verdicts["fake"] for one in bundle.golden] == [Verdict.TRUCK, Verdict.NO_TRUCK]
    for one in bundle.golden:
        pixels = model_input(decode_picture(bundle.golden_bytes(one)), bundle.contract)[0]
        np.testing.assert_array_equal(one.input_sample, pixels[rows][:, rows])
        assert one.scores["fake"] == pytest.approx(pixels[..., 0].mean() / 255)
        assert not one.input_sample.flags.writeable


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda index: index.update(positive="lorry"), "'lorry' is none of the labels"),
        (lambda index: index.update(labels=["a", "truck", "c"]), "must be softmax for 3 labels"),
        (lambda index: index["output"].update(kind="softmax"), "must be sigmoid for 2 labels"),
        (lambda index: index.update(input={}), "input lacks 'color'"),
        (lambda index: variant(index).pop("sha256"), "lacks 'sha256'"),
        (lambda index: variant(index).update(threshold=0), "threshold must be a number between"),
        (lambda index: variant(index).update(threshold=10**400), "threshold must be a number"),
        (lambda index: variant(index)["calibration"].update(slope=0), "the order of scores"),
        (lambda index: variant(index)["calibration"].update(clip=0.5), "between 0 and 0.5"),
        (
            lambda index: variant(index).update(abstain={"low": 0.6, "high": 0.7}),
            "abstain band 0.6 to 0.7 does not enclose the threshold 0.5",
        ),
        (
            lambda index: variant(index).update(abstain={"low": 0.2, "high": 0.4}),
            "abstain band 0.2 to 0.4 does not enclose the threshold 0.5",
        ),
        (lambda index: variant(index).update(size_bytes=3), "has 38 bytes, not 3"),
        (lambda index: variant(index).update(file="variants/other.txt"), "is missing"),
        (lambda index: variant(index).update(file="/etc/hostname"), "a path inside the bundle"),
        (lambda index: variant(index).update(file="MODEL_CARD.md"), "names MODEL_CARD.md twice"),
        (lambda index: index["golden"][0].update(file="bundle.json"), "names bundle.json twice"),
        (
            lambda index: index["golden"][0].update(file="golden/scene-1.jpg"),
            "names golden/scene-1.jpg twice",
        ),
        (
            lambda index: index["golden"][0].update(variants={}),
            "scene-0.jpg was measured for no variant; the bundle holds fake",
        ),
        (
            lambda index: index["golden"][1]["variants"].update(
                other=index["golden"][1]["variants"]["fake"]
            ),
            "scene-1.jpg was measured for fake, other; the bundle holds fake",
        ),
    ],
)
def test_an_index_that_cannot_be_meant_is_refused(
    change: Change, match: str, make_bundle: Make
) -> None:
    path = make_bundle(change)
    with pytest.raises(BundleError) as caught:
        load_bundle(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert match in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_finite_is_no_json(number: str, make_bundle: Make) -> None:
    with pytest.raises(BundleError, match=f"{number} is no JSON number"):
        load_bundle(_sealed_text(make_bundle(), f'{{"threshold": {number},'))


@pytest.mark.parametrize("text", ["", "{", "[", "text,", '{"a": 1,,', "[" * 100_000, "\ufeff{"])
def test_a_sealed_text_that_is_no_bundle_is_refused(text: str, make_bundle: Make) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json"):
        load_bundle(_sealed_text(make_bundle(), text))


def _sealed_text(bundle: Path, text: str) -> Path:
    """A bundle whose index is a text that somebody sealed."""
    head = f'{text} "seal": "'.encode()
    digest = hashlib.sha256(head + b"0" * 64 + b'"\n}\n').hexdigest().encode()
    (bundle / "bundle.json").write_bytes(head + digest + b'"\n}\n')
    return bundle


def test_an_index_is_not_parsed_before_its_seal_is_checked(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(*_: object, **__: object) -> None:
        raise AssertionError("an index was parsed that was not sealed so")

    index = fake_bundle / "bundle.json"
    index.write_bytes(index.read_bytes().replace(b'"threshold": 0.5', b'"threshold": 0.4'))
    monkeypatch.setattr("json.loads", parse)
    with pytest.raises(BundleError, match=r"bundle\.json is not what was sealed"):
        load_bundle(fake_bundle)


def test_a_missing_bundle_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="trucksight export"):
        load_bundle(tmp_path / "nowhere")


def test_a_folder_without_an_index_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json is missing"):
        load_bundle(tmp_path)


def test_a_bundle_with_its_model_missing_is_refused(fake_bundle: Path) -> None:
    (fake_bundle / "variants/fake.txt").unlink()
    with pytest.raises(BundleError, match=r"variants/fake\.txt is missing"):
        load_bundle(fake_bundle)


@pytest.mark.parametrize("file", ["MODEL_CARD.md", "golden/scene-0.jpg"])
def test_a_missing_small_file_is_found_by_checking_the_files(file: str, fake_bundle: Path) -> None:
    (fake_bundle / file).unlink()
    bundle = load_bundle(fake_bundle)
    with pytest.raises(BundleError, match=f"{file} is missing"):
        bundle.check_files()


def test_checking_the_files_leaves_the_models_to_whom_they_are_handed(fake_bundle: Path) -> None:
    (fake_bundle / "variants/fake.txt").write_bytes(b"x" * len(MODEL))
    bundle = load_bundle(fake_bundle)
    bundle.check_files()
    with pytest.raises(BundleError, match="not the file that was measured"):
        bundle.model_bytes(bundle.variant("fake"))


def test_a_file_that_the_index_does_not_name_is_not_read_and_can_be_listed(
    fake_bundle: Path,
) -> None:
    (fake_bundle / "variants/more.txt").write_text("more")
    bundle = load_bundle(fake_bundle)
    assert bundle.unlisted() == ["variants/more.txt"]
    with pytest.raises(BundleError, match=r"names no file 'variants/more\.txt'"):
        bundle.file_bytes("variants/more.txt")


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


@pytest.mark.parametrize("file", ["variants/fake.txt", "MODEL_CARD.md"])
def test_a_file_that_became_a_link_after_loading_is_not_read(
    file: str, fake_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(fake_bundle)
    (fake_bundle / file).symlink_to((fake_bundle / file).rename(tmp_path / "elsewhere"))
    with pytest.raises(BundleError, match="points outside the bundle"):
        bundle.file_bytes(file)


@pytest.mark.parametrize("name", ["fake-bundle", "fake.zip"])
def test_an_index_of_absurd_size_is_not_read(
    name: str, make_bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.bundle.MAX_INDEX_BYTES", 100)
    with pytest.raises(BundleError, match="more than the allowed 100"):
        load_bundle(make_bundle(name=name))


def test_a_golden_picture_of_absurd_size_is_not_read(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.bundle.MAX_GOLDEN_BYTES", 100)
    bundle = load_bundle(fake_bundle)
    with pytest.raises(BundleError, match=r"scene-0\.jpg has more than the allowed 100"):
        bundle.golden_bytes(bundle.golden[0])


def test_a_file_that_grew_is_read_no_further_than_it_was_measured(fake_bundle: Path) -> None:
    bundle = load_bundle(fake_bundle)
    with (fake_bundle / "variants/fake.txt").open("ab") as file:
        file.write(b"more")
    with pytest.raises(BundleError, match="has 42 bytes, not 38"):
        bundle.model_bytes(bundle.variant("fake"))


@pytest.mark.parametrize("verdict", ["failed", "undecided"])
def test_a_variant_that_did_not_pass_its_gate_is_not_handed_out(
    verdict: str, make_bundle: Make
) -> None:
    bundle = load_bundle(
        make_bundle(lambda index: gate(index).update(verdict=verdict, reason="it loses 0.2"))
    )
    with pytest.raises(
        BundleError, match=rf"fake did not pass its gate \({verdict}\): it loses 0\.2; .*--accept"
    ):
        bundle.model_bytes(bundle.variant("fake"))
    with pytest.raises(BundleError, match="did not pass its gate"):
        Detector(bundle)


@pytest.mark.parametrize("part", ["accuracy", "recall"])
@pytest.mark.parametrize(
    "change", [{"upper": 0.021}, {"verdict": "undecided"}, {"verdict": "failed", "upper": 0.3}]
)
def test_a_gate_that_passed_against_its_own_bounds_is_not_trusted(
    part: str, change: dict[str, Any], make_bundle: Make
) -> None:
    bundle = load_bundle(make_bundle(lambda index: gate(index)[part].update(change)))
    with pytest.raises(BundleError, match=f"says that it passed its gate, but its {part} did not"):
        bundle.model_bytes(bundle.variant("fake"))


def test_a_gate_without_a_picture_of_the_positive_label_cannot_have_passed(
    make_bundle: Make,
) -> None:
    bundle = load_bundle(make_bundle(lambda index: gate(index).update(recall=None)))
    with pytest.raises(BundleError, match="but its recall did not"):
        bundle.check_certificate(bundle.variant("fake"))


def test_a_variant_that_was_accepted_in_spite_of_its_gate_is_handed_out(make_bundle: Make) -> None:
    accepted = {"verdict": "failed", "accepted": {"because": "no other camera is at hand"}}
    bundle = load_bundle(make_bundle(lambda index: gate(index).update(accepted)))
    assert bundle.model_bytes(bundle.variant("fake")) == MODEL


def test_an_unknown_variant_tells_those_it_has(fake_bundle: Path) -> None:
    with pytest.raises(UnknownVariant, match="no variant 'tflite-int8'; it has: fake"):
        Detector(fake_bundle, variant="tflite-int8")


def test_calibration_moves_the_probability_and_keeps_the_order() -> None:
    scores = [0.0, 0.1, 0.5, 0.9, 1.0]
    assert [Calibration()(score) for score in scores] == scores
    calibrated = [Calibration(2.0, 1.0)(score) for score in scores]
    assert calibrated == sorted(calibrated)
    assert calibrated[2] == pytest.approx(1 / (1 + math.exp(-1)))
    assert all(0 <= one <= 1 for one in calibrated)


def test_calibration_tells_no_score_beyond_its_clip_from_another() -> None:
    calibration = Calibration(1.5, 0.5, clip=1 / 512)
    assert calibration(0.0) == calibration(1 / 1024) == calibration(1 / 512)
    assert calibration(1.0) == calibration(1 - 1 / 512)
    assert calibration(1 / 512) < calibration(1 / 256)


@pytest.mark.parametrize("slope", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("offset", [-1e6, 0.0, 1e6])
def test_no_calibration_overflows(slope: float, offset: float) -> None:
    calibration = Calibration(slope, offset)
    assert all(0 <= calibration(score) <= 1 for score in (0.0, 1e-9, 0.5, 1 - 1e-9, 1.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "calibration", [Calibration(), Calibration(1.7, -0.3), Calibration(0.6, 2.0, 1 / 512)]
)
def test_an_array_is_calibrated_bit_for_bit_as_the_board_calibrates_a_score(
    calibration: Calibration, dtype: type[np.floating]
) -> None:
    scores = np.random.default_rng(1).random((40, 25)).astype(dtype)
    calibrated = calibration.array(scores)
    assert (calibrated.shape, calibrated.dtype) == (scores.shape, np.float64)
    for score, probability in zip(scores.flat, calibrated.flat, strict=True):
        assert calibration(float(score)) == probability


def test_the_input_contract_of_a_bundle_is_the_one_it_was_made_with(fake_bundle: Path) -> None:
    assert load_bundle(fake_bundle).contract == InputContract(width=64, height=64)
