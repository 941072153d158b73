"""The pictures of an export: each set disjoint from the others, by what is in the files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trucksight.export.pictures import (
    HELD_OUT,
    calibration_set,
    gate_set,
    range_examples,
    set_hash,
)
from trucksight.runtime.errors import DataError
from trucksight.train.run_folder import Run, load_run


@pytest.fixture(scope="module")
def run(run_path: Path) -> Run:
    return load_run(run_path)


def silent(_: str) -> None:
    """Nothing needs saying."""


def test_the_held_out_pictures_come_first(run: Run) -> None:
    judges = gate_set(run, [], [], silent)
    assert [(part.name, part.n) for part in judges.parts] == [(HELD_OUT, len(judges))]
    assert judges.sha256 == judges.parts[0].sha256 == set_hash(run.examples("holdout"))


def test_pictures_of_a_folder_judge_too(
    run: Run, tmp_path: Path, make_classes: Callable[..., Path]
) -> None:
    judges = gate_set(run, [make_classes(tmp_path / "more", 5, first=500)], [], silent)
    assert [part.n for part in judges.parts] == [len(run.examples("holdout")), 10]
    assert judges.parts[1].name == "more"
    assert judges.pixels.shape == (len(judges), 32, 32, 3)


def test_what_training_or_the_ranges_have_seen_does_not_judge(
    run: Run, tmp_path: Path, make_classes: Callable[..., Path]
) -> None:
    more = make_classes(tmp_path / "more", 3, first=500)
    seen = run.examples("train")[0]
    shutil.copy(seen.path, more / seen.label / "copy-of-a-training-picture.png")
    shutil.copy(more / "truck/500.png", more / "truck/copy.png")
    ranges = [replace(seen, sha256=_hash_of(more / "truck/502.png"))]
    said: list[str] = []
    judges = gate_set(run, [more], ranges, said.append)
    assert judges.parts[1].n == 6 - 1
    assert "3 pictures" in said[0]


def test_a_folder_of_training_pictures_alone_is_refused(run: Run, tmp_path: Path) -> None:
    for example in run.examples("train"):
        target = tmp_path / "old" / example.label
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(example.path, target)
    with pytest.raises(DataError, match=r"every picture of .*old was seen in training"):
        gate_set(run, [tmp_path / "old"], [], silent)


def test_other_classes_do_not_judge(
    run: Run, tmp_path: Path, make_classes: Callable[..., Path]
) -> None:
    more = make_classes(tmp_path / "more", 2, first=500)
    (more / "truck").rename(more / "lorry")
    with pytest.raises(DataError, match="the classes differ: the run knows no_truck, truck"):
        gate_set(run, [more], [], silent)


def test_a_held_out_picture_that_set_the_ranges_stops_the_export(run: Run) -> None:
    with pytest.raises(DataError, match="1 of 16 held-out pictures were seen"):
        gate_set(run, [], run.examples("holdout")[:1], silent)


def test_the_ranges_are_drawn_from_every_class_alike(run: Run) -> None:
    drawn = range_examples(run, None, 10, seed=3)
    assert sorted(one.label for one in drawn) == ["no_truck"] * 5 + ["truck"] * 5
    assert drawn == range_examples(run, None, 10, seed=3)
    assert drawn != range_examples(run, None, 10, seed=4)
    assert {one.split for one in drawn} == {"train"}


def test_the_ranges_can_come_from_a_folder_without_labels(
    run: Run, tmp_path: Path, painted: Callable[..., np.ndarray], fill: Callable[..., None]
) -> None:
    fill(tmp_path / "road/at/any/depth", False, 4)
    (tmp_path / "road/notes.txt").write_text("no picture")
    assert len(range_examples(run, tmp_path / "road", 10, seed=0)) == 4
    assert len(range_examples(run, tmp_path / "road", 3, seed=0)) == 3


def test_a_folder_without_pictures_sets_no_ranges(run: Run, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no pictures"):
        range_examples(run, tmp_path, 10, seed=0)
    with pytest.raises(DataError, match="no folder"):
        range_examples(run, tmp_path / "nowhere", 10, seed=0)


def test_the_calibration_pictures_are_the_select_split(run: Run) -> None:
    pictures = calibration_set(run)
    assert pictures.sha256 == set_hash(run.examples("select"))
    assert len(pictures) == len(run.examples("select"))


def _hash_of(path: Path) -> str:
    from trucksight.runtime.files import sha256_file

    return sha256_file(path)
