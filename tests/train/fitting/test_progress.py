"""What a person sees while a model trains, and what TensorBoard gets."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.errors import MissingExtra
from trucksight.train.fitting.fit import Epoch
from trucksight.train.fitting.progress import Progress
from trucksight.train.fitting.tensorboard import Board

ROW = Epoch("head", 1, 0.3, 0.5, 0.7, 0.4, 0.8, 0.9, 1e-3, 1.5)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    with Progress("head", 4, done=1, stream=stream) as progress:
        progress.step(2, 1, 2, 0.51)
        progress.step(2, 2, 2, 0.5)
        progress.epoch(2, "loss 0.5 [bold]")
    return stream.getvalue()


def test_without_a_terminal_there_is_a_line_an_epoch() -> None:
    assert shown(io.StringIO()) == "head 2/4 loss 0.5 [bold]\n"


def test_a_terminal_has_a_bar_with_the_time_left() -> None:
    told = shown(Terminal())
    assert "head 2/4 loss 0.5 [bold]" in told
    assert "2/6" in told  # steps of the three epochs that are left
    assert "at most" in told
    assert "\x1b[" in told


def test_curves_are_written_for_tensorboard(keras: Any, tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="run: pip install 'trucksight[tensorboard]'",
    )
    board = Board(tmp_path / "curves")
    board.epoch(1, ROW)
    board.epoch(2, Epoch("head", 2, *([0.25] * 6), 1e-3, 1.5))
    events = accumulator.EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    tags = events.Tags()["tensors"]
    assert "head/select_auc" in tags
    assert "head/learning_rate" in tags
    assert "head/cross_entropy" in tags
    assert [one.step for one in events.Tensors("head/loss")] == [1, 2]


def test_without_tensorboard_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"trucksight\[tensorboard\]"):
        Board(tmp_path)
