"""Every picture is read once, and gets one role."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.errors import DataError
from trucksight.train.data.dataset import load_dataset

Make = Callable[..., Path]
Fill = Callable[..., None]


def test_train_val_and_test_keep_their_meaning(split_data: Path) -> None:
    dataset = load_dataset([split_data], seed=0)
    for split, folder in (("train", "train"), ("select", "val"), ("holdout", "test")):
        assert {one.path.relative_to(split_data).parts[0] for one in dataset.of(split)} == {folder}


def test_without_test_val_judges_and_a_part_of_train_selects(split_data: Path) -> None:
    shutil.rmtree(split_data / "test")
    dataset = load_dataset([split_data], seed=0)
    assert {one.path.relative_to(split_data).parts[0] for one in dataset.of("holdout")} == {"val"}
    assert {one.path.relative_to(split_data).parts[0] for one in dataset.of("select")} == {"train"}


def test_without_split_folders_all_three_are_drawn_evenly(data: Path) -> None:
    assert load_dataset([data], seed=0).counts() == {
        "train": {"no_truck": 14, "truck": 14},
        "select": {"no_truck": 3, "truck": 3},
        "holdout": {"no_truck": 3, "truck": 3},
    }


def test_the_draw_depends_on_the_seed_alone(data: Path) -> None:
    first, again, other = (load_dataset([data], seed).examples for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_group_is_never_divided(data: Path) -> None:
    rows = [f"{label},{n:03}.png,{n // 4}" for label in ("truck", "no_truck") for n in range(20)]
    (data / "manifest.csv").write_text("\n".join(["label,file,group", *rows]))
    splits: dict[str, set[str]] = {}
    for one in load_dataset([data], seed=0).examples:
        splits.setdefault(one.group, set()).add(one.split)
    assert len(splits) == 5
    assert all(len(roles) == 1 for roles in splits.values())


def test_copies_are_one_group(data: Path) -> None:
    for number in range(5):
        shutil.copy(data / "truck/000.png", data / f"truck/copy{number}.png")
    dataset = load_dataset([data], seed=0)
    copies = [one for one in dataset.examples if one.path.name in {"000.png", "copy3.png"}]
    trucks = [one for one in copies if one.label == "truck"]
    assert len({(one.group, one.split) for one in trucks}) == 1


def test_a_copy_of_a_holdout_picture_is_removed_from_train(split_data: Path) -> None:
    shutil.copy(split_data / "test/truck/200.png", split_data / "train/truck/leak.png")
    dataset = load_dataset([split_data], seed=0, allow_leaks=True)
    assert "leak.png" not in {one.path.name for one in dataset.examples}
    assert "200.png" in {one.path.name for one in dataset.of("holdout")}
    assert any("1 copies" in note for note in dataset.notes)
    assert "removed from train" in dataset.skipped[-1].reason


def test_unreadable_pictures_are_listed_and_left_out(data: Path) -> None:
    whole = (data / "truck/000.png").read_bytes()
    (data / "truck/text.jpg").write_text("this is no picture\n")
    (data / "truck/cut.png").write_bytes(whole[: len(whole) // 2])
    (data / "truck/empty.jpg").touch()
    dataset = load_dataset([data], seed=0)
    assert {one.path.name for one in dataset.skipped} == {"text.jpg", "cut.png", "empty.jpg"}
    assert len(dataset.examples) == 40
    assert "3 pictures skipped" in dataset.notes[0]


def test_a_picture_under_two_labels_is_left_out(data: Path) -> None:
    shutil.copy(data / "truck/000.png", data / "no_truck/doubt.png")
    dataset = load_dataset([data], seed=0)
    assert len(dataset.examples) == 39
    assert "labelled no_truck and truck" in dataset.skipped[0].reason


def test_a_class_of_unreadable_pictures_is_refused(data: Path) -> None:
    for path in (data / "truck").iterdir():
        path.write_text("no picture")
    with pytest.raises(DataError, match="class truck has no readable picture"):
        load_dataset([data], seed=0)


def test_too_few_pictures_to_draw_from_are_refused(tmp_path: Path, make_classes: Make) -> None:
    with pytest.raises(DataError, match="independent pictures"):
        load_dataset([make_classes(tmp_path, 2)], seed=0)


def test_val_without_train_is_refused(tmp_path: Path, make_classes: Make) -> None:
    make_classes(tmp_path / "val", 3)
    with pytest.raises(DataError, match="no train"):
        load_dataset([tmp_path], seed=0)
