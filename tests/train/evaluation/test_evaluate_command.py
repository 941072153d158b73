"""`trucksight evaluate` of a run and of a bundle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.__main__ import main

KEYS = {
    "n", "accuracy", "precision", "recall", "f1", "roc_auc", "threshold", "confusion", "skipped",
    "unknown", "labels", "positive", "path", "variant", "backend", "split",
}  # fmt: skip


@pytest.fixture
def red_bundle(make_bundle: Callable[..., Path]) -> Path:
    """A bundle that calls a picture a truck if its mean red is 128 or more."""
    return make_bundle()


@pytest.fixture
def red_data(tmp_path: Path) -> Path:
    """Three trucks (one too dark to be called one, one black) and two empty roads."""
    root = tmp_path / "reds"
    for name, red in (("truck/a", 250), ("truck/b", 100), ("truck/black", 0),
                      ("no_truck/a", 20), ("no_truck/b", 60)):  # fmt: skip
        path = root / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = np.full((32, 32, 3), (0, 0, red), np.uint8)
        if not name.endswith("black"):
            picture[::2, :, 1] = 200  # with nothing on it, it would be blank
        cv2.imwrite(str(path), picture)
    return root


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_a_run_is_measured_on_val_as_its_report_says(
    run_path: Path, session_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluated(capsys, run_path, session_data)
    report = json.loads((run_path / "report.json").read_text())["holdout"]
    assert result.keys() >= KEYS
    assert result["split"] == "val"
    for key in ("n", "accuracy", "precision", "recall", "f1", "roc_auc", "confusion", "threshold"):
        assert result[key] == report[key]


def test_an_unreadable_picture_is_counted_apart(
    run_path: Path, session_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluated(capsys, run_path, session_data, "--split", "train")
    assert (result["n"], result["unknown"], result["skipped"]) == (40, {"unreadable": 1}, 1)


def test_a_bundle_is_measured_by_its_own_decisions(
    red_bundle: Path, red_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluated(capsys, red_bundle, red_data, "--backend", "fake")
    assert result["confusion"] == [[2, 0], [1, 1]]
    assert (result["n"], result["recall"], result["roc_auc"]) == (4, 0.5, 1)
    assert (result["variant"], result["backend"], result["split"]) == ("fake", "fake", "all")


def test_a_black_picture_is_unknown_and_not_counted(
    red_bundle: Path, red_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(red_bundle), str(red_data), "--backend", "fake"]) == 0
    assert "not counted above: 1 black" in capsys.readouterr().err


def test_a_bundle_is_evaluated_without_tensorflow(red_bundle: Path, red_data: Path) -> None:
    script = (
        "import sys; from trucksight.runtime.__main__ import main;"
        f"main(['evaluate', {str(red_bundle)!r}, {str(red_data)!r}, '--backend', 'fake']);"
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split", "test"], "has no test folder"),
        (["--variant", "tflite-int8"], "--variant and --backend are for bundles"),
    ],
)
def test_what_does_not_fit_a_run_is_refused(
    run_path: Path,
    session_data: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    assert main(["evaluate", str(run_path), str(session_data), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_other_classes_than_the_model_s_are_refused(
    red_bundle: Path, tmp_path: Path, fill: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "other/cat", True, 1)
    fill(tmp_path / "other/dog", False, 1)
    assert main(["evaluate", str(red_bundle), str(tmp_path / "other"), "--backend", "fake"]) == 2
    assert "the classes differ" in capsys.readouterr().err


def test_what_is_neither_run_nor_bundle_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path), str(data)]) == 2
    assert "neither a run (run.json) nor a bundle" in capsys.readouterr().err
