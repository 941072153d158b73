"""Several devices come to what one comes to; two virtual processors stand for two GPUs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.train import load_run

TWO = """
import sys
from trucksight.train.quiet import import_keras
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
"""

STEPS = (
    TWO
    + """
import json
import numpy as np
from trucksight.train.fitting.devices import scope, spread, step

keras = import_keras()

def built():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    x = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(x))
    return keras.Model(inputs, x)

rng = np.random.default_rng(0)
pixels = rng.integers(0, 256, (9, 8, 8, 3), np.uint8)
targets = rng.integers(0, 2, (9, 1)).astype(np.float32)
weights = rng.uniform(0.5, 2, 9).astype(np.float32)
told = {}
for name, size, weighted in (
    ("even", 8, False), ("odd", 9, False), ("weighted", 9, True), ("one", 1, False)
):
    ended, losses = [], []
    for count in (1, 2):
        model = built()
        start = model.get_weights()
        learner = spread(keras, model, count)
        with scope(learner):
            learner.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy",
                            metrics=["accuracy"], jit_compile=False)
            learner.optimizer.build(learner.trainable_variables)
        for _ in range(3):
            counted = weights[:size] if weighted else None
            found = step(learner, pixels[:size], targets[:size], counted)
        ended.append(learner.get_weights())
        losses.append(float(found["loss"]))
    told[name] = {
        "replicas": learner.distribute_strategy.num_replicas_in_sync,
        "moved": max(float(abs(a - b).max()) for a, b in zip(start, ended[0])),
        "apart": max(float(abs(a - b).max()) for a, b in zip(*ended)),
        "losses": losses,
    }
print(json.dumps(told))
"""
)

TRAIN = (
    TWO
    + """
import os, signal
from trucksight.runtime.__main__ import main
from trucksight.train.fitting.checkpoint import Checkpoints

save = Checkpoints.save

def killing(self, state, identity):
    save(self, state, identity)
    if state.epoch == 1:
        os.kill(os.getpid(), signal.SIGKILL)

if "--resume" not in sys.argv:
    Checkpoints.save = killing
sys.exit(main(sys.argv[1:]))
"""
)
"""Is killed after its first epoch, and goes on when it is told to."""


def child(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def steps() -> dict[str, Any]:
    done = child(STEPS)
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("batch", ["even", "odd", "weighted", "one"])
def test_weights_after_three_steps_are_those_of_one_device(
    batch: str, steps: dict[str, Any]
) -> None:
    told = steps[batch]
    assert told["replicas"] == 2
    assert told["moved"] > 0.01
    assert told["apart"] < 1e-5


def test_the_loss_is_that_of_the_batch(steps: dict[str, Any]) -> None:
    one, two = steps["even"]["losses"]
    assert one == pytest.approx(two, rel=1e-5)


def test_killed_and_resumed_on_two_devices_it_comes_to_what_one_comes_to(
    split_data: Path, tmp_path: Path
) -> None:
    arguments = ["train", str(split_data), "--model", "tuned-cnn", "--filters", "16", "--hidden",
                 "8", "--dropout", "0", "--size", "32", "--batch-size", "5", "--no-augment",
                 "--learning-rate", "0.003", "--epochs", "2", "--schedule", "cosine",
                 "--class-weights", "balanced", "--seed", "3", "--out"]  # fmt: skip
    assert main([*arguments, str(tmp_path / "one")]) in (0, 1)
    arguments += [str(tmp_path / "two"), "--devices", "2"]
    assert child(TRAIN, *arguments).returncode == -signal.SIGKILL
    done = child(TRAIN, *arguments, "--resume")
    assert done.stdout, done.stderr[-2000:]
    assert "continuing after epoch 1" in done.stderr
    one, two = (load_run(tmp_path / name) for name in ("one", "two"))
    assert two.info["options"]["devices"] == 2
    pairs = zip(one.model().get_weights(), two.model().get_weights(), strict=True)  # type: ignore[attr-defined]
    assert max(float(abs(a - b).max()) for a, b in pairs) < 1e-4
    assert "train 2/2" in done.stderr


def test_more_devices_than_there_are_are_refused(
    split_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(split_data), "--model", "mlp", "--out", str(tmp_path / "run")]
    assert main([*arguments, "--devices", "64"]) == 2
    assert "--devices 64: there are" in capsys.readouterr().err
