"""A folder keeps to its bytes for ever, and deletes nothing that is not its own."""

from __future__ import annotations

import fcntl
import os
import random
import subprocess
from pathlib import Path

import pytest

from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.sinks.budget import BudgetFolder, free_bytes

MARK = b"mine"
BLOCK = 4096


def opened(folder: Path, blocks: int = 4, **options: object) -> BudgetFolder:
    options = {"least_free_bytes": 0} | options
    return BudgetFolder(folder, ".jpg", MARK, blocks * BLOCK, **options)  # type: ignore[arg-type]


def file_of(size: int) -> bytes:
    return MARK + b"x" * (size - len(MARK))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_the_oldest_gives_way(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    for number in range(1, 8):
        kept.store(f"run-{number}.jpg", file_of(100))
    assert names(tmp_path) == {"run-4.jpg", "run-5.jpg", "run-6.jpg", "run-7.jpg"}


def test_what_earlier_runs_left_counts_and_goes_first(tmp_path: Path) -> None:
    for age, name in enumerate(("b-1.jpg", "a-1.jpg", "c-1.jpg")):
        (tmp_path / name).write_bytes(file_of(10))
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    kept = opened(tmp_path)
    kept.store("0-1.jpg", file_of(BLOCK + 1))
    assert names(tmp_path) == {"a-1.jpg", "c-1.jpg", "0-1.jpg"}


def test_a_smaller_budget_holds_from_the_start(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    for number in range(1, 5):
        kept.store(f"{number}.jpg", file_of(10))
        os.utime(tmp_path / f"{number}.jpg", (number, number))
    opened(tmp_path, blocks=2)
    assert names(tmp_path) == {"3.jpg", "4.jpg"}


def test_nothing_else_is_ever_deleted(tmp_path: Path) -> None:
    foreign = {"notes.txt", "1.jpeg", "a b.jpg", ".hidden.jpg", "1.jpg.bak", "holiday-1.jpg"}
    for name in foreign:
        (tmp_path / name).write_bytes(b"somebody else's")
    (tmp_path / "2.jpg").mkdir()
    (tmp_path / "3.jpg").symlink_to("notes.txt")
    kept = opened(tmp_path, blocks=1)
    for number in range(10, 20):
        kept.store(f"{number}.jpg", file_of(10))
    assert names(tmp_path) == foreign | {"2.jpg", "3.jpg", "19.jpg"}


@pytest.mark.parametrize("seed", range(5))
def test_any_files_in_any_order_stay_within_the_budget(tmp_path: Path, seed: int) -> None:
    chance, largest = random.Random(seed), 8 * BLOCK
    kept, stored = opened(tmp_path, blocks=8), 0
    for number in range(150):
        if chance.random() < 0.05:
            kept = opened(tmp_path, blocks=8)
        size, name = chance.randrange(4, 10 * BLOCK), f"{chance.randrange(60)}.jpg"
        try:
            if chance.random() < 0.5:
                kept.store(name, file_of(size))
            else:
                draft = kept.begin(name)
                for written in range(0, size, BLOCK):
                    kept.make_room(min(size, written + BLOCK), written)
                    draft.file.write(file_of(size)[written : written + BLOCK])
                    assert total(tmp_path) <= largest
                kept.publish(draft)
        except OutputError:
            assert size > largest
            names_now = [name for name in names(tmp_path) if name.startswith(".")]
            for left in names_now:
                kept.discard(draft)
                assert left not in names(tmp_path)
        else:
            stored += 1
            assert (tmp_path / name).read_bytes() == file_of(size), number
        assert total(tmp_path) <= largest
        assert not [name for name in names(tmp_path) if name.startswith(".")]
    assert stored > 50


def test_a_file_larger_than_the_budget_pushes_nothing_out(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    kept.store("1.jpg", file_of(10))
    with pytest.raises(OutputError, match="20000 bytes are more than the 16384 allowed"):
        kept.store("2.jpg", file_of(20000))
    assert names(tmp_path) == {"1.jpg"}


def test_space_is_left_for_others(tmp_path: Path) -> None:
    def free(folder: Path) -> int:
        return 10 * BLOCK - BLOCK * len(names(folder))

    kept = opened(tmp_path, blocks=100, least_free_bytes=4 * BLOCK, free=free)
    for number in range(1, 20):
        kept.store(f"{number}.jpg", file_of(10))
        assert free(tmp_path) >= 4 * BLOCK
    assert len(names(tmp_path)) == 6


def test_nothing_is_deleted_where_that_would_not_make_room(tmp_path: Path) -> None:
    left = [100 * BLOCK]
    kept = opened(tmp_path, least_free_bytes=8 * BLOCK, free=lambda folder: left[0])
    for number in range(1, 4):
        kept.store(f"{number}.jpg", file_of(10))
    left[0] = BLOCK
    with pytest.raises(OutputError, match="full: 32768 bytes are to stay free"):
        kept.store("4.jpg", file_of(10))
    assert names(tmp_path) == {"1.jpg", "2.jpg", "3.jpg"}


def test_what_others_add_and_take_away_is_noticed(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    for number in range(1, 4):
        one.store(f"one-{number}.jpg", file_of(10))
        other.store(f"other-{number}.jpg", file_of(10))
        assert total(tmp_path) <= 4 * BLOCK
    assert names(tmp_path) == {"one-2.jpg", "other-2.jpg", "one-3.jpg", "other-3.jpg"}
    for path in tmp_path.iterdir():
        path.unlink()
    for number in range(4, 8):
        one.store(f"one-{number}.jpg", file_of(10))
    assert names(tmp_path) == {f"one-{number}.jpg" for number in range(4, 8)}


def test_a_folder_that_someone_removed_is_made_again(tmp_path: Path) -> None:
    kept = opened(tmp_path / "deep" / "folder")
    (tmp_path / "deep" / "folder").rmdir()
    kept.store("1.jpg", file_of(10))
    assert names(tmp_path / "deep" / "folder") == {"1.jpg"}


def test_what_a_kill_left_half_written_goes_and_a_living_writer_s_stays(tmp_path: Path) -> None:
    for name in (".1.jpg.abcd1234.tmp", ".2.jpg.abcd1234.tmp", ".x.txt.abcd1234.tmp"):
        (tmp_path / name).write_bytes(b"half")
    with (tmp_path / ".2.jpg.abcd1234.tmp").open("rb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        opened(tmp_path)
    assert names(tmp_path) == {".2.jpg.abcd1234.tmp", ".x.txt.abcd1234.tmp"}


def test_a_draft_is_nowhere_after_it_was_discarded(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    draft = kept.begin("1.jpg")
    draft.file.write(MARK)
    assert len(names(tmp_path)) == 1
    kept.discard(draft)
    kept.discard(draft)
    assert names(tmp_path) == set()


def test_a_full_disk_is_an_error_and_leaves_no_half_file(small_disk: Path) -> None:
    kept = opened(small_disk, blocks=1000)
    draft = kept.begin("1.jpg")
    draft.file.write(file_of(1000))
    with (small_disk / "ballast").open("wb", 0) as ballast:
        ballast.write(b"x" * free_bytes(small_disk))
    with pytest.raises(OutputError, match=r"cannot write .*1\.jpg: No space left"):
        kept.publish(draft)
    os.truncate(small_disk / "ballast", (small_disk / "ballast").stat().st_size - 2 * BLOCK)
    with pytest.raises(OutputError, match="is full: 0 bytes"):
        kept.store("1.jpg", file_of(3 * BLOCK))
    assert names(small_disk) == {"ballast"}
    kept.store("1.jpg", file_of(10))
    assert names(small_disk) == {"ballast", "1.jpg"}


def test_a_real_disk_is_never_filled(small_disk: Path) -> None:
    kept = opened(small_disk, blocks=1000, least_free_bytes=4 * BLOCK)
    for number in range(40):
        kept.store(f"{number}.jpg", file_of(BLOCK + number))
        assert free_bytes(small_disk) >= 4 * BLOCK
    assert "39.jpg" in names(small_disk)


def test_a_read_only_disk_is_refused_at_the_start(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError, match="no permission, or read-only"):
        opened(small_disk)


def test_numbers_and_folders_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="4096 bytes or more, not 0"):
        opened(tmp_path, blocks=0)
    with pytest.raises(UsageError, match="0 or more bytes free, not -1"):
        opened(tmp_path, least_free_bytes=-1)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot use folder .*/file/here"):
        opened(tmp_path / "file" / "here")
