"""A spool keeps what it was given, in order, whatever happens to the process or the disk."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.sinks.spool import BLOCK_BYTES, Spool

ROOMY = 1 << 20


def drained(spool: Spool) -> list[bytes]:
    messages = []
    while entry := spool.oldest():
        messages.append(entry[1])
        spool.remove(entry[0])
    return messages


def test_messages_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "made" / "here", ROOMY)
    for number in range(20):
        spool.put(b"%d" % number)
    assert len(spool) == 20
    assert drained(spool) == [b"%d" % number for number in range(20)]
    assert (len(spool), spool.oldest(), spool.dropped) == (0, None, 0)
    assert list((tmp_path / "made" / "here").iterdir()) == []


def test_the_oldest_stays_until_it_is_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    spool.put(b"one")
    first = spool.oldest()
    assert first is not None
    assert spool.oldest() == first
    spool.remove(first[0])
    spool.remove(first[0])
    assert spool.oldest() is None


def test_a_restart_finds_everything_and_goes_on_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    spool.put(b"one")
    spool.put(b"two")
    spool.close()
    spool.close()
    again = Spool(tmp_path, ROOMY)
    again.put(b"three")
    assert drained(again) == [b"one", b"two", b"three"]


def test_order_survives_a_clock_that_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, ROOMY)
    spool.put(b"one")
    monkeypatch.setattr("trucksight.runtime.sinks.spool.time.time_ns", lambda: 1)
    spool.put(b"two")
    spool.close()
    assert drained(Spool(tmp_path, ROOMY)) == [b"one", b"two"]


def test_a_key_is_not_given_again_after_a_restart(tmp_path: Path) -> None:
    keys = set()
    for _ in range(3):
        spool = Spool(tmp_path, ROOMY)
        spool.put(b"one")
        entry = spool.oldest()
        assert entry is not None
        keys.add(entry[0])
        spool.remove(entry[0])
        spool.close()
    assert len(keys) == 3


def test_a_full_spool_drops_the_oldest_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, 3 * BLOCK_BYTES)
    with caplog.at_level(logging.WARNING):
        for number in range(10):
            spool.put(b"%d" % number)
    assert spool.dropped == 7
    assert len(caplog.records) == 1
    assert drained(spool) == [b"7", b"8", b"9"]


def test_a_message_that_never_fits_pushes_nothing_out(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BLOCK_BYTES)
    spool.put(b"one")
    spool.put(b"x" * (BLOCK_BYTES + 1))
    assert spool.dropped == 1
    assert drained(spool) == [b"one"]


def test_a_smaller_bound_holds_for_what_is_there_already(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 3 * BLOCK_BYTES)
    for message in (b"one", b"two", b"three"):
        spool.put(message)
    spool.close()
    smaller = Spool(tmp_path, BLOCK_BYTES)
    assert smaller.dropped == 2
    assert drained(smaller) == [b"three"]


def test_half_written_messages_go_and_foreign_files_stay(tmp_path: Path) -> None:
    key = f"{7:020}"
    (tmp_path / f".{key}.msg.abc123.tmp").write_bytes(b'{"ev')
    (tmp_path / f"{key}.msg").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "5.msg").write_text("mine too")
    (tmp_path / f"{8:020}.msg").mkdir()
    (tmp_path / f"{9:020}.msg").symlink_to("notes.txt")
    spool = Spool(tmp_path, ROOMY)
    assert (len(spool), spool.oldest()) == (0, None)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"notes.txt", "5.msg", f"{8:020}.msg", f"{9:020}.msg"}


def test_a_message_that_someone_else_removed_is_passed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    for message in (b"one", b"two"):
        spool.put(message)
    min(tmp_path.iterdir()).unlink()
    assert drained(spool) == [b"two"]


def test_a_folder_that_someone_removed_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, ROOMY)
    spool.put(b"one")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    spool.put(b"two")
    assert drained(spool) == [b"two"]


def test_a_full_disk_counts_a_drop_and_does_not_raise(small_disk: Path) -> None:
    spool = Spool(small_disk / "spool", ROOMY)
    for number in range(40):
        spool.put(b"%d" % number)
    waiting = len(spool)
    assert 0 < waiting < 40
    assert spool.dropped == 40 - waiting
    first = spool.oldest()
    assert first is not None
    spool.remove(first[0])
    spool.put(b"room again")
    spool.close()
    again = Spool(small_disk / "spool", ROOMY)
    messages = drained(again)
    again.close()
    assert messages == [b"%d" % number for number in range(1, waiting)] + [b"room again"]


def test_one_process_at_a_time_has_the_folder(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    with pytest.raises(OutputError, match="another process has it"):
        Spool(tmp_path, ROOMY)
    spool.close()
    Spool(tmp_path, ROOMY).close()


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot open spool .*/file/spool"):
        Spool(tmp_path / "file" / "spool", ROOMY)


def test_a_bound_below_one_message_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="4096 bytes or more, not 4095"):
        Spool(tmp_path, BLOCK_BYTES - 1)


KILLED = """
import os, random, select, signal, sys
from pathlib import Path
from trucksight.runtime.sinks.spool import Spool

folder, chance, taken = Path(sys.argv[1]), random.Random(1), []
for round in range(int(sys.argv[2])):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        spool = Spool(folder, 1 << 20)
        for number in range(10**6):
            spool.put(b"%d %d" % (round, number))
            os.write(writer, b".")
    os.close(writer)
    stored = 0
    for _ in range(chance.randrange(1, 4)):
        stored += len(os.read(reader, 1))
    select.select([], [], [], chance.uniform(0, 0.002))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(reader, 4096):
        stored += len(piece)
    os.close(reader)
    spool = Spool(folder, 1 << 20)
    assert spool.dropped == 0
    found = []
    while entry := spool.oldest():
        found.append(entry[1])
        spool.remove(entry[0])
    spool.close()
    assert list(folder.iterdir()) == []
    # All that was stored, and perhaps one more that was killed before it could say so.
    assert stored <= len(found) <= stored + 1, (stored, found)
    assert found == [b"%d %d" % (round, number) for number in range(len(found))], found
    taken.append(stored)
print(sum(taken))
"""


def test_a_kill_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "spool"), "200"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 200
