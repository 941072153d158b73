"""The picture of an event is the frame that the detector was most certain of."""

from __future__ import annotations

import logging
import random
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.events import Event, Origin, Smoother
from trucksight.runtime.picture import decode_picture, read_picture
from trucksight.runtime.sinks.budget import free_bytes
from trucksight.runtime.sinks.evidence import CLOSE_S, EvidenceCounts, encode_jpeg
from trucksight.runtime.sinks.snapshots import QUALITY, Snapshots

Picture = Any
Play = Callable[..., list[Event]]
ROOMY = 1 << 30
ORIGIN = Origin("0123456789ab", "truck", "tflite-int8", "f" * 64, snapshots=True)
DARKEST = 30
"""Of a red that comes back from a JPEG as it was, within one."""
GAP = [0.1] * 10
"""Frames without a truck, enough to end an event."""


@pytest.fixture
def play(paint: Callable[..., Picture], decide: Callable[..., Decision]) -> Play:
    """Gives a sink probabilities, ten frames a second; a frame's red is its number + `DARKEST`."""

    def run(
        sink: Snapshots,
        probabilities: list[float],
        smoother: Smoother | None = None,
        first: int = 0,
    ) -> list[Event]:
        smoother, ended = smoother or Smoother(), []
        shared = np.zeros((90, 160, 3), np.uint8)
        seen = shared.view()
        seen.flags.writeable = False
        for number, probability in enumerate(probabilities, first):
            shared[:] = paint(DARKEST + number)
            letter = "T" if probability > 0.5 else "N"
            decision = decide(letter, number / 10, probability=probability)
            if event := smoother.feed(decision):
                sink.event(event)
                ended.append(event)
            sink.frame(Frame(seen, 0, number, number / 10), decision, smoother.open)
            assert np.array_equal(shared, paint(DARKEST + number))
        if event := smoother.finish():
            sink.event(event)
            ended.append(event)
        return ended

    return run


def snapshots(folder: Path, most: int = ROOMY) -> Snapshots:
    return Snapshots(folder, most, least_free_bytes=0)


def shows(path: Path) -> int:
    """The number of the frame that a snapshot shows."""
    return round(float(read_picture(path)[..., 2].mean())) - DARKEST


@pytest.mark.parametrize(
    "probabilities",
    [
        [0.6, 0.7, 0.8, 0.9, 0.95, 0.8],
        [0.99, 0.9, 0.8, 0.7, 0.6],
        [0.7, 0.99, 0.8, 0.7, 0.6, 0.9],
        [0.9, 0.9, 0.9, 0.9, 0.9],
        [0.6, 0.6, 0.1, 0.6, 0.9, 0.6],
        [0.99, *GAP, 0.7, 0.8, 0.7, 0.9, 0.7],
        [0.99, 0.1, 0.7, 0.8, 0.9, 0.6, 0.6],
        [0.99, 0.98, 0.1, 0.1, 0.1, 0.7, 0.8, 0.9, 0.6, 0.6],
    ],
)
def test_the_picture_is_the_peak_s(tmp_path: Path, play: Play, probabilities: list[float]) -> None:
    sink = snapshots(tmp_path)
    (event,) = play(sink, [0.1] * 40 + probabilities)
    sink.close()
    inside = [
        (probability, number)
        for number, probability in enumerate([0.1] * 40 + probabilities)
        if event.start_s <= number / 10 <= event.end_s
    ]
    best = max(probability for probability, _ in inside)
    assert best == event.peak_probability
    shown = shows(tmp_path / "1.jpg")
    assert min(abs(shown - number) for probability, number in inside if probability == best) <= 1
    assert sink.counts == EvidenceCounts(1, 0, 0, None)


@pytest.mark.parametrize("equals", [8, 15, 24, 31, 60])
def test_of_frames_that_are_equally_good_one_from_the_middle_is_taken(
    tmp_path: Path, play: Play, equals: int
) -> None:
    sink = snapshots(tmp_path)
    rise = [0.1] * 5 + [0.6, 0.7, 0.8, 0.85]  # the event has begun before its best frames
    play(sink, [*rise, *[0.95] * equals, 0.7, 0.6])
    sink.close()
    place = (shows(tmp_path / "1.jpg") - len(rise)) / (equals - 1)
    assert 1 / 3 - 0.1 <= place <= 2 / 3 + 0.1


def test_any_passage_shows_its_peak(tmp_path: Path, play: Play) -> None:
    chance = random.Random(4)
    for run in range(30):
        sink = snapshots(tmp_path / str(run))
        probabilities = [round(chance.uniform(0.3, 1), 3) for _ in range(60)]
        events = play(sink, probabilities)
        sink.close()
        assert sink.counts.written == len(events)
        for event in events:
            shown = shows(tmp_path / str(run) / event.snapshot_name)
            near = probabilities[max(0, shown - 1) : shown + 2]
            assert event.peak_probability in near
            assert event.start_s - 0.11 <= shown / 10 <= event.end_s + 0.11


def test_the_pixels_are_the_detector_s(
    tmp_path: Path, play: Play, paint: Callable[..., Picture]
) -> None:
    for run in ("one", "two"):
        sink = snapshots(tmp_path / run)
        play(sink, [0.6, 0.6, 0.9, 0.6, 0.6])
        sink.close()
    data = (tmp_path / "one" / "1.jpg").read_bytes()
    alone = encode_jpeg(paint(DARKEST + 2), QUALITY)
    assert np.array_equal(decode_picture(data), decode_picture(alone))
    assert b"trucksight snapshot" in data[:64]
    assert data == (tmp_path / "two" / "1.jpg").read_bytes()


def test_the_event_says_the_name_of_its_picture(tmp_path: Path, play: Play) -> None:
    sink = snapshots(tmp_path)
    passage = [0.9] * 5 + GAP
    events = play(sink, passage + passage, Smoother(origin=ORIGIN))
    sink.close()
    names = [event.as_json()["snapshot"] for event in events]
    assert names == ["0123456789ab-1.jpg", "0123456789ab-2.jpg"]
    assert {path.name for path in tmp_path.iterdir()} == set(names)


def test_an_event_without_a_picture_names_none() -> None:
    origin = Origin("0123456789ab", "truck", "tflite-int8", "f" * 64)
    assert [*Event(7, 0.5, 1.25, 0.875, 8, 1, origin).as_json().items()][6:] == [
        ("id", "0123456789ab-7"),
        ("bundle", "truck"),
        ("variant", "tflite-int8"),
        ("variant_sha256", "f" * 64),
    ]


def test_a_run_s_name_cannot_lead_out_of_the_folder(tmp_path: Path, play: Play) -> None:
    sink = snapshots(tmp_path / "folder")
    play(sink, [0.9] * 5, Smoother(origin=Origin("../../x", "b", "v", "f" * 64)))
    sink.close()
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["______x-1.jpg"]


def test_it_is_there_while_the_event_lasts_and_better_at_its_end(
    tmp_path: Path,
    paint: Callable[..., Picture],
    decide: Callable[..., Decision],
    until: Callable[..., None],
) -> None:
    sink = snapshots(tmp_path)
    for number, probability in ((10, 0.7), (200, 0.9)):
        event = Event(1, 0.1, number / 10, probability, 3, 0)
        frame = Frame(paint(DARKEST + number), 0, number, number / 10)
        sink.frame(frame, decide("T", number / 10, probability=probability), event)
        until((tmp_path / "1.jpg").exists, "the snapshot")
        assert abs(shows(tmp_path / "1.jpg") - 10) <= 1
    sink.close()
    sink.close()
    assert abs(shows(tmp_path / "1.jpg") - 200) <= 1


def test_frames_without_a_picture_are_no_peak(tmp_path: Path, decide: Callable[..., Any]) -> None:
    sink = snapshots(tmp_path)
    event = Event(1, 0.1, 0.2, 0.9, 1, 0)
    sink.frame(Frame(None, 0, 0, 0.2), decide("U", 0.2), event)
    sink.event(event)
    sink.close()
    assert list(tmp_path.iterdir()) == []
    assert sink.counts == EvidenceCounts(0, 1, 0, "1.jpg: none of its frames had a picture")


def test_all_runs_together_keep_to_the_budget(tmp_path: Path, play: Play) -> None:
    passage = [0.9] * 5 + GAP
    for run in range(4):
        origin = Origin(f"run{run}", "b", "v", "f" * 64)
        sink = snapshots(tmp_path, 20 * 1024)
        play(sink, passage * 3, Smoother(origin=origin))
        sink.close()
        assert sink.counts.written == 3
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 20 * 1024
    assert 0 < len(list(tmp_path.iterdir())) < 12
    assert (tmp_path / "run3-3.jpg").exists()


def test_a_full_disk_drops_pictures_says_so_once_and_works_again(
    small_disk: Path, play: Play, until: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    sink = snapshots(small_disk / "made")
    passage, smoother = [0.9] * 5 + GAP, Smoother()
    with (small_disk / "ballast").open("wb", 0) as ballast:
        ballast.write(b"x" * free_bytes(small_disk))
    with caplog.at_level(logging.INFO):
        play(sink, passage * 3, smoother)
        sink.close()
    assert sink.counts.dropped == 3
    assert "full" in str(sink.counts.last_error)
    assert len(caplog.records) == 1
    again = snapshots(small_disk / "made")
    with caplog.at_level(logging.INFO):
        play(again, passage, smoother, first=50)
        until(lambda: again.counts.dropped == 1, "the loss of a snapshot")
        (small_disk / "ballast").unlink()
        play(again, passage, smoother, first=80)
        again.close()
    assert (again.counts.written, again.counts.dropped) == (1, 1)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO"]


def test_a_disk_that_becomes_read_only_is_counted(small_disk: Path, play: Play) -> None:
    sink = snapshots(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    play(sink, [0.9] * 5 + GAP)
    sink.close()
    assert sink.counts.dropped == 1
    assert "Read-only" in str(sink.counts.last_error)


@pytest.mark.alone
def test_a_disk_that_hangs_stops_neither_the_loop_nor_the_end(
    tmp_path: Path, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr("trucksight.runtime.files.os.fsync", lambda file: free.wait(30))
    sink = snapshots(tmp_path)
    began = time.monotonic()
    events = play(sink, ([0.9] * 5 + GAP) * 150)
    sink.close()
    took_s = time.monotonic() - began
    counts = sink.counts
    free.set()
    assert took_s < CLOSE_S + 5
    assert len(events) == 150
    assert counts.dropped > 0
    assert "too slow" in str(counts.last_error)


@pytest.mark.alone
def test_closing_beside_a_hanging_disk_takes_less_than_a_second(
    tmp_path: Path, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr("trucksight.runtime.files.os.fsync", lambda file: free.wait(30))
    sink = snapshots(tmp_path)
    play(sink, [0.9] * 5)
    began = time.monotonic()
    sink.close()
    took_s = time.monotonic() - began
    free.set()
    assert took_s < 1.0


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="quality is 1 to 100, not 0"):
        Snapshots(tmp_path, ROOMY, quality=0)
    with pytest.raises(UsageError, match="4096 bytes or more, not 100"):
        Snapshots(tmp_path, 100)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot use folder"):
        Snapshots(tmp_path / "file" / "here", ROOMY)


KILLED = """
import os, sys, time
from pathlib import Path
import numpy as np
from trucksight.runtime.decision import Decision, Frame, Verdict
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.snapshots import Snapshots

sink = Snapshots(Path(sys.argv[1]), 400_000, least_free_bytes=0)
noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
for number in range(1, 10**6):
    for step in range(3):
        event = Event(number, 0.0, 1.0, 0.9, 1, 0)
        decision = Decision(Verdict.TRUCK, 0.6 + step / 10, None, "t", None, 0, 0, 0, 0.0, None)
        sink.frame(Frame(noise, 0, 0, 0.0), decision, event)
    sink.event(event)
    while sink.counts.written + sink.counts.dropped < number:
        time.sleep(0.0005)
    os.write(1, b".")
"""


def test_a_kill_leaves_whole_pictures_only(tmp_path: Path) -> None:
    folder, chance, seen = tmp_path / "kept", random.Random(3), 0
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE
        )
        assert child.stdout
        child.stdout.read(chance.randrange(3, 15))
        select.select([], [], [], chance.uniform(0, 0.01))
        child.kill()
        child.wait()
        child.stdout.close()
        snapshots(folder, 400_000).close()
        for path in folder.iterdir():
            assert read_picture(path).shape == (240, 320, 3)
            assert cv2.imread(str(path)) is not None
            seen += 1
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 400_000
    assert seen >= 4
