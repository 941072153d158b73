"""`trucksight demo` renders a clip, finds the truck in it and leaves what it names."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.demo import FILES
from trucksight.runtime.passages import read_truth

FRAMES = 90


class Demo(NamedTuple):
    """A demo of 6 seconds with one truck."""

    folder: Path
    printed: dict[str, Any]
    said: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    pytest.importorskip("matplotlib", reason="run: pip install 'trucksight[demo]'")
    out = tmp_path_factory.mktemp("demos") / "demo"
    words = ["demo", "--out", str(out), "--seconds", "6", "--passages", "1", "--json"]
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
    ):
        assert main(words) == 0
    return Demo(out, json.loads(stdout.getvalue()), stderr.getvalue())


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_it_leaves_exactly_what_it_names(demo: Demo) -> None:
    assert {path.name for path in demo.folder.iterdir()} == set(FILES)
    assert all((demo.folder / name).stat().st_size > 0 for name in FILES)
    assert [path.name for path in demo.folder.parent.iterdir()] == ["demo"]


def test_it_finds_the_truck_and_invents_none(demo: Demo) -> None:
    result = demo.printed
    assert (result["found"], result["missed"], result["false"]) == (1, 0, 0)
    (event,), ((start_s, end_s),) = result["event_list"], result["passages"]
    assert event["start_s"] <= end_s and event["end_s"] >= start_s


def test_its_truth_is_the_passage_that_it_prints(demo: Demo) -> None:
    (stretch,) = read_truth(demo.folder / "clip.json")
    assert [stretch.start_s, stretch.end_s] == pytest.approx(demo.printed["passages"][0])


def test_every_frame_has_one_decision_in_its_place(demo: Demo) -> None:
    decisions = lines(demo.folder / "decisions.jsonl")
    assert [one["sequence"] for one in decisions] == list(range(FRAMES))
    assert demo.printed["captured"] == demo.printed["decided"] == FRAMES
    assert sum(demo.printed["verdicts"].values()) == FRAMES
    assert len(lines(demo.folder / "events.jsonl")) >= demo.printed["events"]


def test_its_videos_have_every_frame_and_its_timeline_is_a_picture(demo: Demo) -> None:
    for name in ("clip.mp4", "annotated.mp4"):
        video = cv2.VideoCapture(str(demo.folder / name))
        assert sum(video.grab() for _ in range(FRAMES + 1)) == FRAMES
        video.release()
    timeline = cv2.imread(str(demo.folder / "timeline.png"))
    assert timeline is not None
    assert timeline.shape[1] > 1000


def test_it_says_what_it_does_apart_from_its_result(demo: Demo) -> None:
    assert "rendering 6 s of road with 1 truck passage" in demo.said
    assert "running truck-mobilenetv2" in demo.said


def test_a_folder_in_use_is_refused_before_anything_is_rendered(
    fake_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="run: pip install 'trucksight[demo]'")
    assert main(["demo", "--bundle", str(fake_bundle), "--out", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "--overwrite" in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--seconds", "6", "--passages", "50"], "at most"),
        (["--seconds", "-1"], "at least one frame"),
        (["--passages", "-1"], "passages"),
        (["--seed", "-1"], "seed"),
        (["--threads", "0"], "threads must be 1 or more"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_leaves_nothing(
    options: list[str],
    says: str,
    fake_bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("matplotlib", reason="run: pip install 'trucksight[demo]'")
    out = tmp_path / "demo"
    assert main(["demo", "--bundle", str(fake_bundle), "--out", str(out), *options]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == [fake_bundle.name]


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trucksight.runtime.extras.find_spec", lambda name: None)
    assert main(["demo", "--out", str(tmp_path / "demo")]) == 2
    assert "pip install 'trucksight[demo]'" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
