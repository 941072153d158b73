"""The seal of a bundle: a SHA-256 of its index, or of its whole zip, that the file itself carries.

A seal is computed over the file with the seal's own 64 digits replaced by zeros, so it can be
checked on raw bytes, before a parser sees them. It finds damage and casual edits. It is no
signature: who changes a bundle on purpose can seal it again.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from typing import IO, Any

from .errors import BundleError

DIGITS = 64
"""Of a SHA-256 in hexadecimal."""
COMMENT = b"trucksight-sha256:"
"""What the comment of a sealed zip begins with; the digits follow and end the file."""
_BLANK = b"0" * DIGITS
_TAIL = re.compile(rb'"seal": "[0-9a-f]{64}"\n\}\n\Z')
_CLOSING = b'"\n}\n'
_FORMER = re.compile(rb'"schema_version":\s*1\b')
_EPOCH = (1980, 1, 1, 0, 0, 0)


def seal_document(document: Mapping[str, Any]) -> bytes:
    """The bytes of `bundle.json`: the document, its seal as the last key.

    Args:
        document: what JSON can hold; a `seal` in it is replaced.

    Raises:
        ValueError: it holds a number that is not finite.
    """
    unsealed = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps({**unsealed, "seal": _BLANK.decode()}, indent=1, allow_nan=False) + "\n"
    blank = text.encode()
    end = len(blank) - len(_CLOSING)
    return blank[: end - DIGITS] + hashlib.sha256(blank).hexdigest().encode() + blank[end:]


def check_document_seal(raw: bytes) -> None:
    """Check the seal of `bundle.json` without parsing it.

    Args:
        raw: the whole file.

    Raises:
        BundleError: it does not end with a seal, or not with that of these bytes.
    """
    if not _TAIL.search(raw[-DIGITS - 16 :]):
        if _FORMER.search(raw[:1000]):
            raise BundleError("bundle schema version 1 carries no certificates; export it anew")
        raise BundleError("bundle.json does not end with its seal; copy it again or export it anew")
    end = len(raw) - len(_CLOSING)
    start = end - DIGITS
    found = hashlib.sha256(raw[:start] + _BLANK + raw[end:]).hexdigest()
    if found.encode() != raw[start:end]:
        raise BundleError(_broken("bundle.json", found, raw[start:end]))


def sealed_zip(files: Mapping[str, bytes]) -> bytes:
    """The same files as one zip that carries its seal; the same files give the same bytes.

    Args:
        files: content by path inside the bundle, with forward slashes.
    """
    import zipfile  # here, because a board reads and never packs

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, on whatever system it is written
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
        archive.comment = COMMENT + _BLANK
    blank = buffer.getvalue()
    return blank[:-DIGITS] + hashlib.sha256(blank).hexdigest().encode()


def check_archive_seal(file: IO[bytes], comment: bytes) -> None:
    """Check the seal of a whole zip without parsing it.

    Args:
        file: the zip; it is read from its start to its end.
        comment: the zip's comment, with which the file ends.

    Raises:
        BundleError: the comment is no seal, or not that of this file.
        OSError: the file cannot be read.
    """
    if not re.fullmatch(re.escape(COMMENT) + rb"[0-9a-f]{64}", comment):
        raise BundleError(
            f"the zip's comment {comment[:32]!r} is no seal; copy it again, or pack it without one"
        )
    digest = hashlib.sha256()
    left = file.seek(0, io.SEEK_END) - DIGITS
    file.seek(0)
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        digest.update(piece)
        left -= len(piece)
    digest.update(_BLANK)
    if digest.hexdigest().encode() != comment[-DIGITS:]:
        raise BundleError(_broken("the zip", digest.hexdigest(), comment[-DIGITS:]))


def _broken(what: str, found: str, said: bytes) -> str:
    return (
        f"{what} is not what was sealed (SHA-256 {found[:12]}..., its seal says"
        f" {said[:12].decode()}...); copy it again or export it anew"
    )
