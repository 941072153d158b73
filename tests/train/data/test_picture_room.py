"""Many pictures do not need as much memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime.contract import InputContract
from trucksight.runtime.errors import OutputError
from trucksight.train.cache_folder import cache_folder
from trucksight.train.data.picture_room import picture_room
from trucksight.train.fitting.batches import Batches
from trucksight.train.run_folder import Example
from trucksight.train.scores.scoring import load_pixels

CONTRACT = InputContract(width=32, height=32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRUCKSIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_pixels_on_the_disk_are_the_same_bytes(
    data: Path, example: Callable[..., Example], cache: Path
) -> None:
    examples = [example(path) for path in sorted(data.glob("*/*.png"))]
    held = load_pixels(examples, CONTRACT)
    stored = load_pixels(examples, CONTRACT, in_memory=1000)
    assert isinstance(stored, np.memmap) and not isinstance(held, np.memmap)
    assert (held == stored).all()
    targets = np.zeros((len(examples), 1), np.float32)
    for one, other in zip(
        Batches(held, targets, 7, 3, varied=True).epoch(2),
        Batches(stored, targets, 7, 3, varied=True).epoch(2),
        strict=True,
    ):
        assert (one[0] == other[0]).all()


def test_the_file_has_no_name(cache: Path) -> None:
    room = picture_room((10, 8, 8, 3), in_memory=100)
    room[:] = 7
    assert list(cache.iterdir()) == []
    assert int(room.sum()) == 7 * room.size


def test_a_disk_without_room_is_said_before_it_is_written(cache: Path) -> None:
    with pytest.raises(OutputError, match=r"GiB of pixels in .*TRUCKSIGHT_CACHE"):
        picture_room((1 << 31, 1 << 15, 3), in_memory=0)


def test_a_cache_folder_that_cannot_be_is_named(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(OutputError, match="cache"):
        picture_room((10, 10), in_memory=0)


def test_the_cache_lies_where_the_user_keeps_such_things(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TRUCKSIGHT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "trucksight"
