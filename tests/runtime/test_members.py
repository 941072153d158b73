"""What a folder or zip may hold, how much of it is read, and that nothing outside it is."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from trucksight.runtime.archive import MAX_MEMBERS
from trucksight.runtime.errors import BundleError
from trucksight.runtime.members import open_members
from trucksight.runtime.seal import sealed_zip

FILES = {"bundle.json": b"{}\n", "variants/a.txt": b"model " * 20}


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip as any tool packs it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_entry(entry: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """A zip with one entry more."""
    buffer = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "bundle.zip"
        path.write_bytes(content)
        return path

    return write


Written = Callable[[bytes], Path]


def refusal(path: Path) -> str:
    """What is said when a folder or zip cannot be opened."""
    with pytest.raises(BundleError) as caught, open_members(path):
        pass
    return str(caught.value)


@pytest.mark.parametrize("pack", [packed, sealed_zip])
def test_a_zip_gives_its_files_their_sizes_and_their_names(
    pack: Callable[[Mapping[str, bytes]], bytes], written: Written
) -> None:
    with open_members(written(pack(FILES))) as members:
        assert members.names() == sorted(FILES)
        assert {name: members.read(name, 1000) for name in FILES} == FILES
        assert [members.size(name) for name in FILES] == [3, 120]
        assert members.size("other") is None


def test_a_zip_with_entries_for_its_folders_is_taken(written: Written) -> None:
    with open_members(written(packed({"variants/": b"", **FILES}))) as members:
        assert members.names() == sorted(FILES)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("/etc/hostname", "points outside the bundle"),
        ("../outside", "points outside the bundle"),
        ("variants/../../outside", "points outside the bundle"),
        ("..", "points outside the bundle"),
        ("..\\outside", "points outside the bundle"),
        ("variants\\a.txt", "points outside the bundle"),
        ("C:outside", "points outside the bundle"),
        ("c:/outside", "points outside the bundle"),
        ("variants//a.txt", "is no path inside a bundle"),
        ("./a.txt", "is no path inside a bundle"),
        ("a\nb.txt", "is no path inside a bundle"),
        ("a\x1b[2J", "is no path inside a bundle"),
    ],
)
def test_an_entry_that_leads_out_is_refused_by_name(
    name: str, fault: str, written: Written
) -> None:
    assert refusal(written(packed({name: b"x"}))).endswith(f"its entry {name!r} {fault}")


def test_a_name_that_hides_its_end_behind_a_zero_byte_is_refused(written: Written) -> None:
    content = packed({"bundle.json?": b"{}"}).replace(b"bundle.json?", b"bundle.json\0")
    assert "no path inside" in refusal(written(content))


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFIFO, "is no regular file"),
        (stat.S_IFCHR, "is no regular file"),
    ],
)
def test_a_link_or_device_in_a_zip_is_refused(kind: int, fault: str, written: Written) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (kind | 0o777) << 16
    assert f"its entry 'link' {fault}" in refusal(written(with_entry(entry, b"/etc/hostname")))


def test_an_encrypted_entry_is_refused(written: Written) -> None:
    content = bytearray(packed(FILES))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    assert "'bundle.json' is encrypted" in refusal(written(bytes(content)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice_is_refused(written: Written) -> None:
    content = with_entry(zipfile.ZipInfo("bundle.json"), b"{}")
    assert "'bundle.json' stands there twice" in refusal(written(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_cannot_be_unpacked_within_bounds_is_refused(
    method: int, written: Written
) -> None:
    content = packed(FILES, method)
    assert "pack it with store or deflate" in refusal(written(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        packed(FILES) + b"\0",
        packed(FILES) + b"trailing",
        packed(FILES)[:-1],
        packed(FILES)[:-2] + struct.pack("<H", 3) + b"abc",
        sealed_zip(FILES) + b"0",
        sealed_zip(FILES)[:-1],
        sealed_zip(FILES)[:-82],
    ],
)
def test_a_zip_that_ends_in_anything_but_its_directory_or_a_seal_is_refused(
    content: bytes, written: Written
) -> None:
    assert "neither a bundle folder nor its zip" in refusal(written(content))


def test_a_comment_as_long_as_a_seal_must_be_one(written: Written) -> None:
    content = packed(FILES)[:-2] + struct.pack("<H", 82) + b"c" * 82
    assert "is no seal" in refusal(written(content))


def test_a_sealed_zip_is_hashed_before_it_is_parsed(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(file: object) -> None:
        raise AssertionError("a zip was parsed that was not sealed so")

    whole = sealed_zip(FILES)
    path = written(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    monkeypatch.setattr("zipfile.ZipFile", parse)
    assert "not what was sealed" in refusal(path)


def test_what_is_read_of_a_zip_is_bounded_by_what_comes_out(written: Written) -> None:
    bomb = packed({"bundle.json": bytes(50_000_000)})
    assert len(bomb) < 100_000
    with open_members(written(bomb)) as members:
        assert members.size("bundle.json") == 50_000_000
        with pytest.raises(BundleError, match="more than the allowed 1000 bytes"):
            members.read("bundle.json", 1000)


def test_a_zip_whose_header_lies_about_a_size_is_refused(written: Written) -> None:
    content = packed({"bundle.json": bytes(50_000_000)})
    lying = content.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 3))
    with open_members(written(lying)) as members:
        assert members.size("bundle.json") == 3
        with pytest.raises(BundleError, match=r"cannot read bundle\.json"):
            members.read("bundle.json", 1000)


def test_a_zip_that_unpacks_to_too_much_in_all_is_refused(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.archive.MAX_TOTAL_BYTES", 100)
    assert "unpacks to 123 bytes, more than the allowed 100" in refusal(written(packed(FILES)))


def test_a_zip_with_too_many_entries_is_refused(written: Written) -> None:
    content = packed({f"{number}": b"" for number in range(MAX_MEMBERS + 1)})
    assert "has 1001 entries" in refusal(written(content))


def test_a_zip_with_too_long_a_table_is_refused_before_the_table_is_read(
    written: Written,
) -> None:
    content = bytearray(packed(FILES))
    struct.pack_into("<L", content, len(content) - 10, 2 << 20)
    assert "table of entries" in refusal(written(bytes(content)))


def test_a_zip64_archive_is_refused(written: Written) -> None:
    content = packed(FILES)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert "zip64" in refusal(written(content[:-22] + locator + content[-22:]))


def test_a_packed_folder_is_told_from_a_packed_bundle(written: Written) -> None:
    content = packed({f"my-bundle/{name}": FILES[name] for name in FILES})
    with (
        open_members(written(content)) as members,
        pytest.raises(BundleError, match=r"my-bundle/bundle\.json: pack the folder's content"),
    ):
        members.read("bundle.json", 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bundle" / name).write_bytes(content)
    return tmp_path / "bundle"


def test_a_folder_gives_its_files_their_sizes_and_their_names(folder: Path) -> None:
    with open_members(folder) as members:
        assert members.names() == sorted(FILES)
        assert {name: members.read(name, 1000) for name in FILES} == FILES
        assert [members.size(name) for name in FILES] == [3, 120]
        assert members.size("other") is None
        assert members.size("bundle.json/other") is None


def test_what_is_read_of_a_folder_is_bounded(folder: Path) -> None:
    with open_members(folder) as members:
        assert members.read("variants/a.txt", 120)
        with pytest.raises(BundleError, match="has more than the allowed 119 bytes"):
            members.read("variants/a.txt", 119)


@pytest.mark.parametrize("name", ["/etc/hostname", "../bundle.zip", "link", "linked/hostname"])
def test_a_path_or_link_that_leads_out_of_a_folder_is_refused(name: str, folder: Path) -> None:
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "linked").symlink_to("/etc")
    with open_members(folder) as members:
        for look in (members.size, lambda name: members.read(name, 1000)):
            with pytest.raises(BundleError, match=f"{name} points outside the bundle"):
                look(name)


def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(
    folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(folder / "pipe")
    os.mkfifo(tmp_path / "pipe.zip")
    with open_members(folder) as members, pytest.raises(BundleError, match="cannot read pipe"):
        members.read("pipe", 1000)
    assert "not a regular file" in refusal(tmp_path / "pipe.zip")


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    with open_members(folder) as members, pytest.raises(BundleError, match="cannot read variants"):
        members.read("variants", 1000)


@pytest.mark.parametrize("name", ["nowhere", "file/inside", "x" * 300])
def test_where_nothing_is_there_is_no_bundle(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    message = refusal(tmp_path / name)
    assert message.startswith("no bundle at") or "neither a bundle folder nor its zip" in message
