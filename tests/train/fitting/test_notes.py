"""What a teacher knows of the pictures that judge its student."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trucksight.train.fitting.notes import teacher_notes
from trucksight.train.options import TrainOptions
from trucksight.train.run_folder import SPLIT_COLUMNS, Example, Run, load_run

Row = tuple[str, str, str, str]
"""Split, picture, group, scene."""
Notes = Callable[[Sequence[Row], Sequence[Row]], list[str]]
OPTIONS = TrainOptions(teacher="run").resolved()


def examples(rows: Sequence[Row]) -> list[Example]:
    return [
        Example(Path(f"{number}.png"), "truck", split, picture, group, scene)  # type: ignore[arg-type]
        for number, (split, picture, group, scene) in enumerate(rows)
    ]


@pytest.fixture
def notes(run_path: Path, tmp_path: Path) -> Notes:
    """The notes, but the first, on a student's pictures and a teacher's."""

    def told(teacher: Sequence[Row], student: Sequence[Row], older: bool = False) -> list[str]:
        run = _copy(run_path, tmp_path / "teacher", examples(teacher), older)
        found = examples(student)
        groups = len({one.scene for one in found} - {""})
        data: Any = SimpleNamespace(
            examples=found,
            of=lambda split: [one for one in found if one.split == split],
            findings=SimpleNamespace(groups=groups),
        )
        return teacher_notes(run, OPTIONS, data)[1:]

    return told


def _copy(run: Path, folder: Path, found: Sequence[Example], older: bool) -> Run:
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(json.loads((run / "run.json").read_text())))
    columns = [one for one in SPLIT_COLUMNS if not (older and one == "scene")]
    with (folder / "splits.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for one in found:
            writer.writerow({name: getattr(one, name, 0) for name in SPLIT_COLUMNS})
    return load_run(folder)


STUDENT: list[Row] = [
    ("holdout", "p1", "clips:1", "clips:1"),
    ("holdout", "p2", "clips:1", "clips:1"),
    ("holdout", "p3", "sha256:p3", ""),
    ("train", "p4", "clips:2", "clips:2"),
]


@pytest.mark.parametrize(
    "teacher",
    [
        [("train", "x", "clips:1", "clips:1")],
        [("select", "x", "sha256:y", "clips:1")],
        [("train", "x", "sha256:x", ""), ("holdout", "p1", "sha256:x", "")],
    ],
    ids=["group", "group of another name", "near-duplicate in common"],
)
def test_a_group_that_the_teacher_learned_from_is_told(notes: Notes, teacher: list[Row]) -> None:
    (note,) = notes(teacher, STUDENT)
    assert note.startswith(
        "the teacher learned from pictures of the same groups or near-duplicates of 2 of the 3"
        " pictures of holdout: the figures are kinder"
    )


def test_pictures_and_their_groups_are_told_apart(notes: Notes) -> None:
    (note,) = notes([("train", "p1", "clips:1", "clips:1")], STUDENT)
    assert note.startswith(
        "the teacher learned from 1 of the 3 pictures of holdout, or chose by them, and from"
        " pictures of the same groups or near-duplicates of 1 more: the figures are kinder"
    )


@pytest.mark.parametrize(
    "known", [("holdout", "p1", "clips:1", "clips:1"), ("train", "p4", "clips:2", "clips:2")]
)
def test_what_the_teacher_held_out_or_the_student_learns_is_no_leak(
    notes: Notes, known: Row
) -> None:
    assert notes([known], STUDENT) == []


def test_an_older_run_is_enough_where_there_are_no_groups(notes: Any) -> None:
    alone = [(split, picture, picture, "") for split, picture, _, _ in STUDENT]
    assert notes([("train", "x", "y", "")], alone, older=True) == []


def test_an_older_run_does_not_tell_all_of_its_groups(notes: Any) -> None:
    (note,) = notes([("train", "x", "sha256:y", "clips:1")], STUDENT, older=True)
    assert "does not tell every group of its manifests" in note
