"""Features of a frozen base on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.contract import InputContract
from trucksight.train.architectures import Network
from trucksight.train.fitting.feature_cache import FeatureCache, features_folder
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Aids, Labelled, train_network
from trucksight.train.options import TrainOptions

Fresh = Callable[..., Network]
CONTRACT = InputContract(width=32, height=32)
VALUES = np.arange(20, dtype=np.float32).reshape(5, 4)
NAMES = ["a", "b", "c", "d", "e"]


class Counting:
    """Computes features and counts how often."""

    def __init__(self, values: np.ndarray[Any, Any] = VALUES) -> None:
        self.values, self.times = values, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.values


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", CONTRACT)


def test_features_are_computed_once_over_processes(cache: FeatureCache, fresh: Fresh) -> None:
    compute = Counting()
    first = cache.get(fresh(1).features, NAMES, compute)
    again = FeatureCache(cache.folder, CONTRACT).get(fresh(1).features, NAMES, compute)
    assert compute.times == 1
    assert np.array_equal(first, VALUES)
    assert np.array_equal(again, VALUES)


def test_other_weights_pictures_or_input_are_another_entry(
    cache: FeatureCache, fresh: Fresh
) -> None:
    compute = Counting()
    base = fresh(1).features
    cache.get(base, NAMES, compute)
    cache.get(fresh(2).features, NAMES, compute)
    cache.get(base, NAMES[::-1], compute)
    letterbox = InputContract(width=32, height=32, fit="letterbox")
    FeatureCache(cache.folder, letterbox).get(base, NAMES, compute)
    assert compute.times == 4
    assert len(list(cache.folder.iterdir())) == 4


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_entry_is_computed_again(
    cache: FeatureCache, fresh: Fresh, capsys: pytest.CaptureFixture[str], damage: bytes | None
) -> None:
    compute, base = Counting(), fresh(1).features
    cache.get(base, NAMES, compute)
    (entry,) = cache.folder.iterdir()
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    entry.write_bytes(bytes(content) if damage is None else damage)
    assert np.array_equal(cache.get(base, NAMES, compute), VALUES)
    assert compute.times == 2
    assert "is damaged" in capsys.readouterr().err
    cache.get(base, NAMES, compute)
    assert compute.times == 2


def test_what_was_not_used_for_longest_goes(tmp_path: Path, fresh: Fresh) -> None:
    values = np.zeros((5, 100), np.float32)  # 2,000 bytes and the archive's own
    cache, compute = FeatureCache(tmp_path / "f", CONTRACT, 5000), Counting(values)
    base = fresh(1).features
    for number, name in enumerate("xyx"):
        cache.get(base, list(name * 5), compute)
        for entry in cache.folder.iterdir():
            os.utime(entry, ns=(0, entry.stat().st_mtime_ns + number))
    assert compute.times == 2
    cache.get(base, list("zzzzz"), compute)
    assert sum(entry.stat().st_size for entry in cache.folder.iterdir()) <= 5000
    cache.get(base, list("xxxxx"), compute)
    assert compute.times == 3
    cache.get(base, list("yyyyy"), compute)
    assert compute.times == 4


def test_an_entry_larger_than_the_bound_is_not_kept(tmp_path: Path, fresh: Fresh) -> None:
    cache = FeatureCache(tmp_path / "f", CONTRACT, 100)
    assert np.array_equal(cache.get(fresh().features, NAMES, Counting()), VALUES)
    assert not cache.folder.exists()


def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, fresh: Fresh, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    cache = FeatureCache(tmp_path / "file" / "features", CONTRACT)
    assert np.array_equal(cache.get(fresh().features, NAMES, Counting()), VALUES)
    assert "features are not kept" in capsys.readouterr().err


def test_a_second_training_does_not_run_the_base(
    keras: Any,
    fresh: Fresh,
    splits: tuple[Labelled, Labelled],
    cache: FeatureCache,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = TrainOptions(size=32, weights="a-file", epochs=2, batch_size=8).resolved()
    losses = []
    for _ in range(2):
        network = fresh(4)
        if losses:
            monkeypatch.setattr(network.features, "predict_on_batch", None)
        done = train_network(keras, network, *splits, 1, options, Stop(), Aids(cache=cache))
        losses.append([epoch.loss for epoch in done.history])
    assert losses[0] == losses[1]


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert features_folder() == Path("/somewhere/trucksight/features")
