"""Which files are taken for which class and split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.errors import DataError
from trucksight.train.data.folders import find_pictures

Make = Callable[..., Path]
Fill = Callable[..., None]


def test_class_folders_alone_give_no_split(data: Path) -> None:
    found = find_pictures([data])
    assert len(found) == 40
    assert {one.label for one in found} == {"truck", "no_truck"}
    assert {one.given for one in found} == {None}


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_split_folders_may_bear_any_of_their_names(
    tmp_path: Path, make_classes: Make, name: str
) -> None:
    make_classes(tmp_path / "train", 2)
    make_classes(tmp_path / name, 1, first=10)
    assert {one.given for one in find_pictures([tmp_path])} == {"train", "val"}


def test_a_class_may_be_called_train(tmp_path: Path, fill: Fill) -> None:
    fill(tmp_path / "train", True, 2)
    fill(tmp_path / "truck", True, 2, first=5)
    assert {one.label for one in find_pictures([tmp_path])} == {"train", "truck"}


def test_hidden_and_other_files_are_ignored(data: Path) -> None:
    for name in ("manifest.csv", "annotations.json", ".DS_Store", ".hidden.jpg", "__MACOSX"):
        (data / "truck" / name).touch()
    (data / "manifest.csv").write_text("file,group\n")
    (data / ".git").mkdir()
    assert len(find_pictures([data])) == 40


def test_deeper_folders_belong_to_their_class(data: Path, fill: Fill) -> None:
    fill(data / "truck" / "night" / "rain", True, 3, first=50)
    assert sum(one.label == "truck" for one in find_pictures([data])) == 23


def test_a_link_that_leads_back_is_walked_once(data: Path) -> None:
    (data / "truck" / "again").symlink_to(data / "truck", target_is_directory=True)
    assert len(find_pictures([data])) == 40


def test_several_folders_are_merged(tmp_path: Path, make_classes: Make) -> None:
    roots = [make_classes(tmp_path / "a", 2), make_classes(tmp_path / "b", 3, first=9)]
    assert len(find_pictures(roots)) == 10


def test_a_manifest_inside_a_split_folder_counts(data: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    split = data.rename(tmp_path / "all" / "train")
    names = sorted(path.name for path in (split / "truck").iterdir())
    (split / "manifest.csv").write_text(f"label,file,source,group\ntruck,{names[0]},oi,7\n")
    groups = {one.path.name: one.group for one in find_pictures([tmp_path / "all"]) if one.group}
    assert groups == {names[0]: "oi:7"}


@pytest.mark.parametrize(
    "row",
    [
        {"file": "train/truck/000.png"},
        {"file": "train/truck/000.png", "label": "truck"},
        {"file": "train/truck/000.png", "label": "truck", "split": "train"},
        {"file": "truck/000.png", "label": "truck"},
        {"file": "truck/000.png", "split": "train"},
        {"file": "000.png", "label": "truck", "split": "train"},
        {"file": "000.png", "label": "truck"},
    ],
    ids=lambda row: "-".join(row.values()),
)
def test_a_manifest_may_tell_files_with_their_folders(
    split_data: Path, row: dict[str, str]
) -> None:
    text = ",".join([*row, "group"]) + "\n" + ",".join([*row.values(), "1"]) + "\n"
    (split_data / "manifest.csv").write_text(text)
    told = [one.path for one in find_pictures([split_data]) if one.group]
    assert Path("train/truck/000.png") in told
    assert {path.name for path in told} == {"000.png"}
    assert {path.parent.name for path in told} == {"truck"}


def test_groups_of_none_of_the_split_folders_are_an_error(split_data: Path) -> None:
    (split_data / "manifest.csv").write_text("file,group\nelsewhere/000.jpg,3\n")
    with pytest.raises(DataError, match=r"manifest\.csv: its groups are of none"):
        find_pictures([split_data])


def test_a_manifest_of_other_pictures_is_an_error(data: Path) -> None:
    (data / "manifest.csv").write_text("file,group\nelsewhere.jpg,3\n")
    with pytest.raises(DataError, match="its groups are of none of the pictures below it"):
        find_pictures([data])


def test_groups_come_from_the_manifest_by_source(data: Path) -> None:
    (data / "manifest.csv").write_text(
        "label,file,source,group\ntruck,000.png,a,1\nno_truck,000.png,b,1\n"
    )
    groups = {(one.label, one.path.name): one.group for one in find_pictures([data])}
    assert groups["truck", "000.png"] == "a:1"
    assert groups["no_truck", "000.png"] == "b:1"
    assert groups["truck", "001.png"] is None


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no data folder at .*nowhere"):
        find_pictures([tmp_path / "nowhere"])


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file"):
        find_pictures([tmp_path / "file"])


def test_pictures_without_class_folders_are_refused(tmp_path: Path, fill: Fill) -> None:
    fill(tmp_path / "flat", True, 2)
    with pytest.raises(DataError, match="no class folders"):
        find_pictures([tmp_path / "flat"])


def test_one_class_alone_is_refused(tmp_path: Path, fill: Fill) -> None:
    fill(tmp_path / "truck", True, 2)
    with pytest.raises(DataError, match=r"only one class \(truck\)"):
        find_pictures([tmp_path])


def test_an_empty_class_is_named(data: Path) -> None:
    (data / "bus").mkdir()
    with pytest.raises(DataError, match="bus holds no pictures"):
        find_pictures([data])


def test_splits_with_other_classes_are_refused(split_data: Path, fill: Fill) -> None:
    fill(split_data / "val" / "bus", True, 1, first=300)
    with pytest.raises(DataError, match=r"classes differ.*bus"):
        find_pictures([split_data])


def test_folders_with_other_classes_are_refused(data: Path, tmp_path: Path, fill: Fill) -> None:
    fill(tmp_path / "other" / "lorry", True, 2)
    fill(tmp_path / "other" / "none", False, 2)
    with pytest.raises(DataError, match="classes differ"):
        find_pictures([data, tmp_path / "other"])


def test_a_class_beside_the_split_folders_is_refused(split_data: Path, fill: Fill) -> None:
    fill(split_data / "truck", True, 1, first=300)
    with pytest.raises(DataError, match="truck lies beside"):
        find_pictures([split_data])


def test_the_same_folder_twice_is_refused(data: Path) -> None:
    with pytest.raises(DataError, match="twice"):
        find_pictures([data, data / ".." / data.name])
