"""`trucksight run`, as a user calls it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.backends import fake

ROAD_TRUCK_ROAD = [30] * 6 + [230] * 10 + [30] * 14
KEYS = {
    "captured",
    "decided",
    "dropped",
    "verdicts",
    "events",
    "age_ms",
    "fps",
    "backend",
    "variant",
}


@pytest.fixture
def run(fake_bundle: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs `run --json --quiet`; gives the one document on stdout."""

    def call(*arguments: Path | str | float) -> dict[str, Any]:
        words = ["run", "--bundle", fake_bundle, "--json", "--quiet", *arguments]
        assert main([str(word) for word in words]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        document: dict[str, Any] = json.loads(out)
        dropped = sum(document["dropped"].values())
        assert document["captured"] == document["decided"] + dropped
        assert document["decided"] == sum(document["verdicts"].values())
        return document

    return call


def test_a_clip_becomes_decisions_one_event_and_a_video(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path], tmp_path: Path
) -> None:
    decisions, events, video = (tmp_path / name for name in ("d.jsonl", "e.jsonl", "v.mp4"))
    document = run(
        *("--source", clip(ROAD_TRUCK_ROAD), "--decisions", decisions),
        *("--events", events, "--video", video),
    )
    assert document.keys() >= KEYS
    assert document["verdicts"] == {"truck": 10, "no_truck": 20, "unknown": 0}
    assert document["events"] == 1
    lines = [json.loads(line) for line in decisions.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(30))
    (event,) = (json.loads(line) for line in events.read_text().splitlines())
    assert (event["start_s"], event["end_s"], event["frames"]) == (0.6, 1.5, 10)
    assert video.stat().st_size > 0


def test_threads_side_by_side_decide_as_one_does(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path], tmp_path: Path
) -> None:
    source, decided = clip(ROAD_TRUCK_ROAD), []
    for threads in (1, 3):
        decisions = tmp_path / f"{threads}.jsonl"
        run("--source", source, "--threads", threads, "--decisions", decisions)
        lines = [json.loads(line) for line in decisions.read_text().splitlines()]
        decided.append([(one["sequence"], one["media_s"], one["probability"]) for one in lines])
    assert len(decided[0]) == 30
    assert decided[0] == decided[1]


def test_the_model_is_not_asked_about_frames_that_the_rate_drops(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Counting(fake.FakeBackend):
        def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            asked.append(1)
            return super().run(pixels_rgb)

    monkeypatch.setattr(fake, "open_model", lambda model, threads: Counting())
    document = run("--source", clip(ROAD_TRUCK_ROAD), "--threads", 3, "--rate", 2)
    pictures = document["verified"]["pictures"]
    assert document["dropped"]["rate"] > 20
    assert len(asked) == pictures + document["decided"]


def test_max_frames_leaves_the_rest_in_the_file(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path]
) -> None:
    document = run("--source", clip([30] * 20), "--max-frames", 3)
    assert (document["captured"], document["decided"], document["dropped"]) == (3, 3, {})


def test_smoothing_follows_the_options(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path]
) -> None:
    source = clip([230] * 3 + [30] * 2 + [230] * 3)
    assert run("--source", source, "--enter-s", 0.5)["events"] == 1
    assert run("--source", source, "--enter-s", 0.1, "--leave-s", 0.3)["events"] == 2
    assert run("--source", source, "--enter-s", 2)["events"] == 0


def test_a_folder_has_no_events_unless_it_has_a_rate(
    run: Callable[..., dict[str, Any]], picture_folder: Path
) -> None:
    still = run("--source", picture_folder)
    assert (still["events"], still["unknown_reasons"]) == (0, {"unreadable": 1})
    assert "no time" in still["notes"][0]
    assert run("--source", picture_folder / "[ac].png", "--fps", 2)["events"] == 1


def test_a_damaged_video_is_noted(
    run: Callable[..., dict[str, Any]], clip: Callable[..., Path]
) -> None:
    path = clip([60] * 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cut off or damaged" in run("--source", path)["notes"][0]


def test_the_plain_summary_is_short_and_on_stdout(
    fake_bundle: Path, clip: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    source = clip(ROAD_TRUCK_ROAD)
    assert main(["run", "--bundle", str(fake_bundle), "--source", str(source)]) == 0
    out, err = capfd.readouterr()
    assert "30 captured, 30 decided, 0 dropped" in out
    assert len(out.splitlines()) <= 10
    event, progress = err.splitlines()
    # Codecs differ by a level or so between builds of OpenCV.
    assert re.fullmatch(r"event 1: 0\.60 s to 1\.50 s, peak 0\.(89|90), 10 frames", event)
    assert progress == "30 frames decided"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "a" * 300], "is too long"),
        (["--source", "nowhere.mp4"], "nowhere.mp4 does not exist"),
        (["--source", "fake:3", "--bundle", "nowhere"], "no bundle at nowhere"),
        (
            ["--source", "fake:3", "--max-frames", "0"],
            "--max-frames: expected a whole number of 1 or more, not '0'",
        ),
        (
            ["--source", "fake:3", "--enter-s", "-1"],
            "--enter-s: expected a number of 0 or more, 86400 at most, not '-1'",
        ),
        (
            ["--source", "fake:3", "--fps", "0"],
            "--fps: expected a number above 0, 1000 at most, not '0'",
        ),
        (["--source", "fake:3", "--events", "/nowhere/e.jsonl"], "/nowhere does not exist"),
        (["--source", "fake:3", "--decisions", "."], "it is a folder"),
        (["--source", "fake:3", "--video", "out.gif"], "must end in"),
        (["--source", "fake:3", "--events", "x.j", "--decisions", "x.j"], "name the same file"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    fake_bundle: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["run", "--bundle", str(fake_bundle), "--json", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


def test_the_source_is_never_overwritten(
    fake_bundle: Path, clip: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    source = clip([60] * 3)
    before = source.read_bytes()
    words = ["run", "--bundle", fake_bundle, "--source", source, "--video", source]
    assert main([str(word) for word in words]) == 2
    assert "name the same file" in capfd.readouterr().err
    assert source.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_disk_is_said_and_does_not_stop_the_decisions(
    fake_bundle: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--bundle", fake_bundle, "--source", "fake:9", "--json", "--quiet"]
    assert main([str(word) for word in [*words, "--decisions", "/dev/full"]]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["decided"] == 9
    assert "No space left" in document["sink_errors"]["decisions file /dev/full"]


def command(*words: Path | str) -> list[str]:
    return [sys.executable, "-m", "trucksight.runtime", *(str(word) for word in words)]


def test_opencv_and_ffmpeg_write_nothing(fake_bundle: Path, tmp_path: Path) -> None:
    # A process of its own: FFmpeg reads its log level once.
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
    done = subprocess.run(
        command("run", "--bundle", fake_bundle, "--source", broken, "--json"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"trucksight: {broken} is not a video")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_its_summary(
    fake_bundle: Path, tmp_path: Path, number: signal.Signals
) -> None:
    decisions = tmp_path / "decisions"
    os.mkfifo(decisions)
    words = ["run", "--bundle", fake_bundle, "--source", "fake:100000000", "--json", "--quiet"]
    with subprocess.Popen(
        command(*words, "--decisions", decisions),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # The first line in the pipe says that it runs.
        with decisions.open() as lines:
            next(lines)
            process.send_signal(number)
            given = 1 + sum(1 for _ in lines)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    document = json.loads(out)
    assert document["captured"] == document["decided"] == given
    assert document["notes"] == [f"stopped by {number.name}"]
