"""`trucksight export`, from a run on the disk to a bundle that the runtime opens."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime import Detector, Verdict, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.picture import read_picture
from trucksight.train.run_folder import load_run

VARIANTS = "tflite-int8,tflite-fp32,onnx-fp32"


@pytest.fixture(scope="module")
def bundle(run_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "painted"
    assert main(["export", str(run_path), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def index(bundle: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((bundle / "bundle.json").read_text())
    return document


def test_the_bundle_holds_what_its_index_says(bundle: Path, index: dict[str, Any]) -> None:
    assert list(index["variants"]) == VARIANTS.split(",")
    for entry in (*index["variants"].values(), *index["golden"]):
        content = (bundle / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert {path.name for path in bundle.iterdir()} == {
        "bundle.json",
        "variants",
        "golden",
        "MODEL_CARD.md",
    }


def test_every_variant_carries_what_was_measured(index: dict[str, Any]) -> None:
    for name, entry in index["variants"].items():
        certificate = entry["certificate"]
        near = certificate["parity"]
        assert near["n"] == 16
        assert near["p99"] is None, "16 pictures cannot support a 99th percentile"
        assert 0 <= near["mean"] <= near["max"] < (1e-4 if "fp32" in name else 0.15)
        assert certificate["measured"]["n"] == 16
        assert certificate["sets"]["holdout"]["n"] == 16
        assert (certificate["sets"]["calibration"] is None) == ("fp32" in name)
        assert 0 < entry["threshold"] < 1


def test_each_variant_decides_on_the_held_out_pictures_as_measured(
    bundle: Path, index: dict[str, Any], run_path: Path
) -> None:
    held_out = load_run(run_path).examples("holdout")
    for name, entry in index["variants"].items():
        with Detector(bundle, variant=name) as detector:
            right = sum(
                (detector.decide(read_picture(one.path)).verdict is Verdict.TRUCK)
                == (one.label == "truck")
                for one in held_out
            )
        assert right / len(held_out) == entry["certificate"]["measured"]["accuracy"]


def test_the_runtime_gives_the_golden_scores_again(bundle: Path, index: dict[str, Any]) -> None:
    for name in index["variants"]:
        with Detector(bundle, variant=name) as detector:
            for golden in index["golden"]:
                scores = detector.scores(read_picture(bundle / golden["file"]))
                assert float(scores[1]) == pytest.approx(golden["scores"][name], abs=1e-6)


def test_the_model_card_tells_every_variant(bundle: Path, index: dict[str, Any]) -> None:
    card = (bundle / "MODEL_CARD.md").read_text()
    for name, entry in index["variants"].items():
        assert f"| {name} |" in card
        assert f"{entry['certificate']['measured']['accuracy']:.3f}" in card


def test_nothing_in_the_bundle_tells_where_it_was_made(bundle: Path, run_path: Path) -> None:
    for file in ("bundle.json", "MODEL_CARD.md"):
        assert str(run_path.parents[1]) not in (bundle / file).read_text()


def test_an_existing_bundle_is_not_overwritten_unless_told(
    bundle: Path, run_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (bundle / "bundle.json").read_bytes()
    assert main(["export", str(run_path), "--out", str(bundle)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "is not empty" in error
    assert "--overwrite" in error
    assert (bundle / "bundle.json").read_bytes() == before


def test_a_zip_is_the_same_bundle(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "painted.zip"
    arguments = ["export", str(run_path), "--out", str(out), "--variants", "onnx-fp32", "--json"]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("bundle.json")) == printed
    picture = read_picture(load_run(run_path).examples("holdout")[0].path)
    with Detector(out) as detector:
        assert detector.bundle.name == "painted"
        assert detector.decide(picture).reason is None


def test_a_changed_picture_stops_the_export_and_leaves_nothing(
    run_path: Path, session_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(session_data, moved)
    shutil.copy(moved / "val/truck/100.png", moved / "val/truck/101.png")
    out = tmp_path / "out" / "bundle"
    assert main(["export", str(run_path), "--out", str(out), "--data", str(moved)]) == 2
    assert "has changed" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*")) if out.parent.exists() else True


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["nowhere", "--out", "b"], "no run at nowhere"),
        (["nowhere", "--out", "b", "--variants", "tflite-int3"], "no variant 'tflite-int3'"),
        (["nowhere", "--out", "b", "--calibration-pictures", "0"], "--calibration-pictures must"),
        (["nowhere", "--out", "b", "--notes", "missing.md"], "cannot read the notes"),
    ],
    ids=["no run", "no variant", "no pictures", "no notes"],
)
def test_what_cannot_be_exported_is_one_line_and_status_2(
    arguments: list[str],
    match: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert match in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "b").exists()


def test_a_bundle_of_another_schema_version_is_refused_by_name(
    bundle: Path, index: dict[str, Any], tmp_path: Path
) -> None:
    from trucksight.runtime.errors import BundleError

    newer = tmp_path / "newer"
    shutil.copytree(bundle, newer)
    (newer / "bundle.json").write_text(json.dumps(index | {"schema_version": 99}))
    with pytest.raises(BundleError, match="schema version 99"):
        load_bundle(newer)
