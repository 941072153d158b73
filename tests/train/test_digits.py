"""Ten classes of small grey pictures, scikit-learn's scanned digits, from folders to a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.__main__ import main

SIDE = 28
"""Pixels; of 8 the digits come, which is too small a frame for the runtime."""
EACH = 60
"""Pictures of a digit that are learned from and chosen by; 20 more are held out."""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train/ and test/ above a folder for each digit."""
    from sklearn.datasets import load_digits

    root, known = tmp_path_factory.mktemp("digits"), load_digits()
    for digit in range(10):
        images = known.images[known.target == digit][: EACH + 20]
        for number, image in enumerate(images):
            folder = root / ("train" if number < EACH else "test") / str(digit)
            folder.mkdir(parents=True, exist_ok=True)
            picture = cv2.resize(np.uint8(image * 255 / 16), (SIDE, SIDE))
            assert cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
    return root


@pytest.mark.parametrize("model", ["lenet5", "mlp"])
def test_ten_digits_are_learned_exported_and_told_apart_by_the_bundle(
    model: str, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, bundle = str(tmp_path / "run"), str(tmp_path / "bundle")
    # Two ones by the same hand are near-duplicates to the checks.
    choices = (
        f"--model {model} --positive 7 --epochs 15 --seed 1 --no-augment --allow-leaks".split()
    )
    assert main(["train", str(digits), "--out", run, *choices, "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)["holdout"]
    assert trained["n"] == 200
    assert trained["accuracy"] > 0.7
    # Twenty pictures of a seven cannot rule out that two points of its recall are lost.
    only = ["--variants", "tflite-fp32", "--max-drop", "0.2", "--json"]
    assert main(["export", run, "--out", bundle, *only]) == 0
    capsys.readouterr()
    assert main(["evaluate", bundle, str(digits / "test"), "--json"]) == 0
    deployed = json.loads(capsys.readouterr().out)
    assert deployed["accuracy"] == pytest.approx(trained["accuracy"], abs=0.011)
