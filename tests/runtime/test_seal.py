"""A sealed file changes in no byte unseen, and sealing the same content gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from trucksight.runtime.errors import BundleError
from trucksight.runtime.files import sha256_bytes
from trucksight.runtime.seal import (
    check_archive_seal,
    check_document_seal,
    seal_document,
    sealed_zip,
)

DOCUMENT = {"schema_version": 2, "name": "Straße", "numbers": [1.5, None, True]}
FILES = {"variants/b.txt": b"second", "a.txt": b"first", "bundle.json": b"{}\n"}


def test_a_sealed_document_is_the_document_and_its_seal() -> None:
    document = json.loads(seal_document(DOCUMENT))
    assert list(document) == [*DOCUMENT, "seal"]
    assert {key: document[key] for key in DOCUMENT} == DOCUMENT


def test_the_seal_is_the_hash_of_the_file_with_zeros_in_its_place() -> None:
    raw = seal_document(DOCUMENT)
    seal = json.loads(raw)["seal"]
    assert raw.endswith(f'"seal": "{seal}"\n}}\n'.encode())
    blank = raw.replace(seal.encode(), b"0" * 64)
    assert hashlib.sha256(blank).hexdigest() == seal


def test_sealing_again_replaces_the_seal() -> None:
    raw = seal_document(DOCUMENT)
    assert seal_document(json.loads(raw)) == raw
    assert seal_document({"seal": "old", **DOCUMENT}) == raw


def test_no_byte_of_a_sealed_document_can_change() -> None:
    raw = seal_document(DOCUMENT)
    check_document_seal(raw)
    for place in range(len(raw)):
        for mask in (0x01, 0x20, 0xFF):
            changed = raw[:place] + bytes([raw[place] ^ mask]) + raw[place + 1 :]
            with pytest.raises(BundleError):
                check_document_seal(changed)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"{}\n", json.dumps(DOCUMENT, indent=1).encode(), seal_document(DOCUMENT) + b"\n"],
)
def test_a_document_without_a_seal_at_its_end_is_refused(raw: bytes) -> None:
    with pytest.raises(BundleError, match="does not end with its seal"):
        check_document_seal(raw)


def test_an_edited_document_says_so() -> None:
    with pytest.raises(BundleError, match=r"bundle\.json is not what was sealed"):
        check_document_seal(seal_document(DOCUMENT).replace(b"1.5", b"2.5"))


def test_an_unsealed_document_of_version_1_is_named() -> None:
    former: dict[str, Any] = {"schema": "trucksight/bundle", "schema_version": 1}
    with pytest.raises(BundleError, match=r"version 1 .*export it anew"):
        check_document_seal(json.dumps(former, indent=1).encode())


def test_what_json_has_no_word_for_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        seal_document({"score": float("nan")})


def test_a_sealed_zip_holds_its_files_uncompressed_and_dated_alike() -> None:
    with zipfile.ZipFile(io.BytesIO(sealed_zip(FILES))) as archive:
        entries = archive.infolist()
        assert {one.filename: archive.read(one) for one in entries} == FILES
    assert [one.filename for one in entries] == sorted(FILES)
    assert {one.compress_type for one in entries} == {zipfile.ZIP_STORED}
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.external_attr >> 16 for one in entries} == {0o100644}


def test_the_same_files_give_the_same_zip() -> None:
    assert sealed_zip(FILES) == sealed_zip(dict(reversed(FILES.items())))
    assert sealed_zip(FILES) != sealed_zip(FILES | {"a.txt": b"other"})


def test_the_bytes_of_a_sealed_zip_are_the_same_on_every_machine() -> None:
    digest = "a4a8d4580f52d5bf57f8b80ce0d182f43cd14ac85ca20f96b13de7158871c3b3"
    assert sha256_bytes(sealed_zip(FILES)) == digest


def test_no_byte_of_a_sealed_zip_can_change() -> None:
    whole = sealed_zip(FILES)
    check_archive_seal(io.BytesIO(whole), whole[-82:])
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :]
        with pytest.raises(BundleError, match=r"not what was sealed|is no seal"):
            check_archive_seal(io.BytesIO(changed), changed[-82:])
