"""Clips cost the loop a copy, and end with the program, whatever the disk does."""

from __future__ import annotations

import logging
import random
import select
import struct
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
from trucksight.runtime.events import Origin, Smoother
from trucksight.runtime.sinks.budget import free_bytes
from trucksight.runtime.sinks.clips import ClipRules, Clips
from trucksight.runtime.sinks.evidence import EvidenceCounts

Picture = Any
ROOMY = 1 << 30
ORIGIN = Origin("0123456789ab", "truck", "tflite-int8", "f" * 64)


@pytest.fixture
def play(paint: Callable[..., Picture], decide: Callable[..., Decision]) -> Callable[..., None]:
    """Gives a sink verdicts as letters, 20 frames a second; a frame's red is its number."""

    def run(sink: Clips, letters: str, smoother: Smoother, first: int = 0) -> None:
        shared = np.zeros((90, 160, 3), np.uint8)
        seen = shared.view()
        seen.flags.writeable = False
        for number, letter in enumerate(letters, first):
            shared[:] = paint(number)
            decision = decide(letter, number / 20)
            if event := smoother.feed(decision):
                sink.event(event)
            sink.frame(Frame(seen, 0, number, number / 20), decision, smoother.open)
            assert np.array_equal(shared, paint(number))

    return run


def clips(folder: Path, **rules: Any) -> Clips:
    return Clips(folder, ROOMY, rules=ClipRules(**rules), least_free_bytes=0)


def reds(path: Path) -> list[int]:
    reader, found = cv2.VideoCapture(str(path)), []
    assert reader.isOpened()
    while (picture := reader.read()[1]) is not None:
        found.append(round(float(picture[..., 2].mean())))
        assert abs(float(picture[..., 0].mean()) - 90) < 4, "blue is not red"
    reader.release()
    return found


def test_a_clip_is_there_after_its_event(tmp_path: Path, play: Callable[..., None]) -> None:
    sink = clips(tmp_path, before_s=1, after_s=1)
    play(sink, "N" * 40 + "T" * 40 + "N" * 40, Smoother(origin=ORIGIN))
    sink.close()
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["0123456789ab-1.avi"]
    shown = reds(tmp_path / "0123456789ab-1.avi")
    # The event lasts from frame 40 to 79; of 20 frames a second, every other is kept.
    expected = [*range(20, 100, 2)]
    assert len(shown) == len(expected)
    assert all(abs(one - other) <= 3 for one, other in zip(shown, expected, strict=True))
    assert sink.counts == EvidenceCounts(1, 0, 0, None)


@pytest.mark.alone
def test_an_open_event_is_finished_with_what_is_there(
    tmp_path: Path, play: Callable[..., None]
) -> None:
    sink = clips(tmp_path)
    play(sink, "N" * 20 + "T" * 40, Smoother())
    began = time.monotonic()
    sink.close()
    assert time.monotonic() - began < 1.0
    assert len(reds(tmp_path / "1.avi")) == 30


def test_without_an_event_nothing_is_written(tmp_path: Path, play: Callable[..., None]) -> None:
    sink = clips(tmp_path)
    play(sink, "NTN" * 30, Smoother())
    sink.close()
    assert list(tmp_path.iterdir()) == []
    assert sink.counts == EvidenceCounts(0, 0, 0, None)


def test_frames_that_the_thread_does_not_keep_up_with_are_left_out(
    tmp_path: Path, play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    free, encode = threading.Event(), cv2.imencode

    def slow(*arguments: Any) -> Any:
        free.wait(30)
        return encode(*arguments)

    monkeypatch.setattr("trucksight.runtime.sinks.evidence.cv2.imencode", slow)
    monkeypatch.setattr("trucksight.runtime.sinks.clips._WAITING_BYTES", 10 * 160 * 90 * 3)
    sink = clips(tmp_path)
    play(sink, "N" * 20 + "T" * 40, Smoother())
    assert sink.counts.frames_dropped == 30 - 11
    assert "too slow" in str(sink.counts.last_error)
    free.set()
    sink.close()
    shown = reds(tmp_path / "1.avi")
    # They were encoded long after their memory held other pictures.
    expected = [*range(0, 22, 2)]
    assert len(shown) == len(expected)
    assert all(abs(one - other) <= 3 for one, other in zip(shown, expected, strict=True))


def test_a_full_disk_is_said_once_and_decisions_go_on(
    small_disk: Path,
    play: Callable[..., None],
    until: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink, smoother = clips(small_disk, before_s=0, after_s=0), Smoother()
    ballast = small_disk / "ballast"
    with ballast.open("wb", 0) as file:
        file.write(b"x" * free_bytes(small_disk))
    with caplog.at_level(logging.INFO):
        play(sink, ("T" * 20 + "N" * 20) * 2, smoother)
        until(lambda: sink.counts.dropped == 2, "the loss of two clips")
        ballast.unlink()
        play(sink, "T" * 20 + "N" * 20, smoother, first=80)
        sink.close()
    assert (sink.counts.written, sink.counts.dropped) == (1, 2)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert len(reds(small_disk / "3.avi")) >= 10


def test_a_clip_on_a_disk_that_fills_up_ends_there(
    small_disk: Path, play: Callable[..., None]
) -> None:
    sink = clips(small_disk)
    play(sink, "T" * 240, Smoother())
    sink.close()
    assert sink.counts.written == 1
    assert "is full" in str(sink.counts.last_error)
    shown = reds(small_disk / "1.avi")
    assert 10 < len(shown) < 120
    assert abs(shown[-1] - 2 * (len(shown) - 1)) <= 3


def test_a_disk_that_becomes_read_only_is_counted(
    small_disk: Path, play: Callable[..., None]
) -> None:
    sink = clips(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    play(sink, "T" * 40, Smoother())
    sink.close()
    assert (sink.counts.written, sink.counts.dropped) == (0, 1)
    assert "Read-only" in str(sink.counts.last_error)


@pytest.mark.alone
def test_closing_beside_a_hanging_disk_takes_less_than_a_second(
    tmp_path: Path, play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr("trucksight.runtime.sinks.budget.os.fsync", lambda file: free.wait(30))
    sink = clips(tmp_path, before_s=0, after_s=0)
    play(sink, "T" * 20 + "N" * 20 + "T" * 20, Smoother())
    began = time.monotonic()
    sink.close()
    took_s = time.monotonic() - began
    free.set()
    assert took_s < 1.0
    assert "too slow" in str(sink.counts.last_error)


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="4096 bytes or more, not 100"):
        Clips(tmp_path, 100)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot use folder"):
        Clips(tmp_path / "file" / "here", ROOMY)


KILLED = """
import os, sys, time
from pathlib import Path
import numpy as np
from trucksight.runtime.decision import Decision, Frame, Verdict
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.clips import ClipRules, Clips

sink = Clips(Path(sys.argv[1]), 400_000, rules=ClipRules(before_s=0.5), least_free_bytes=0)
noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
decision = Decision(Verdict.TRUCK, 0.9, None, "t", None, 0, 0, 0, 0.0, None)
for number in range(1, 10**6):
    event = Event(number, 2.0 * number, 2.0 * number + 1, 0.9, 1, 0)
    for tenth in range(20):
        sink.frame(Frame(noise, 0, 0, 2.0 * number + tenth / 10), decision, event)
    sink.event(event)
    while sink.counts.written + sink.counts.dropped < number - 1:
        time.sleep(0.0005)
    os.write(1, b".")
"""


def test_a_kill_in_a_clip_leaves_whole_clips_only(tmp_path: Path) -> None:
    folder, chance, seen, half = tmp_path / "kept", random.Random(5), 0, 0
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE
        )
        assert child.stdout
        child.stdout.read(chance.randrange(3, 12))
        select.select([], [], [], chance.uniform(0, 0.01))
        child.kill()
        child.wait()
        child.stdout.close()
        half += len([path for path in folder.iterdir() if path.name.endswith(".tmp")])
        Clips(folder, 400_000).close()
        for path in folder.iterdir():
            data = path.read_bytes()
            assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
            reader = cv2.VideoCapture(str(path))
            count = reader.get(cv2.CAP_PROP_FRAME_COUNT)
            while reader.read()[0]:
                count -= 1
            reader.release()
            assert (path.suffix, count) == (".avi", 0)
            seen += 1
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 400_000
    assert seen >= 4
    assert half > 0, "no kill came in the middle of a clip"
