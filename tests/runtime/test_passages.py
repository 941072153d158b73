"""Events are matched with the truth by overlap in time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trucksight.runtime.errors import DataError
from trucksight.runtime.passages import Comparison, Stretch, compare, read_truth, stretches


def test_what_overlaps_is_found_and_what_does_not_is_missed_or_false() -> None:
    truth = [Stretch(0, 2), Stretch(5, 6), Stretch(9, 9)]
    events = [Stretch(1, 3), Stretch(1.5, 1.7), Stretch(7, 8)]
    assert compare(truth, events) == Comparison(found=1, missed=2, false=1)


def test_one_long_event_finds_every_passage_under_it() -> None:
    assert compare([Stretch(0, 1), Stretch(3, 4)], [Stretch(0, 9)]) == Comparison(2, 0, 0)


def test_slack_lets_neighbours_touch() -> None:
    assert compare([Stretch(0, 1)], [Stretch(1.1, 2)]) == Comparison(0, 1, 1)
    assert compare([Stretch(0, 1)], [Stretch(1.1, 2)], slack_s=0.2) == Comparison(1, 0, 0)


def test_nothing_against_nothing() -> None:
    assert compare([], []) == Comparison(0, 0, 0)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ("", []),
        ("...", []),
        ("T", [Stretch(0, 0)]),
        ("TT..T", [Stretch(0, 0.2), Stretch(0.8, 0.8)]),
        (".TTT.", [Stretch(0.2, 0.6)]),
    ],
)
def test_stretches_are_runs_of_frames(present: str, expected: list[Stretch]) -> None:
    assert stretches([mark == "T" for mark in present], fps=5) == expected


def test_the_truth_of_a_clip_is_read_from_its_json(tmp_path: Path) -> None:
    file = tmp_path / "clip.json"
    images = [{"truck_present": mark} for mark in (False, True, True, False)]
    file.write_text(json.dumps({"info": {"fps": 2}, "images": images}))
    assert read_truth(file) == [Stretch(0.5, 1.0)]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"info": {}, "images": [{}]}'])
def test_a_truth_of_another_shape_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "clip.json"
    file.write_text(content)
    with pytest.raises(DataError, match="not the truth of a clip"):
        read_truth(file)
