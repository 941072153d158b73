"""Families from the command line, on painted trucks."""

from __future__ import annotations

from pathlib import Path

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run


@pytest.mark.parametrize(("name", "side"), [("mlp", 28), ("lenet5", 28), ("tuned-cnn", 16)])
def test_a_family_is_trained_by_its_name(
    name: str, side: int, split_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    options = ["--model", name, "--size", str(side), "--epochs", "1", "--batch-size", "8"]
    assert main(["train", str(split_data), "--out", str(out), *options]) in (0, 1)
    run = load_run(out)
    assert run.info["architecture"] == {
        "name": name,
        "width": None,
        "weights": None,
        "weights_sha256": None,
    }
    assert run.model().input_shape == (None, side, side, 3)


def test_a_width_that_a_family_does_not_have_is_refused(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--model", "resnet50", "--width", "0.5", "--out", str(tmp_path / "run")]
    assert main(["train", str(split_data), *options]) == 2
    expected = "--width is for mobilenetv2, mobilenetv3small, mobilenetv3large"
    assert expected in capsys.readouterr().err
