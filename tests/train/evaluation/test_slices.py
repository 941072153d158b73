"""A weakness that was planted in one slice is found there, and none where there is none."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.train.evaluation.facts import Facts, picture_facts
from trucksight.train.evaluation.sample import Sample
from trucksight.train.evaluation.slices import slices


def weak(n: int, seed: int, wrong: float) -> tuple[list[int], list[float], list[Facts]]:
    """Two sources; a tenth of the answers is wrong in one, the share `wrong` in the other."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    night = rng.random(n) < 0.4
    flipped = rng.random(n) < np.where(night, wrong, 0.1)
    scores = np.where((truth == 1) ^ flipped, 0.9, 0.1)
    facts = [Facts("night" if is_night else "day", None, None) for is_night in night]
    return truth.tolist(), scores.tolist(), facts


def test_a_planted_weakness_is_called_worse(make_sample: Callable[..., Sample]) -> None:
    truth, scores, facts = weak(300, 0, wrong=0.35)
    day, night = slices(make_sample(truth, scores), facts)
    assert (day.name, day.verdict) == ("day", "better")
    assert (night.name, night.verdict) == ("night", "worse")
    assert night.difference is not None
    assert night.difference < -0.15


def test_without_a_weakness_chance_seldom_makes_one(make_sample: Callable[..., Sample]) -> None:
    called = 0
    for seed in range(40):
        truth, scores, facts = weak(120, seed, wrong=0.1)
        called += any(
            one.verdict != "like the rest" for one in slices(make_sample(truth, scores), facts)
        )
    assert called <= 5  # of 40, where 2 are expected


def test_sizes_are_compared_by_what_is_found(make_sample: Callable[..., Sample]) -> None:
    truth = [1] * 60 + [0] * 60
    scores = [0.9] * 30 + [0.1] * 24 + [0.9] * 6 + [0.1] * 60
    facts = [Facts(None, None, "over 20 %")] * 30 + [Facts(None, None, "under 5 %")] * 30
    facts += [Facts(None, None, None)] * 60
    small, large = slices(make_sample(truth, scores), facts)
    assert (small.name, small.compared_by, small.verdict) == ("under 5 %", "recall", "worse")
    assert small.difference == pytest.approx(0.2 - 1)
    assert (large.n, large.values["recall"].value) == (30, 1)
    assert small.values["specificity"].value is None


def test_few_pictures_are_shown_and_not_judged(make_sample: Callable[..., Sample]) -> None:
    facts = [Facts("a", None, None)] * 10 + [Facts("b", None, None)] * 40
    rare, common = slices(make_sample([0, 1] * 25, [0.9, 0.1] * 5 + [0.1, 0.9] * 20), facts)
    assert (rare.n, rare.verdict, rare.difference) == (10, "too few", None)
    assert common.verdict == "too few"


def test_one_value_divides_nothing(make_sample: Callable[..., Sample]) -> None:
    assert slices(make_sample([0, 1] * 20, [0.1, 0.9] * 20), [Facts("a", "dim", None)] * 40) == []


def paint(path: Path, brightness: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((20, 30, 3), brightness, np.uint8))
    return path


def test_light_is_measured_and_the_rest_looked_up(tmp_path: Path) -> None:
    paths = [
        paint(tmp_path / f"val/truck/{name}.png", brightness)
        for name, brightness in (("oi_1", 30), ("oi_2", 80), ("bd_3", 200))
    ]
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["split", "label", "file", "source", "max_truck_area_frac"])
        writer.writerow(["val", "truck", "oi_1.png", "Open Images", "0.03"])
        writer.writerow(["val", "truck", "bd_3.png", "", "0.5"])
    assert picture_facts(paths, ["truck"] * 3, [tmp_path]) == [
        Facts("Open Images", "dark", "under 5 %"),
        Facts("oi", "dim", None),
        Facts("bd", "bright", "over 20 %"),
    ]


def test_a_manifest_in_a_split_folder_tells_too(tmp_path: Path) -> None:
    path = paint(tmp_path / "val/truck/a.png", 90)
    (tmp_path / "val/manifest.csv").write_text("label,file,source\ntruck,truck/a.png,here\n")
    assert picture_facts([path], ["truck"], [tmp_path])[0].source == "here"


def test_names_that_all_begin_alike_are_no_source(tmp_path: Path) -> None:
    paths = [paint(tmp_path / f"truck/IMG_{number}.png", 90) for number in range(3)]
    assert {one.source for one in picture_facts(paths, ["truck"] * 3, [tmp_path])} == {None}


def test_names_that_all_begin_otherwise_are_no_source(tmp_path: Path) -> None:
    paths = [paint(tmp_path / f"truck/x{number}_a.png", 90) for number in range(20)]
    assert {one.source for one in picture_facts(paths, ["truck"] * 20, [tmp_path])} == {None}


def test_a_picture_that_is_gone_has_no_light(tmp_path: Path) -> None:
    (one,) = picture_facts([tmp_path / "truck/a.png"], ["truck"], [tmp_path])
    assert one == Facts(None, None, None)
