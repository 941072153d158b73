"""What export does not let in, and that it names the cause."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.export.convertible import Convertible
from trucksight.export.recipes import RECIPES
from trucksight.runtime import Detector, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import BundleError
from trucksight.runtime.files import sha256_file
from trucksight.train.options import TrainOptions
from trucksight.train.run_folder import load_run


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip().splitlines()[-1]


def forgetful(source: Convertible) -> bytes:
    """A conversion that loses the last layer's weights."""
    import keras

    model = keras.models.clone_model(source.model)
    weights = source.model.get_weights()  # type: ignore[attr-defined]
    model.set_weights([*weights[:-2], -weights[-2], -weights[-1]])
    return RECIPES["tflite-fp32"].convert(Convertible(model, source.calibration))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """tflite-fp16 becomes a conversion that says the opposite."""
    spoilt = replace(RECIPES["tflite-fp16"], convert=forgetful)
    monkeypatch.setitem(RECIPES, "tflite-fp16", spoilt)


def test_a_gate_of_16_pictures_is_undecided_and_says_how_many_it_needs(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert main(["export", str(run_path), "--out", str(out), "--variants", "onnx-fp32"]) == 3
    line = last_line(capsys)
    assert line.startswith("onnx-fp32 refused: undecided: needs n >= 266")
    assert not out.exists()


def test_what_is_accepted_all_the_same_says_so_for_ever(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    reason = "a first look; more pictures are on their way"
    arguments = ["--variants", "onnx-fp32", "--accept", "onnx-fp32", "--because", reason]
    assert main(["export", str(run_path), "--out", str(out), *arguments]) == 0
    gate = load_bundle(out).variant("onnx-fp32").certificate["gate"]
    assert gate["verdict"] == "undecided"
    assert gate["accepted"] == {"because": reason}
    assert reason in (out / "MODEL_CARD.md").read_text()
    picture = next((out / "golden").iterdir())
    capsys.readouterr()
    assert main(["predict", "--bundle", str(out), str(picture)]) == 0
    assert reason in capsys.readouterr().err


@pytest.mark.usefixtures("broken")
def test_a_variant_that_failed_stays_out_and_the_others_go_in(
    export: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert export(out, "--variants", "tflite-fp16,onnx-fp32") == 3
    assert last_line(capsys).startswith("tflite-fp16 refused: ")
    bundle = load_bundle(out)
    assert list(bundle.variants) == ["onnx-fp32"]
    assert not (out / "variants/tflite-fp16.tflite").exists()
    assert "tflite-fp16" in bundle.index["refused"]
    assert "tflite-fp16" in (out / "MODEL_CARD.md").read_text()


@pytest.mark.usefixtures("broken")
def test_when_nothing_passes_the_old_bundle_stays(
    export: Callable[..., int], tmp_path: Path
) -> None:
    out = tmp_path / "bundle"
    assert export(out, "--variants", "onnx-fp32") == 0
    before = (out / "bundle.json").read_bytes()
    assert export(out, "--variants", "tflite-fp16", "--overwrite") == 3
    assert (out / "bundle.json").read_bytes() == before


def test_the_board_refuses_a_variant_that_did_not_pass(
    bundle: Path, index: dict[str, Any], tmp_path: Path
) -> None:
    from trucksight.runtime.seal import seal_document

    forged = json.loads(json.dumps(index))
    forged["variants"]["onnx-fp32"]["certificate"]["gate"]["verdict"] = "failed"
    shutil.copytree(bundle, tmp_path / "forged")
    (tmp_path / "forged/bundle.json").write_bytes(seal_document(forged))
    with pytest.raises(BundleError, match=r"onnx-fp32.*failed"):
        Detector(tmp_path / "forged", variant="onnx-fp32")


def _write(folder: Path, pictures: list[np.ndarray]) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        assert cv2.imwrite(str(folder / f"{number:03}.png"), picture)
    return folder


def test_black_calibration_pictures_are_refused(
    export: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    black = _write(tmp_path / "black", [np.full((40, 40, 3), i % 3, np.uint8) for i in range(40)])
    assert export(tmp_path / "bundle", "--calibration-data", str(black)) == 2
    assert "black" in last_line(capsys)
    assert not (tmp_path / "bundle").exists()


def test_ten_noise_calibration_pictures_are_refused(
    export: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (40, 40, 3)).astype(np.uint8) for _ in range(10)]
    folder = _write(tmp_path / "noise", noise)
    assert export(tmp_path / "bundle", "--calibration-data", str(folder)) == 2
    assert "calibration pictures" in last_line(capsys)
    assert not (tmp_path / "bundle").exists()


def test_swapped_labels_of_the_gate_are_refused(
    export: Callable[..., int],
    gate_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make_classes: Callable[..., Path],
) -> None:
    swapped = make_classes(tmp_path / "swapped", 12, first=3000)
    (swapped / "truck").rename(swapped / "x")
    (swapped / "no_truck").rename(swapped / "truck")
    (swapped / "x").rename(swapped / "no_truck")
    assert export(tmp_path / "bundle", "--gate-data", str(swapped)) == 3
    line = last_line(capsys)
    assert "labels are swapped" in line
    assert "swapped" in line
    assert not (tmp_path / "bundle").exists()


def _edited(run_path: Path, target: Path, **changes: Any) -> Path:
    shutil.copytree(run_path, target)
    info = json.loads((target / "run.json").read_text())
    (target / "run.json").write_text(json.dumps(info | changes))
    return target


def test_a_run_whose_labels_were_swapped_is_refused(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _edited(run_path, tmp_path / "run", labels=["truck", "no_truck"])
    assert main(["export", str(run), "--out", str(tmp_path / "bundle")]) == 3
    assert "labels are swapped" in last_line(capsys)


def test_a_model_trained_on_bgr_is_refused(
    session_data: Path,
    gate_data: Path,
    small_options: TrainOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from trucksight.train.fitting import training

    loaded = training.load_labelled

    def swapped(*arguments: Any) -> Any:
        pictures = loaded(*arguments)
        return replace(pictures, given=np.ascontiguousarray(pictures.pixels[:][..., ::-1]))

    with monkeypatch.context() as patch:
        patch.setattr(training, "load_labelled", swapped)
        run = training.train([session_data], tmp_path / "run", small_options).path
    arguments = ["--out", str(tmp_path / "bundle"), "--gate-data", str(gate_data)]
    assert main(["export", str(run), *arguments]) == 3
    assert "BGR" in last_line(capsys)


def test_a_model_that_was_exchanged_is_refused(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _edited(run_path, tmp_path / "run")
    with (run / "model.keras").open("ab") as file:
        file.write(b"\0")
    assert main(["export", str(run), "--out", str(tmp_path / "bundle")]) == 2
    assert "not the file that was trained" in last_line(capsys)


def test_code_in_a_keras_file_is_not_run(
    run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    inputs = keras.Input((32, 32, 3), dtype="uint8")
    values = keras.layers.Lambda(lambda x: x / 255)(inputs)
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(values))
    run = _edited(run_path, tmp_path / "run")
    file = run / "model.keras"
    keras.Model(inputs, outputs).save(file)
    entry = {"file": file.name, "sha256": sha256_file(file), "size_bytes": file.stat().st_size}
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(info | {"model": entry}))
    assert main(["export", str(run), "--out", str(tmp_path / "bundle")]) == 2
    assert "does not load" in last_line(capsys)
    assert load_run(run).labels == ("no_truck", "truck")
