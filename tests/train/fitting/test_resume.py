"""kill -9 in any epoch: `--resume` comes to what an undisturbed training comes to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run
from trucksight.train.fitting.checkpoint import Checkpoints, State

KILLED = """
import os, signal, sys
from importlib import import_module
from trucksight.runtime.__main__ import main

where, function, calls, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
owner = import_module(where)
*path, name = function.split(".")
for part in path:
    owner = getattr(owner, part)
before = getattr(owner, name)

def counting(*arguments, **named):
    global calls
    calls -= 1
    if calls == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = before(*arguments, **named)
    if calls == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, counting)
sys.exit(main(sys.argv[5:]))
"""

FULL = """
import resource, sys
from trucksight.runtime.__main__ import main
from trucksight.train.fitting.checkpoint import Checkpoints

saves, save = 0, Checkpoints.save

def filling(self, state, identity):
    global saves
    saves += 1
    if saves == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    save(self, state, identity)

Checkpoints.save = filling
sys.exit(main(sys.argv[1:]))
"""
"""From the third checkpoint on no file can grow; to a writer that is a full disk."""

SMALL = ["--model", "tuned-cnn", "--filters", "16", "--hidden", "8", "--dropout", "0.2",
         "--size", "32", "--batch-size", "8", "--learning-rate", "0.003", "--epochs", "5",
         "--warmup-epochs", "1", "--schedule", "cosine", "--seed", "3"]  # fmt: skip

POINTS = [
    ("numpy", "savez", 2, "after"),
    ("trucksight.train.fitting.fit", "sample_weights", 5, "before"),
    ("trucksight.train.fitting.training", "write_run", 1, "before"),
]
"""Function, which of its calls, and on which side of it; one after the other."""


def killed(point: tuple[str, str, int, str], *arguments: str) -> None:
    child = [sys.executable, "-W", "ignore", "-c", KILLED, *map(str, point), *arguments]
    done = subprocess.run(child, check=False, capture_output=True, timeout=300, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr[-800:]


def trained(out: Path) -> tuple[list[Any], Any, list[str]]:
    run = load_run(out)
    rows = (out / "history.csv").read_text().splitlines()
    history = [row.rpartition(",")[0] for row in rows]  # without the seconds
    report = json.loads((out / "report.json").read_text())
    return run.model().get_weights(), report, history  # type: ignore[attr-defined]


def test_killed_again_and_again_it_comes_to_the_same_bits(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(split_data), *SMALL, "--class-weights", "balanced", "--out"]
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    assert main([*arguments, str(undisturbed)]) in (0, 1)
    for point in POINTS:
        killed(point, *arguments, str(disturbed), "--resume")
        assert not disturbed.exists()
    capsys.readouterr()
    assert main([*arguments, str(disturbed), "--resume"]) in (0, 1)
    assert "continuing after epoch 5 of stage train" in capsys.readouterr().err
    assert not Checkpoints.beside(disturbed).folder.exists()
    (weights, report, history), (others, other_report, other_history) = map(
        trained, (undisturbed, disturbed)
    )
    assert history == other_history
    assert all(np.array_equal(*pair) for pair in zip(weights, others, strict=True))
    assert report == other_report


def test_teacher_hints_average_and_the_form_that_is_folded_survive_it_too(
    split_data: Path, run_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "train", str(split_data), "--model", "truck-cnn", "--size", "32", "--batch-size", "8",
        "--learning-rate", "0.003", "--epochs", "4", "--reparameterize", "--pool-dense", "2",
        "--dropout", "0.2", "--average-weights", "0.9", "--teacher", str(run_path), "--versions",
        "2", "--hints", "2", "--seed", "3", "--out",
    ]  # fmt: skip
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    assert main([*arguments, str(undisturbed), "--feature-cache-mb", "0"]) in (0, 1)
    for point in (
        ("trucksight.train.fitting.feature_cache", "write_atomically", 1, "after"),
        ("trucksight.train.fitting.checkpoint", "Checkpoints.save", 2, "after"),
    ):
        killed(point, *arguments, str(disturbed), "--resume")
    capsys.readouterr()
    assert main([*arguments, str(disturbed), "--resume"]) in (0, 1)
    told = capsys.readouterr().err
    assert "continuing after epoch 2 of stage train" in told
    assert "teacher 1/2" not in told
    (weights, report, history), (others, other_report, other_history) = map(
        trained, (undisturbed, disturbed)
    )
    assert history == other_history
    assert all(np.array_equal(*pair) for pair in zip(weights, others, strict=True))
    assert report == other_report


@pytest.fixture
def cut_short(split_data: Path, tmp_path: Path) -> tuple[list[str], Path]:
    """A training that was killed after its second epoch: its arguments, and its run folder."""
    out = tmp_path / "run"
    arguments = ["train", str(split_data), *SMALL, "--out", str(out)]
    killed(("trucksight.train.fitting.checkpoint", "Checkpoints.save", 2, "after"), *arguments)
    return arguments, out


def test_a_training_that_was_cut_short_is_not_lost_by_accident(
    cut_short: tuple[list[str], Path],
    split_data: Path,
    capsys: pytest.CaptureFixture[str],
    fill: Callable[..., None],
) -> None:
    arguments, out = cut_short
    assert main(arguments) == 2
    assert "was cut short: continue it with --resume" in capsys.readouterr().err
    assert main([*arguments, "--resume", "--seed", "4", "--l2", "0.5"]) == 2
    told = capsys.readouterr().err
    assert "options l2 was 0.0, is 0.5; options seed was 3, is 4" in told
    fill(split_data / "train/truck", True, 1, first=900)
    assert main([*arguments, "--resume"]) == 2
    assert "pictures of train was" in capsys.readouterr().err
    assert Checkpoints.beside(out).file.exists()
    assert main([*arguments, "--overwrite", "--epochs", "2"]) in (0, 1)
    assert load_run(out).info["epochs"] == 2
    assert not Checkpoints.beside(out).folder.exists()


def test_a_disk_that_fills_up_leaves_the_epoch_before(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = ["train", str(split_data), *SMALL, "--out", str(out)]
    child = [sys.executable, "-W", "ignore", "-c", FULL, *arguments]
    done = subprocess.run(child, check=False, capture_output=True, text=True, timeout=300)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 2
    assert "checkpoint.npz: File too large; the epoch before is kept: make room" in last
    assert "Traceback" not in done.stderr
    kept = Checkpoints.beside(out)
    assert [path.name for path in kept.folder.iterdir()] == ["checkpoint.npz"]
    assert not out.exists()
    assert main([*arguments, "--resume"]) in (0, 1)
    assert "continuing after epoch 2 of stage train" in capsys.readouterr().err
    assert load_run(out).info["epochs"] == 5


def test_after_ctrl_c_there_is_a_run_and_it_can_still_be_continued(
    split_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["train", str(split_data), *SMALL, "--out"]
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "run"
    assert main([*arguments, str(undisturbed)]) in (0, 1)
    with monkeypatch.context() as patch:
        save = Checkpoints.save

        def interrupted(self: Checkpoints, state: State, identity: Any) -> None:
            save(self, state, identity)
            if state.epoch == 2:
                signal.raise_signal(signal.SIGINT)

        patch.setattr(Checkpoints, "save", interrupted)
        assert main([*arguments, str(out)]) == 130
    assert "--resume --overwrite continues" in capsys.readouterr().err
    assert load_run(out).info["epochs"] == 2
    assert main([*arguments, str(out), "--resume"]) == 2
    assert main([*arguments, str(out), "--resume", "--overwrite"]) in (0, 1)
    pairs = zip(trained(undisturbed)[0], trained(out)[0], strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)
    assert load_run(out).info["interrupted"] is False
    assert not Checkpoints.beside(out).folder.exists()
