"""`trucksight train` from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run

SMALL = ["--model", "truck-cnn", "--size", "32", "--batch-size", "8", "--learning-rate", "0.003",
         "--no-augment"]  # fmt: skip


def test_json_is_the_only_thing_on_stdout(
    split_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    status = main(["train", str(split_data), "--out", str(out), *SMALL, "--epochs", "3", "--json"])
    printed = capfd.readouterr()
    report = json.loads(printed.out)
    assert status in (0, 1)
    assert report["run"] == str(out)
    assert report["holdout"]["n"] == 12
    assert "train 3/3" in printed.err
    assert "\r" not in printed.err
    assert "positive class: truck" in printed.err


def test_beside_an_earlier_run_json_is_still_alone_on_stdout(
    split_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["train", str(split_data), *SMALL, "--epochs", "1", "--out"]
    main([*words, str(tmp_path / "first")])
    told = capfd.readouterr().out
    main([*words, str(tmp_path / "second"), "--json"])
    printed = capfd.readouterr()
    assert json.loads(printed.out)["run"] == str(tmp_path / "second")
    assert "first" in printed.err
    assert any(line.startswith("- ") for line in told.splitlines())


def test_an_existing_run_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/file").touch()
    assert main(["train", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run"), *SMALL]) == 2
    assert "exists and is not empty" in capsys.readouterr().err


def test_three_classes_train_a_softmax(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "bus").mkdir()
    for path in sorted((data / "no_truck").iterdir())[10:]:
        path.rename(data / "bus" / path.name)
    out = tmp_path / "run"
    assert main(["train", str(data), "--out", str(out), *SMALL, "--epochs", "2"]) in (0, 1)
    run = load_run(out)
    assert run.labels == ("bus", "no_truck", "truck")
    assert run.model().output_shape == (None, 3)


def test_a_form_that_only_trains_leaves_a_plain_network_and_its_figures(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = [str(split_data), "--out", str(out), *SMALL, "--epochs", "4", "--reparameterize"]
    assert main(["train", *arguments, "--pool-dense", "9"]) == 2
    assert "--pool-dense 9 does not fit into the 4x4 map" in capsys.readouterr().err
    assert main(["train", *arguments, "--pool-dense", "2", "--dropout", "0.2"]) in (0, 1)
    run = load_run(out)
    model = run.model()
    names = [layer.name for layer in model.layers]  # type: ignore[attr-defined]
    assert not [name for name in names if "norm" in name or "dropout" in name]
    assert run.info["parameters"] == model.count_params()
    assert run.info["options"]["reparameterize"] is True
    report = json.loads((out / "report.json").read_text())
    assert any("folded into the 44," in note for note in report["notes"])
    capsys.readouterr()
    assert main(["evaluate", str(out), str(split_data / "test"), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    losses = [one["figures"]["values"]["log_loss"]["value"] for one in (measured, report)]
    assert losses[0] == pytest.approx(losses[1])


def test_a_collapse_is_said_and_exits_with_1(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = [str(split_data), "--out", str(out), *SMALL, "--epochs", "2"]
    assert main(["train", *arguments, "--learning-rate", "5"]) == 1
    assert "collapsed: " in capsys.readouterr().err
    assert str(load_run(out).info["collapsed"]).startswith("collapsed: ")


def test_overwrite_replaces_a_run(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "old").touch()
    arguments = [str(split_data), "--out", str(out), *SMALL, "--epochs", "1", "--overwrite"]
    assert main(["train", *arguments]) in (0, 1)
    assert not (out / "old").exists()
    assert load_run(out).info["epochs"] == 1


def start(data: Path, out: Path, epochs: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trucksight.runtime", "train", str(data), "--out", str(out)]
    return subprocess.Popen(
        [*command, *SMALL, "--epochs", str(epochs)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_ctrl_c_after_an_epoch_leaves_a_usable_run(split_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start(split_data, out, 10_000) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("train 1/"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "interrupted; the best epoch so far is kept" in rest
    run = load_run(out)
    assert run.info["interrupted"] is True
    assert run.model().count_params() > 0
    assert (out / "plots/roc.png").is_file()


def test_ctrl_c_before_the_first_epoch_leaves_nothing(split_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start(split_data, out, 2) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("positive class"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "nothing was written" in rest
    assert not out.exists()
    assert not list(tmp_path.glob(".run*"))
