"""The disk under a run is filled, and later freed."""

from __future__ import annotations

import contextlib
import json
import resource
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.errors import OutputError
from trucksight.runtime.sinks.video import VideoFile

Waiting = Callable[[Path], list[tuple[int, str]]]


def fill(disk: Path) -> Path:
    """Take every byte that is left; the file that has them."""
    hog = disk / "hog"
    with contextlib.suppress(OSError), hog.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return hog


@pytest.mark.parametrize("rotates", [False, True], ids=["plain", "rotating"])
def test_a_full_disk_stops_no_decision_and_damages_nothing(
    start: Callable[..., Any],
    two_events_a_second: tuple[str, ...],
    small_disk: Path,
    broker: Any,
    listener: Any,
    waiting: Waiting,
    free_port: Callable[[], int],
    rotates: bool,
) -> None:
    http, spool, video = free_port(), small_disk / "spool", small_disk / "video.avi"
    run = start(
        *two_events_a_second,
        *("--mqtt", f"mqtt://127.0.0.1:{broker.port}/gate", "--spool", spool),
        *("--video", video, "--http", f"127.0.0.1:{http}"),
        *("--quiet", "--log-level", "warning"),
        *(("--rotate-mb", "0.01") if rotates else ()),
        decisions=small_disk / "decisions",
        events=small_disk / "events",
    )

    def told(field: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{http}/status.json", timeout=10) as answer:
            return json.load(answer)[field]

    def goes_on() -> None:
        decided, events = sum(told("decided").values()), told("event_count")
        run.until(lambda: sum(told("decided").values()) >= decided + 10, "decisions")
        run.until(lambda: told("event_count") > events, "an event")

    run.until(lambda: len(listener.ids()) >= 1, "the first event")
    broker.kill()
    known = len(run.events)
    run.until(lambda: len(run.events) >= known + 2, "events")
    run.until(lambda: waiting(spool) and waiting(spool)[-1][1] == run.event_ids()[-1], "the spool")
    before = {path: path.read_bytes() for path in (run.decisions_path, run.events_path)}
    spooled = run.event_ids()

    hog = fill(small_disk)
    run.until(lambda: f"decisions file {run.decisions_path}" in run.said, "the loss of a line")
    run.until(lambda: f"spool {spool}/mqtt loses" in run.said, "the loss of an event")
    goes_on()
    hog.unlink()
    freed_at = sum(told("decided").values())
    goes_on()
    if rotates:
        assert run.decisions[-1]["sequence"] >= freed_at
    broker.start()
    run.until(lambda: len(listener.ids()) >= len(spooled) + 2, "the delivery")
    document = run.stop()

    assert listener.ids()[: len(spooled)] == spooled
    assert sorted(listener.ids(), key=number) == listener.ids()
    for path, content in before.items():
        whole = content[: content.rfind(b"\n") + 1]
        assert len(whole) > 100
        assert run.history(path).startswith(whole)
    lines = run.history(run.decisions_path).splitlines()
    numbers = [json.loads(line)["sequence"] for line in (lines if rotates else lines[:-1])]
    assert numbers == sorted(set(numbers))
    (counts,) = document["deliveries"].values()
    assert counts["sent"] + counts["dropped"] == document["events"]
    assert counts["dropped"] >= 1
    assert "is the disk full?" in document["sink_errors"][f"video {video}"]
    lost = f"decisions file {run.decisions_path} lost "
    if rotates:
        (note,) = [note for note in document["notes"] if note.startswith(lost)]
        assert int(note.split()[-2]) == document["decided"] - len(numbers)
    else:
        assert "No space left" in document["sink_errors"][f"decisions file {run.decisions_path}"]


def number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])


@contextlib.contextmanager
def full_from(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as a disk does that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("ending", [".avi", ".mkv", ".mp4"])
def test_a_video_that_lost_pictures_is_not_called_whole(
    tmp_path: Path, decide: Callable[..., Decision], ending: str
) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    video, rng = VideoFile(folder / f"video{ending}", fps=15.0), np.random.default_rng(1)

    def show(count: int) -> None:
        for _ in range(count):
            picture = rng.integers(0, 256, (360, 640, 3)).astype(np.uint8)
            video.frame(Frame(picture, 0, 0, 0.0), decide("T"), None)

    with full_from(300_000):
        show(15)
    show(5)
    with pytest.raises(OutputError, match="is the disk full"):
        video.close()
    assert list(folder.iterdir()) == []


def test_lines_that_a_full_disk_did_not_take_are_in_the_summary(
    fake_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = ("--decisions", "/dev/full", "--rotate-mb", "0.01")
    assert main(["run", "--bundle", str(fake_bundle), "--source", "fake:3", "--json", *full]) == 0
    assert "decisions file /dev/full lost 3 lines" in json.loads(capsys.readouterr().out)["notes"]
