"""`trucksight tune` from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run
from trucksight.train.run_folder import Example
from trucksight.train.scores import scoring

KILLED = """
import os, signal, sys
from trucksight.runtime.__main__ import main
from trucksight.train.search import trial

calls, before = 0, trial.train_network

def counting(*arguments, **named):
    global calls
    calls += 1
    if calls == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return before(*arguments, **named)

trial.train_network = counting
sys.exit(main(sys.argv[1:]))
"""


def told(out: Path) -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = json.loads((out / "trials.json").read_text())["trials"]
    return [one for one in trials if one["status"] == "trained"]


def without_time(trials: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in one if name != "seconds"} for one in trials]


def test_it_leaves_a_table_a_plot_and_options_that_can_be_trained(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "search"
    size = ["--size", "8", "--max-multiply-adds", "5000000", "--batch-size", "8", "--seed", "1"]
    shape = ["--epochs", "1", "--activation", "elu"]
    arguments = ["tune", str(split_data), "--out", str(out), *size, *shape]
    assert main([*arguments, "--trials", "3"]) == 0
    printed = capsys.readouterr()
    trials = told(out)
    best = max(trials, key=lambda one: (one["roc_auc"], -one["multiply_adds"]))
    assert len(trials) == 3
    assert all(one["multiply_adds"] <= 5_000_000 and one["epochs"] == 1 for one in trials)
    assert printed.out.splitlines()[1].startswith(f"*  {best['number']}")
    assert f"trucksight train {split_data} --config {out}/best.toml" in printed.err
    assert (out / "trials.png").stat().st_size > 10_000

    run = tmp_path / "run"
    assert main(["train", str(split_data), "--config", f"{out}/best.toml", "--out", str(run)]) < 2
    options = load_run(run).info["options"]
    assert options["activation"] == "elu"
    assert options["optimizer"] == best["values"]["optimizer"]
    assert options["learning_rate"] == pytest.approx(best["values"]["learning_rate"])
    assert len(options["filters"]) == best["values"]["blocks"]
    # the same training as in the trial
    area = json.loads((run / "report.json").read_text())["select"]["roc_auc"]
    assert area == pytest.approx(best["roc_auc"], abs=1e-5)


def test_json_is_alone_on_stdout_the_holdout_not_looked_at_and_no_picture_decoded_twice(
    split_data: Path,
    tmp_path: Path,
    small: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trucksight.train.data import dataset
    from trucksight.train.data.kept_pixels import KeptPixels

    seen, decoded, rows, decode = set(), [], KeptPixels.rows, dataset.decode_named

    def noting(self: KeptPixels, examples: Sequence[Example]) -> Any:
        seen.update(one.split for one in examples)
        return rows(self, examples)

    def counting(path: Path, content: bytes) -> Any:
        decoded.append(path)
        return decode(path, content)

    monkeypatch.setattr(KeptPixels, "rows", noting)
    for module in (dataset, scoring):
        monkeypatch.setattr(module, "decode_named", counting)
    out = tmp_path / "search"
    arguments = ["tune", str(split_data), "--out", str(out), *small, "--tuner", "random"]
    assert main([*arguments, "--trials", "1", "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert printed["best"] == told(out)[0]["number"]
    assert seen == {"train", "select"}
    assert len(decoded) == len(set(decoded)) == 48


def test_hyperband_gives_more_epochs_to_fewer(
    split_data: Path, tmp_path: Path, small: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "search"
    shape = ["--filters", "16", "--hidden", "8", "--tuner", "hyperband", "--epochs", "3"]
    assert main(["tune", str(split_data), "--out", str(out), *small, *shape]) == 0
    assert "hyperband plans 6 trials of up to 3 epochs" in capsys.readouterr().err
    epochs = [one["epochs"] for one in told(out)]
    assert len(epochs) == 6
    assert epochs.count(1) == 3
    assert "epochs = 3" in (out / "best.toml").read_text().splitlines()


def test_a_search_where_nothing_is_allowed_says_so(
    split_data: Path, tmp_path: Path, small: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "search"
    arguments = ["tune", str(split_data), "--out", str(out), *small, "--max-parameters", "10"]
    assert main([*arguments, "--trials", "1", "--tuner", "random"]) == 1
    printed = capsys.readouterr()
    assert "parameters are over the 10 allowed" in printed.out
    assert "no trial was trained" in printed.err
    assert not (out / "best.toml").exists()


def test_killed_in_a_trial_it_goes_on_to_the_same_end(
    split_data: Path,
    tmp_path: Path,
    small: list[str],
    capsys: pytest.CaptureFixture[str],
    fill: Callable[..., None],
) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "search"
    arguments = ["tune", str(split_data), *small, "--tuner", "random", "--trials", "3", "--out"]
    assert main([*arguments, str(undisturbed)]) == 0
    child = [sys.executable, "-W", "ignore", "-c", KILLED, *arguments, str(out)]
    done = subprocess.run(child, check=False, capture_output=True, timeout=300, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr[-800:]
    capsys.readouterr()
    assert main([*arguments, str(out)]) == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert main([*arguments, str(out), "--resume", "--dropout", "0.5"]) == 2
    assert "is of another search: options dropout was null, is 0.5" in capsys.readouterr().err
    assert main([*arguments, str(out), "--resume"]) == 0
    assert capsys.readouterr().err.count(": ROC AUC") == 2  # the first one is kept
    assert without_time(told(out)) == without_time(told(undisturbed))

    assert main([*arguments, str(out), "--resume"]) == 0  # what is finished stays as it is
    assert ": ROC AUC" not in capsys.readouterr().err
    fill(split_data / "train/truck", True, 1, first=900)
    assert main([*arguments, str(out), "--resume"]) == 2
    assert "pictures of train was" in capsys.readouterr().err


def test_ctrl_c_leaves_a_table_and_can_be_continued(
    split_data: Path,
    tmp_path: Path,
    small: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trucksight.train.search import trial

    calls, train_network = 0, trial.train_network

    def interrupted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            signal.raise_signal(signal.SIGINT)
        return train_network(*arguments)

    monkeypatch.setattr(trial, "train_network", interrupted)
    out = tmp_path / "search"
    arguments = ["tune", str(split_data), "--out", str(out), *small, "--trials", "2"]
    assert main(arguments) == 130
    printed = capsys.readouterr()
    assert "cut off" in printed.out and "--resume goes on" in printed.err
    assert len(told(out)) == 1
    assert main([*arguments, "--resume"]) == 0
    assert len(told(out)) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "needs --out FOLDER"),
        (["--out", "x", "--trials", "0"], "--trials must be above 0"),
        (["--out", "x", "--teacher", "run"], "--teacher is for trucksight train"),
        (["--out", "x", "--max-latency-ms", "-1"], "--max-latency-ms must be above 0"),
        (["--out", "x", "--model", "none"], "no model 'none'"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tune", "nowhere", *arguments]) == 2
    assert said in capsys.readouterr().err
