"""Rotating lines stay whole and bounded, whatever happens to the process or the disk."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.rotating import RotatingDecisions, RotatingEvents, RotatingLines

EVENT = Event(1, 0.5, 1.25, 0.875, 8, 1)
LINE = {"text": "x" * 990}
"""Four of these fill a file of 4096 bytes."""


def numbers(path: Path) -> list[int]:
    return [json.loads(line)["number"] for line in path.read_text().splitlines()]


def written(path: Path, count: int, keep: int, max_bytes: int = 4096) -> RotatingLines:
    lines = RotatingLines(path, max_bytes, keep)
    for number in range(count):
        lines.write({"number": number} | LINE)
    return lines


def test_a_line_is_in_the_file_when_write_returns(tmp_path: Path) -> None:
    lines = RotatingLines(tmp_path / "x", 4096, 0)
    lines.write({"text": "Lkw ü"})
    assert (tmp_path / "x").read_text(encoding="utf-8") == '{"text": "Lkw ü"}\n'
    lines.close()


def test_a_file_name_that_is_not_utf_8_is_still_json(tmp_path: Path) -> None:
    lines = RotatingLines(tmp_path / "x", 4096, 0)
    lines.write({"name": "caf\udce9.png"})
    lines.close()
    assert json.loads((tmp_path / "x").read_text()) == {"name": "caf\udce9.png"}


def test_full_files_move_up_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    written(path, 14, keep=2).close()
    assert {found.name for found in tmp_path.iterdir()} == {"x", "x.1", "x.2"}
    assert numbers(path) == [12, 13]
    assert numbers(tmp_path / "x.1") == [8, 9, 10, 11]
    assert numbers(tmp_path / "x.2") == [4, 5, 6, 7]


@pytest.mark.parametrize("keep", [0, 1, 5])
def test_all_files_together_are_bounded(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "x"
    lines = RotatingLines(path, 5000, keep)
    for number in range(300):
        lines.write({"number": number, "text": "y" * (number * 37 % 900)})
        total = sum(found.stat().st_size for found in tmp_path.iterdir())
        assert total <= 5000 * (keep + 1)
    lines.close()
    assert len(list(tmp_path.iterdir())) == keep + 1
    assert numbers(path)[-1] == 299


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for number in range(10):
        lines = RotatingLines(path, 4096, 2)
        lines.write({"number": number} | LINE)
        lines.close()
    assert numbers(tmp_path / "x.2") + numbers(tmp_path / "x.1") + numbers(path) == [*range(10)]


def test_a_line_that_was_cut_off_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"number": 1}\n{"numb')
    lines = RotatingLines(path, 4096, 1)
    lines.write({"number": 2})
    lines.close()
    assert path.read_bytes() == b'{"number": 1}\n{"numb\n{"number": 2}\n'


def test_a_kill_between_the_renames_loses_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    written(path, 12, keep=3).close()
    # Killed when x.1 had moved to x.2 and x had not yet moved to x.1 ...
    (tmp_path / "x.2").replace(tmp_path / "x.3")
    (tmp_path / "x.1").replace(tmp_path / "x.2")
    again = RotatingLines(path, 4096, 3)
    again.write({"number": 12} | LINE)
    again.close()
    kept = [numbers(tmp_path / name) for name in ("x.3", "x.2", "x.1", "x")]
    assert kept == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12]]


def test_keeping_fewer_files_removes_the_others(tmp_path: Path) -> None:
    path = tmp_path / "x"
    written(path, 20, keep=4).close()
    assert (tmp_path / "x.4").exists()
    written(path, 5, keep=1).close()
    assert {found.name for found in tmp_path.iterdir()} == {"x", "x.1"}


def test_a_file_that_someone_removed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "x"
    lines = written(path, 4, keep=1)
    path.unlink()
    lines.write({"number": 4} | LINE)
    lines.close()
    assert (numbers(path), lines.dropped) == ([4], 0)


def test_a_line_that_never_fits_is_dropped_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = RotatingLines(tmp_path / "x", 4096, 1)
    with caplog.at_level(logging.WARNING):
        lines.write({"text": "x" * 5000})
        lines.write({"text": "x" * 5000})
    lines.write({"number": 1})
    lines.close()
    assert (lines.dropped, len(caplog.records), numbers(tmp_path / "x")) == (2, 1, [1])


def test_a_full_disk_drops_lines_and_leaves_the_others_whole(small_disk: Path) -> None:
    path = small_disk / "x"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 40_000)
    lines = RotatingLines(path, 1 << 20, 1)
    for number in range(100):
        lines.write({"number": number} | LINE)
    assert 0 < lines.dropped < 100
    stored = 100 - lines.dropped
    ballast.unlink()
    lines.write({"number": 100})
    lines.close()
    assert numbers(path) == [*range(stored), 100]


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    lines = RotatingLines(tmp_path / "x", 4096, 1)
    with pytest.raises(OutputError, match="another process writes it"):
        RotatingLines(tmp_path / "x", 4096, 1)
    lines.close()


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere/x: No such file"):
        RotatingLines(tmp_path / "nowhere" / "x", 4096, 1)


def test_sizes_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="4096 bytes or more, not 4095"):
        RotatingLines(tmp_path / "x", 4095, 1)
    with pytest.raises(UsageError, match="0 or more older files, not -1"):
        RotatingLines(tmp_path / "x", 4096, -1)


def test_decisions_and_events_have_files_of_their_own(
    tmp_path: Path, decide: Callable[..., Decision]
) -> None:
    frame = Frame(None, 0, 0, 0.0)
    sinks = (
        RotatingDecisions(tmp_path / "decisions", 4096, 1),
        RotatingEvents(tmp_path / "events", 4096, 1),
    )
    for sink in sinks:
        sink.frame(frame, decide("T"), EVENT)
        sink.event(EVENT)
        sink.close()
    decision = json.loads((tmp_path / "decisions").read_text())
    assert (decision["verdict"], decision["event"]) == ("truck", 1)
    assert json.loads((tmp_path / "events").read_text()) == EVENT.as_json()


KILLED = """
import json, os, random, select, signal, sys
from pathlib import Path
from trucksight.runtime.sinks.rotating import RotatingLines

path, chance = Path(sys.argv[1]), random.Random(2)
for round in range(int(sys.argv[2])):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lines = RotatingLines(path, 4096, 3)
        for number in range(10**6):
            lines.write({"round": round, "number": number, "text": "x" * (number * 7 % 300)})
            if number < 1000:
                os.write(writer, b".")
    os.close(writer)
    stored = len(os.read(reader, 1))
    select.select([], [], [], chance.uniform(0, 0.001))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(reader, 4096):
        stored += len(piece)
    os.close(reader)
    files = [path.with_name(f"{path.name}.{number}") for number in (3, 2, 1)] + [path]
    there = [file for file in files if file.exists()]
    assert sum(file.stat().st_size for file in there) <= 4 * 4096
    content = b"".join(file.read_bytes() for file in there)
    *lines, rest = content.split(b"\\n")
    records = []
    for line in lines:
        try:
            records.append(json.loads(line))
        except ValueError:
            # Only the end of a round may be cut off, and then the next round follows.
            records.append(None)
    mine = [record["number"] for record in records if record and record["round"] == round]
    assert mine, "the first line was said to be stored"
    assert mine == list(range(mine[0], mine[-1] + 1)), "a line in the middle is damaged"
    assert stored >= 1000 or mine[-1] in (stored - 1, stored), (stored, mine[-1])
print("whole")
"""


def test_a_kill_damages_no_line_that_was_written(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "x"), "300"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "whole\n"), done.stderr
