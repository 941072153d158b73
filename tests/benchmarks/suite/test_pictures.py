"""Pictures come in an order that the seed fixes, with the labels of their folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.pictures import own_pictures, rendered_pictures
from trucksight.runtime.errors import SourceError


def test_folders_are_labels_and_the_seed_is_the_order(data: Path) -> None:
    one, same, other = (own_pictures(data, 12, seed) for seed in (1, 1, 2))
    assert one == same
    assert one.about.sha256 != other.about.sha256
    assert one.about.count == len(one.pictures) == 12
    assert {picture.label for picture in one.pictures} == {"truck", "no_truck"}
    assert all(picture.path.parent.name == picture.label for picture in one.pictures)


def test_pictures_without_folders_have_no_label(data: Path) -> None:
    pictures = own_pictures(data / "truck", 3, 0).pictures
    assert [picture.label for picture in pictures] == [None] * 3


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_nothing_to_decide_on_is_told(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "nothing")
    with pytest.raises(SourceError, match=r"holds no picture|is no folder"):
        own_pictures(tmp_path / "nothing", 3, 0)


def test_rendered_roads_are_jpegs_of_one_size(tmp_path: Path) -> None:
    made = rendered_pictures(tmp_path, 6, 3, "truck", (160, 120))
    assert made.about.sizes_wh == ((160, 120),)
    assert {picture.label for picture in made.pictures} == {"truck", "no truck"}
    assert all(picture.path.read_bytes()[:2] == b"\xff\xd8" for picture in made.pictures)
    (tmp_path / "again").mkdir()
    again = rendered_pictures(tmp_path / "again", 6, 3, "truck", (160, 120))
    assert again.about.sha256 == made.about.sha256
