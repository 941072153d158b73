"""What is written appears whole or not at all."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trucksight.runtime.errors import OutputError
from trucksight.runtime.files import (
    exchange,
    folder_atomically,
    remove_abandoned,
    sha256_bytes,
    sha256_file,
    write_atomically,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_is_written_and_replaced_with_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "new/result.json"
    write_atomically(file, "first")
    write_atomically(file, b"s\xc3\xa9cond")
    assert file.read_text(encoding="utf-8") == "sécond"
    assert names(file.parent) == ["result.json"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_an_error_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "result.json"
    file.write_text("old")
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OutputError, match=r"cannot write .*result\.json: No space left"):
        write_atomically(file, "new")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["result.json"]


def test_a_file_where_a_folder_is_needed_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "file/result.json", tmp_path / "folder"):
        with pytest.raises(OutputError, match="cannot write"):
            write_atomically(target, "new")
    assert names(tmp_path) == ["file", "folder"]


def test_a_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "deep/run"
    with folder_atomically(target) as folder:
        (folder / "a.txt").write_text("a")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "a"
    assert names(target.parent) == ["run"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_an_error_in_the_block_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), folder_atomically(tmp_path / "run") as folder:
        (folder / "a.txt").write_text("a")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.fixture
def old(tmp_path: Path) -> Path:
    target = tmp_path / "run"
    target.mkdir()
    (target / "old.txt").write_text("old")
    return target


def test_overwriting_replaces_the_whole_folder(old: Path) -> None:
    with folder_atomically(old, overwrite=True) as folder:
        (folder / "new.txt").write_text("new")
        assert names(old) == ["old.txt"]
    assert names(old) == ["new.txt"]
    assert names(old.parent) == ["run"]


def test_an_error_while_overwriting_leaves_the_old_folder(old: Path) -> None:
    with pytest.raises(KeyError), folder_atomically(old, overwrite=True) as folder:
        (folder / "new.txt").write_text("new")
        raise KeyError
    assert names(old) == ["old.txt"]
    assert names(old.parent) == ["run"]


def test_a_full_disk_leaves_the_old_folder(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(OutputError, match=r"cannot write .*run: No space left"),
        folder_atomically(old, overwrite=True) as folder,
    ):
        (folder / "new.txt").write_text("new")
        monkeypatch.setattr("os.fsync", fail)
    assert names(old) == ["old.txt"]
    assert names(old.parent) == ["run"]


def test_a_rename_that_fails_puts_the_old_folder_back(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            fail()
        return rename(self, target)

    monkeypatch.setattr("trucksight.runtime.files.exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OutputError), folder_atomically(old, overwrite=True):
        pass
    assert names(old) == ["old.txt"]
    assert names(old.parent) == ["run"]


def test_a_file_system_that_cannot_exchange_still_replaces_the_folder(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.files.exchange", lambda *_: False)
    with folder_atomically(old, overwrite=True) as folder:
        (folder / "new.txt").write_text("new")
    assert names(old) == ["new.txt"]
    assert names(old.parent) == ["run"]


def test_an_exchange_leaves_no_moment_without_either(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("")
    assert exchange(tmp_path / "one", tmp_path / "other")
    assert names(tmp_path / "one") == ["other.txt"]
    with pytest.raises(OSError, match="No such file"):
        exchange(tmp_path / "one", tmp_path / "missing")


KILLED = """
import os, signal, sys
from pathlib import Path
from trucksight.runtime import files

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] != "write":
    before = getattr(files, sys.argv[2])
    def stop(*arguments):
        if sys.argv[3] == "after":
            before(*arguments)
        die()
    setattr(files, sys.argv[2], stop)
with files.folder_atomically(Path(sys.argv[1]), overwrite=True) as folder:
    (folder / "new.txt").write_text("new")
    if sys.argv[2] == "write":
        die()
"""


@pytest.mark.parametrize(
    ("point", "when", "left"),
    [
        ("write", "", "old.txt"),
        ("sync_tree", "before", "old.txt"),
        ("exchange", "before", "old.txt"),
        ("exchange", "after", "new.txt"),
        ("_swap", "after", "new.txt"),
    ],
)
def test_a_kill_leaves_the_old_folder_or_the_new_one(
    old: Path, monkeypatch: pytest.MonkeyPatch, point: str, when: str, left: str
) -> None:
    command = [sys.executable, "-c", KILLED, str(old), point, when]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert names(old) == [left]
    monkeypatch.setattr("trucksight.runtime.files.ABANDONED_AFTER_S", 0.0)
    remove_abandoned(old)
    assert names(old.parent) == ["run"], "what the killed writer left is cleared by the next one"


def test_what_a_living_writer_holds_is_not_taken_for_abandoned(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.files.ABANDONED_AFTER_S", 0.0)
    with folder_atomically(old, overwrite=True) as folder:
        remove_abandoned(old)
        assert folder.is_dir()
    (old.parent / ".run.young.tmp").mkdir()
    monkeypatch.setattr("trucksight.runtime.files.ABANDONED_AFTER_S", 60.0)
    remove_abandoned(old)
    assert (old.parent / ".run.young.tmp").is_dir()


def test_a_folder_in_use_is_refused_unless_told_to_overwrite(old: Path) -> None:
    with pytest.raises(OutputError, match=r"not empty; .* --overwrite"), folder_atomically(old):
        raise AssertionError("the block must not begin")
    assert names(old.parent) == ["run"]


def test_an_empty_folder_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with folder_atomically(tmp_path / "run") as folder:
        (folder / "a.txt").write_text("a")
    assert names(tmp_path / "run") == ["a.txt"]


def test_a_file_or_link_in_the_way_is_never_replaced(old: Path) -> None:
    (old.parent / "file").write_text("")
    (old.parent / "link").symlink_to(old)
    for name in ("file", "link"):
        with (
            pytest.raises(OutputError, match="is not a folder"),
            folder_atomically(old.parent / name, overwrite=True),
        ):
            raise AssertionError("the block must not begin")
    assert names(old) == ["old.txt"]


@pytest.mark.parametrize("target", [".", "..", "/"])
def test_the_folder_one_stands_in_cannot_be_replaced(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(OutputError, match="name a folder inside it"),
        folder_atomically(Path(target), overwrite=True),
    ):
        raise AssertionError("the block must not begin")


def test_a_hash_read_in_pieces_is_the_hash_of_the_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(data)
    assert sha256_file(tmp_path / "file") == sha256_bytes(data) == hashlib.sha256(data).hexdigest()
