"""What a training leaves behind after every epoch."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from trucksight.runtime.errors import OutputError, RunError, UsageError
from trucksight.train.architectures import Network
from trucksight.train.fitting.checkpoint import SPARE_BYTES, Checkpoints, State, check_room
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Aids, Labelled, Training, train_network
from trucksight.train.options import TrainOptions

Fresh = Callable[..., Network]
Splits = tuple[Labelled, Labelled]
IDENTITY = {"options": {"seed": 1, "size": 32}, "labels": ["a", "b"]}
STATE = State(
    stage="head",
    best=1,
    best_key=(0.9, -float("inf")),
    history=({"stage": "head", "epoch": 1, "loss": 0.5},),
    bests={},
    model=[np.arange(3, dtype=np.float32), np.array([1, 2], np.uint32)],
    optimizer=[np.array(7)],
    best_weights=[],
)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints.beside(tmp_path / "run")


def test_what_was_kept_comes_back(checkpoints: Checkpoints) -> None:
    assert checkpoints.load(IDENTITY) is None
    checkpoints.save(STATE, IDENTITY)
    checkpoints.save(STATE, IDENTITY)
    state = checkpoints.load(IDENTITY)
    assert state is not None
    assert (state.stage, state.best, state.best_key) == ("head", 1, (0.9, -float("inf")))
    assert state.epoch == 1
    assert [array.dtype for array in state.model] == [np.float32, np.uint32]
    assert np.array_equal(state.model[0], STATE.model[0])
    assert state.optimizer[0] == 7
    assert [path.name for path in checkpoints.folder.iterdir()] == ["checkpoint.npz"]
    checkpoints.discard()
    assert checkpoints.load(IDENTITY) is None


def test_an_average_of_the_weights_is_kept_where_there_is_one(checkpoints: Checkpoints) -> None:
    checkpoints.save(replace(STATE, average=[np.ones(2, np.float32), np.array(0.5)]), IDENTITY)
    state = checkpoints.load(IDENTITY)
    assert state is not None
    assert [array.shape for array in state.average] == [(2,), ()]
    checkpoints.save(STATE, IDENTITY)
    state = checkpoints.load(IDENTITY)
    assert state is not None
    assert list(state.average) == []


def test_another_training_is_refused_and_what_differs_is_told(checkpoints: Checkpoints) -> None:
    checkpoints.save(STATE, IDENTITY)
    other = {"options": {"seed": 2, "size": 32}, "labels": ["a", "c"]}
    with pytest.raises(
        UsageError, match=r'labels was \["a", "b"\], is .*; options seed was 1, is 2'
    ):
        checkpoints.load(other)


@pytest.mark.parametrize("length", [0, 10, -10])
def test_a_damaged_one_is_told(checkpoints: Checkpoints, length: int) -> None:
    checkpoints.save(STATE, IDENTITY)
    checkpoints.file.write_bytes(checkpoints.file.read_bytes()[:length])
    with pytest.raises(RunError, match="is damaged"):
        checkpoints.load(IDENTITY)


def test_when_the_disk_is_full_the_one_before_is_kept(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints.save(STATE, IDENTITY)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("trucksight.train.fitting.checkpoint.np.savez", full)
    with pytest.raises(OutputError, match=r"No space left on device; the epoch before is kept"):
        checkpoints.save(replace(STATE, best=2), IDENTITY)
    state = checkpoints.load(IDENTITY)
    assert state is not None
    assert state.best == 1
    assert len(list(checkpoints.folder.iterdir())) == 1


def test_room_is_asked_for_before_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    needed = 4 * (1000 + 8 * 100) + SPARE_BYTES
    run = tmp_path / "not" / "there"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(needed))
    check_room(run, 1000, 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(needed - 1))
    with pytest.raises(OutputError, match=f"{tmp_path} has 17 MB left"):
        check_room(run, 1000, 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(needed + 799))
    with pytest.raises(OutputError, match="make room"):
        check_room(run, 1000, 100, averaged=True)


class Killed(BaseException):
    """In place of SIGKILL, in this process."""


def options(**choices: Any) -> TrainOptions:
    few: dict[str, Any] = {
        "size": 32,
        "weights": "a-file",
        "strategy": "gradual",
        "unfreeze_stages": 2,
        "epochs": 3,
        "fine_tune_epochs": 3,
        "batch_size": 8,
        "learning_rate": 0.01,
        "fine_tune_rate": 0.003,
        "warmup_epochs": 0.5,
    }
    return TrainOptions(**{**few, **choices}).resolved()


def train(keras: Any, network: Network, splits: Splits, aids: Aids, **choices: Any) -> Training:
    return train_network(keras, network, *splits, 1, options(**choices), Stop(), aids)


@pytest.mark.parametrize(
    ("choices", "killed_after"),
    [
        ({}, 1),
        ({}, 5),
        (
            {
                "optimizer": "sgd",
                "nesterov": True,
                "strategy": "discriminative",
                "unfreeze_stages": TrainOptions.unfreeze_stages,
            },
            3,
        ),
        ({"optimizer": "adamw", "schedule": "plateau", "plateau_patience": 1, "patience": 2}, 2),
    ],
)
def test_a_continued_training_comes_to_the_same_bits(
    keras: Any,
    fresh: Fresh,
    splits: Splits,
    checkpoints: Checkpoints,
    monkeypatch: pytest.MonkeyPatch,
    choices: dict[str, Any],
    killed_after: int,
) -> None:
    whole = fresh(5)
    at_once = train(keras, whole, splits, Aids(), **choices)
    saves = 0
    save = Checkpoints.save

    def counting(self: Checkpoints, state: State, identity: Any) -> None:
        nonlocal saves
        save(self, state, identity)
        saves += 1
        if saves == killed_after:
            raise Killed

    monkeypatch.setattr(Checkpoints, "save", counting)
    with pytest.raises(Killed):
        train(keras, fresh(5), splits, Aids(checkpoints=checkpoints), **choices)
    other = fresh(6)
    other.features.set_weights(fresh(5).features.get_weights())  # as its weights file has them
    state = checkpoints.load({})
    continued = train(keras, other, splits, Aids(checkpoints=checkpoints, state=state), **choices)
    pairs = zip(whole.model.get_weights(), other.model.get_weights(), strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)
    assert continued.best == at_once.best
    assert continued.rates == at_once.rates
    rows = [[replace(row, seconds=0.0) for row in one.history] for one in (at_once, continued)]
    assert rows[0] == rows[1]
