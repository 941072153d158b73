"""`trucksight train` with the base of a pretrained network, here of random weights in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run

SMALL = ["--model", "mobilenetv2", "--width", "0.35", "--size", "32", "--batch-size", "8",
         "--epochs", "2"]  # fmt: skip


@pytest.fixture(scope="module")
def weights(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    keras.utils.set_random_seed(1)
    base = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None
    )
    file = str(tmp_path_factory.mktemp("weights") / "base.weights.h5")
    base.save_weights(file)
    return file


def test_auto_chooses_and_says_why_and_features_come_from_the_disk(
    split_data: Path, weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for name in ("first", "second"):
        out = ["--out", str(tmp_path / "runs" / name)]
        options = ["--weights", weights, "--strategy", "auto", *SMALL, *out]
        assert main(["train", str(split_data), *options]) in (0, 1)
        said.append(capsys.readouterr().err)
    assert "strategy: extract (12 pictures of the rarest label are under 100" in said[0]
    assert "computing the features of 24 pictures" in said[0]
    assert "computing the features" not in said[1]
    assert "2 runs with this holdout" not in said[0]
    assert "of 2 runs with this holdout by ROC AUC; the best other is first" in said[1]
    first, second = (load_run(tmp_path / "runs" / name) for name in ("first", "second"))
    options = first.info["options"]
    assert (options["strategy"], options["optimizer"], options["weights"]) == (
        "extract",
        "adam",
        weights,
    )
    scores = [
        json.loads((run.path / "report.json").read_text())["holdout"]["roc_auc"]
        for run in (first, second)
    ]
    assert scores[0] == scores[1]


def test_auto_without_a_base_trains_from_scratch_and_says_so(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--model", "lenet5", "--strategy", "auto", "--epochs", "1", "--size", "32x28"]
    out = tmp_path / "run"
    assert main(["train", str(split_data), *options, "--out", str(out)]) in (0, 1)
    assert "strategy: scratch (lenet5 has no pretrained base here)" in capsys.readouterr().err
    run = load_run(out)
    assert (run.contract.width, run.contract.height) == (32, 28)
    assert "best_epochs" in run.info
    assert run.model().input_shape == (None, 28, 32, 3)


def test_shape_choices_reach_the_model(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "train.toml"
    file.write_text(
        'model = "tuned-cnn"\nfilters = [16]\nhidden = [6]\nsize = 24\nepochs = 1\n'
        'initializer = "he_uniform"\nl2 = 0.01\ndropout = 0.3\noptimizer = "rmsprop"\n'
    )
    out = tmp_path / "run"
    assert main(["train", str(split_data), "--config", str(file), "--out", str(out)]) in (0, 1)
    model: Any = load_run(out).model()
    dense = [layer for layer in model.layers if type(layer).__name__ == "Dense"]
    assert [layer.units for layer in dense] == [6, 1]
    assert type(dense[0].kernel_initializer).__name__ == "HeUniform"
    assert float(dense[0].kernel_regularizer.l2) == pytest.approx(0.01)
    assert any(getattr(layer, "rate", None) == 0.3 for layer in model.layers)
    assert load_run(out).info["options"]["l2"] == 0.01
