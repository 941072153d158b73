"""What was decoded for the checks is what the model sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.contract import InputContract
from trucksight.train.data.dataset import load_dataset
from trucksight.train.data.kept_pixels import Rows
from trucksight.train.fitting.training import train
from trucksight.train.options import TrainOptions
from trucksight.train.run_folder import load_run
from trucksight.train.scores.scoring import load_pixels

CONTRACT = InputContract(width=32, height=24)


def test_kept_pixels_are_those_that_a_second_reading_gives(session_data: Path) -> None:
    dataset = load_dataset([session_data], seed=0, keep=CONTRACT)  # one of its files is no picture
    assert dataset.pixels is not None
    for split in ("train", "select", "holdout"):
        examples = dataset.of(split)[::-1]
        kept = dataset.pixels.rows(examples)
        assert (len(kept), kept.ndim) == (len(examples), 4)
        np.testing.assert_array_equal(kept[:], load_pixels(examples, CONTRACT))


def test_rows_are_indexed_like_an_array() -> None:
    room = np.arange(6 * 4 * 4 * 3, dtype=np.uint16).astype(np.uint8).reshape(6, 4, 4, 3)
    order = np.array([5, 0, 3])
    rows, array = Rows(room, order), room[order]
    for key in (1, slice(1, 3), slice(None), np.array([2, 0, 0])):
        np.testing.assert_array_equal(rows[key], array[key])


def test_nothing_is_kept_unless_asked(session_data: Path) -> None:
    assert load_dataset([session_data], seed=0).pixels is None


def test_too_many_are_read_again_and_teach_the_same(
    session_data: Path, small_options: TrainOptions, tmp_path: Path, monkeypatch: Any
) -> None:
    kept = train([session_data], tmp_path / "kept", small_options)
    monkeypatch.setattr("trucksight.train.data.kept_pixels.IN_MEMORY", 40 * 32 * 32 * 3)
    assert load_dataset([session_data], seed=1, keep=InputContract(32, 32)).pixels is None
    read = train([session_data], tmp_path / "read", small_options)
    histories = [(one.path / "history.csv").read_text().splitlines() for one in (kept, read)]
    assert len(histories[0]) > 2
    # the last column is the time that an epoch took
    assert [row.rsplit(",", 1)[0] for row in histories[0]] == [
        row.rsplit(",", 1)[0] for row in histories[1]
    ]
    for mine, theirs in zip(
        *(load_run(one.path).model().get_weights() for one in (kept, read)), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("changed", [b"", b"no picture"])
def test_a_picture_that_goes_bad_after_the_checks_does_no_harm(
    session_data: Path, tmp_path: Path, changed: bytes
) -> None:
    copy = tmp_path / "data"
    for path in session_data.rglob("*.png"):
        target = copy / path.relative_to(session_data)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    dataset = load_dataset([copy], seed=0, keep=CONTRACT)
    assert dataset.pixels is not None
    examples = dataset.of("holdout")
    before = load_pixels(examples, CONTRACT)
    examples[0].path.write_bytes(changed)
    np.testing.assert_array_equal(dataset.pixels.rows(examples)[:], before)
