"""Who takes part, what it takes on the disk, which pictures, in which order."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.benchmarks.peers.__main__ import main
from trucksight.benchmarks.peers.contest import turns
from trucksight.benchmarks.peers.entrants import ENTRANTS, HERE, present
from trucksight.benchmarks.peers.install_size import closure, installed
from trucksight.benchmarks.peers.pictures import as_model_input, choose, render, take_frames
from trucksight.runtime import InputContract
from trucksight.runtime.errors import UsageError
from trucksight.runtime.picture import read_picture
from trucksight.runtime.scenes import write_clip

SMALL = InputContract(width=64, height=64)


def test_an_absent_environment_is_listed_with_its_cure(tmp_path: Path) -> None:
    able, absent = present(tmp_path)
    assert {one.environment for one in able} == {HERE}
    told = {one.what: (one.why, one.cure) for one in absent}
    python = tmp_path / "mediapipe/bin/python"
    assert told["MediaPipe ImageClassifier"] == (f"there is no {python}", "make peers")
    assert told["OpenCV + tflite-runtime loop"][1] == "make peers"
    assert len(able) + len(absent) == len(ENTRANTS)


def test_an_absent_package_is_listed_with_the_extra_that_brings_it(tmp_path: Path) -> None:
    row = next(one for one in ENTRANTS if one.name == "OpenCV + ONNX Runtime loop")
    able, (absent,) = present(tmp_path, [replace(row, imports=("no_such_engine",))])
    assert able == []
    assert absent.why == "no_such_engine is not installed here"
    assert absent.cure == "pip install 'trucksight[onnx]'"


def test_every_contestant_is_a_script_of_its_own() -> None:
    folder = Path(closure.__code__.co_filename).parent
    assert all((folder / one.script).is_file() for one in ENTRANTS)
    assert len({one.name for one in ENTRANTS}) == len(ENTRANTS)


def test_everyone_is_first_once_and_the_seed_decides_the_order() -> None:
    rounds = turns(ENTRANTS, len(ENTRANTS), seed=1)
    assert {turn[0].name for turn in rounds} == {one.name for one in ENTRANTS}
    assert all(set(turn) == set(ENTRANTS) and len(turn) == len(ENTRANTS) for turn in rounds)
    assert rounds == turns(ENTRANTS, len(ENTRANTS), seed=1)
    assert rounds[0] != turns(ENTRANTS, 1, seed=2)[0]


def test_the_size_is_that_of_all_that_is_required() -> None:
    def package(size: int, *requires: str) -> dict[str, object]:
        return {"version": "1", "requires": list(requires), "bytes": size}

    environment = {
        "packages": {
            "engine": package(10, "Num_Py>=1", "gpu; extra == 'cuda'", "old; python_version < '3'"),
            "num-py": package(100, "engine"),
            "gpu": package(1000),
            "old": package(10_000),
            "other": package(100_000),
        },
        "markers": {"python_version": "3.11"},
    }
    assert closure(environment, ["engine"]).bytes == 110
    assert closure(environment, ["engine[cuda]"]).versions == dict.fromkeys(
        ("engine", "gpu", "num-py"), "1"
    )
    older = {**environment, "markers": {"python_version": "2.7"}}
    assert closure(older, ["engine"]).bytes == 10_110
    with pytest.raises(LookupError, match="absent is not installed"):
        closure(environment, ["absent"])


def test_the_size_of_what_is_installed_here() -> None:
    numpy = installed(Path(sys.executable), ["numpy"])
    assert numpy.versions == {"numpy": np.__version__}
    both = installed(Path(sys.executable), ["numpy", "trucksight"])
    assert numpy.bytes > 10 << 20
    assert both.bytes > numpy.bytes + (7 << 20)  # the shipped bundle is part of trucksight


def test_rendered_pictures_are_the_same_for_a_seed_and_can_be_judged(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = render(tmp_path, 8, 1, (160, 120), SMALL)
    again = render(tmp_path / "again", 8, 1, (160, 120), SMALL)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert [path.name for path in first] != sorted(path.name for path in first)
    assert read_picture(first[0]).shape == (120, 160, 3)


def test_a_picture_that_is_refused_does_not_take_part(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3)).astype(np.uint8)
    for name, image in (("black", noise * 0), ("good", noise)):
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    assert [path.name for path in choose(tmp_path, 9, 1, SMALL)] == ["good.png"]
    (tmp_path / "good.png").unlink()
    with pytest.raises(UsageError, match="no JPEG or PNG"):
        choose(tmp_path, 9, 1, SMALL)


def test_frames_of_a_video_are_spread_over_it(tmp_path: Path) -> None:
    write_clip(tmp_path / "road.mp4", 2.0, seed=3, fps=5.0, size_wh=(160, 120))
    paths = take_frames(tmp_path / "road.mp4", tmp_path, 5, 1, SMALL)
    assert sorted(path.name for path in paths) == [f"frame-{n:05}.jpg" for n in (0, 2, 4, 6, 8)]


def test_small_pictures_need_no_resizing(tmp_path: Path) -> None:
    (path,) = render(tmp_path, 1, 1, (160, 120), SMALL)
    (small,) = as_model_input([path], tmp_path, SMALL)
    assert (small.suffix, read_picture(small).shape) == (".png", (64, 64, 3))


@pytest.mark.parametrize(
    "words, told",
    [
        (["--rounds", "4"], "--rounds must be 5 or more"),
        (["--threads", "0"], "--threads must be 1 or more"),
        (["--keras", "none.keras"], "is no file"),
    ],
)
def test_a_wrong_option_is_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich", reason="pip install 'trucksight[bench]'")
    assert main(words) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
