"""`trucksight export`, from a run on the disk to a bundle that the runtime opens."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime import Detector, Verdict, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.decision import Reason
from trucksight.runtime.picture import read_picture
from trucksight.train.run_folder import load_run

VARIANTS = "tflite-int8,tflite-fp32,onnx-fp32"


def test_the_bundle_holds_what_its_index_says(bundle: Path, index: dict[str, Any]) -> None:
    assert list(index["variants"]) == VARIANTS.split(",")
    named = {entry["file"]: entry for entry in (*index["variants"].values(), *index["golden"])}
    named |= index["files"]
    for file, entry in named.items():
        assert hashlib.sha256((bundle / file).read_bytes()).hexdigest() == entry["sha256"]
    there = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert there == {*named, "bundle.json"}
    assert {"MODEL_CARD.md", "plots/roc.png", "plots/reliability.png"} <= set(index["files"])


def test_every_variant_carries_its_certificate(index: dict[str, Any]) -> None:
    for name, entry in index["variants"].items():
        certificate = entry["certificate"]
        near = certificate["parity"]
        assert near["n"] == 296
        assert 0 <= near["mean"] <= near["p99"] <= near["max"] < (1e-4 if "fp32" in name else 0.3)
        assert certificate["measured"]["n"] == 16
        assert certificate["sets"]["holdout"]["n"] == 16
        assert certificate["sets"]["gate"]["parts"][1] == {
            "name": "gate-pictures",
            "n": 280,
            "n_positive": 140,
        }
        assert (certificate["sets"]["integer_ranges"] is None) == ("fp32" in name)
        assert certificate["gate"]["verdict"] == "passed"
        assert certificate["gate"]["accuracy"]["n"] == 296
        assert certificate["gate"]["recall"]["n"] == 148
        assert max(certificate["gate"][part]["upper"] for part in ("accuracy", "recall")) <= 0.02
        chosen = certificate["threshold"]
        assert chosen["low"] <= chosen["value"] == entry["threshold"] <= chosen["high"]
        assert entry["lowest_runtime"]


def test_the_sets_are_told_apart_by_their_hashes(index: dict[str, Any]) -> None:
    sets = index["variants"]["tflite-int8"]["certificate"]["sets"]
    assert len({one["sha256"] for one in sets.values()}) == 4


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
                measured = golden["variants"][name]["score"]
                assert float(scores[1]) == pytest.approx(measured, abs=1e-6)


def test_the_model_card_tells_every_variant(bundle: Path, index: dict[str, Any]) -> None:
    card = (bundle / "MODEL_CARD.md").read_text()
    for name, entry in index["variants"].items():
        assert f"| {name} |" in card
        assert f"{entry['certificate']['measured']['accuracy']:.3f}" in card


def test_nothing_in_the_bundle_tells_where_it_was_made(
    bundle: Path, run_path: Path, gate_data: Path
) -> None:
    for file in bundle.rglob("*.*"):
        for folder in (run_path.parents[1], gate_data.parent):
            assert str(folder).encode() not in file.read_bytes(), file


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
    export: Callable[..., int],
    run_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "painted.zip"
    assert export(out, "--variants", "onnx-fp32", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["refused"] == {}
    with zipfile.ZipFile(out) as archive:
        read = json.loads(archive.read("bundle.json"))
    assert {**printed["bundle"], "seal": read["seal"]} == read
    picture = read_picture(load_run(run_path).examples("holdout")[0].path)
    with Detector(out) as detector:
        assert detector.bundle.name == "painted"
        assert detector.decide(picture).reason is None


def test_the_same_run_gives_the_same_bytes(
    export: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    for name in ("one", "two"):
        assert export(tmp_path / f"{name}.zip", "--name", "same") == 0
    one, two = (zipfile.ZipFile(tmp_path / f"{name}.zip") for name in ("one", "two"))
    with one, two:
        for name in one.namelist():
            assert one.read(name) == two.read(name), name
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_operating_point_and_abstain_band_reach_the_board(
    export: Callable[..., int], run_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "unsure"
    arguments = ["--variants", "onnx-fp32", "--operating-point", "f1", "--abstain", "0.4"]
    assert export(out, *arguments) == 0
    bundle = load_bundle(out)
    variant = bundle.variant("onnx-fp32")
    assert variant.certificate["threshold"]["operating_point"] == "f1"
    band = variant.abstain
    assert band is not None
    assert band.low <= variant.threshold <= band.high
    pictures = [one.path for one in load_run(run_path).examples("select")]
    with Detector(bundle) as detector:
        decisions = [detector.decide(read_picture(path)) for path in pictures]
    assert any(one.reason is Reason.UNSURE for one in decisions)
    assert any(one.reason is None for one in decisions)


def test_a_changed_picture_stops_the_export_and_leaves_nothing(
    run_path: Path, session_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(session_data, moved)
    shutil.copy(moved / "val/truck/100.png", moved / "val/truck/101.png")
    out = tmp_path / "out" / "bundle"
    assert main(["export", str(run_path), "--out", str(out), "--data", str(moved)]) == 2
    assert "has changed" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["nowhere", "--out", "b"], "no run at nowhere"),
        (["nowhere", "--out", "b", "--variants", "tflite-int3"], "no variant 'tflite-int3'"),
        (["nowhere", "--out", "b", "--calibration-pictures", "0"], "--calibration-pictures must"),
        (["nowhere", "--out", "b", "--notes", "missing.md"], "cannot read the notes"),
        (["nowhere", "--out", "b", "--max-drop", "2"], "--max-drop must"),
        (["nowhere", "--out", "b", "--abstain", "0.9"], "--abstain must"),
        (["nowhere", "--out", "b", "--operating-point", "recall=2"], "recall=2"),
        (["nowhere", "--out", "b", "--accept", "onnx-fp32"], "need each other"),
        (["nowhere", "--out", "b", "--accept", "onnx-fp32", "--because", " "], "need each other"),
        (["nowhere", "--out", "b", "--because", "so"], "need each other"),
    ],
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
