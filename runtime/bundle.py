"""Reading a bundle: a model in several variants with everything a board must know about it.

A bundle is a folder, or the same as one `.zip`. Nothing in it is handed to a parser before its
hash has been compared: `bundle.json` with the seal it ends in, every other file with `bundle.json`.
A file is read once, those bytes are hashed, and those bytes are returned.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .calibration import Calibration
from .contract import InputContract
from .entries import (
    Abstain,
    Golden,
    Listed,
    Variant,
    certificate_fault,
    golden_from_json,
    variant_from_json,
)
from .errors import BundleError, UnknownVariant
from .members import Members, open_members
from .schema import SCHEMA, SCHEMA_VERSION, check_document
from .seal import check_document_seal

__all__ = [
    "INDEX",
    "MAX_FILE_BYTES",
    "MAX_GOLDEN_BYTES",
    "MAX_INDEX_BYTES",
    "SCHEMA",
    "SCHEMA_VERSION",
    "Abstain",
    "Bundle",
    "Calibration",
    "Golden",
    "Listed",
    "Variant",
    "load_bundle",
]

INDEX = "bundle.json"
MAX_FILE_BYTES = 1 << 30
"""A larger file in a bundle is refused."""
MAX_GOLDEN_BYTES = 32 << 20
"""A larger golden picture is refused."""
MAX_INDEX_BYTES = 16 << 20
"""A larger bundle.json is refused."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A bundle whose index has been read and checked; its other files are read when asked for."""

    path: Path
    name: str
    labels: tuple[str, ...]
    """Class names in output order; a sigmoid's two are (negative, positive)."""
    positive: str
    """The label whose probability is decided on."""
    contract: InputContract
    variants: Mapping[str, Variant]
    """By name, preferred first."""
    golden: tuple[Golden, ...]
    files: Mapping[str, Listed]
    """Every other file but bundle.json, by its path."""
    index: Mapping[str, Any]
    """The whole of bundle.json."""
    sha256: str
    """Hash of bundle.json, which holds the hashes of all else."""

    @property
    def listed(self) -> dict[str, Listed]:
        """Every file of the bundle but bundle.json: variants, golden pictures, the others."""
        models = {one.file: Listed(one.sha256, one.size_bytes) for one in self.variants.values()}
        pictures = {one.file: Listed(one.sha256, None) for one in self.golden}
        return {**models, **pictures, **self.files}

    def variant(self, name: str) -> Variant:
        """The variant of that name.

        Raises:
            UnknownVariant: the bundle holds no such variant; names those it holds.
        """
        if name not in self.variants:
            known = ", ".join(self.variants)
            raise UnknownVariant(f"{self.path} has no variant {name!r}; it has: {known}")
        return self.variants[name]

    def model_bytes(self, variant: Variant) -> bytes:
        """The verified bytes of a variant's file.

        Raises:
            BundleError: the variant did not pass its gate and was not accepted, or its file is
                missing, has another size or another hash.
        """
        self.check_certificate(variant)
        return self.file_bytes(variant.file)

    def golden_bytes(self, golden: Golden) -> bytes:
        """The verified bytes of a golden picture, encoded.

        Raises:
            BundleError: the file is missing or has another hash.
        """
        return self.file_bytes(golden.file)

    def file_bytes(self, name: str) -> bytes:
        """The verified bytes of a file that bundle.json names.

        Raises:
            BundleError: bundle.json does not name it, or it is missing, has another size or
                another hash.
        """
        listed = self.listed.get(name)
        if listed is None:
            raise BundleError(f"{self.path}: bundle.json names no file {name!r}")
        with open_members(self.path) as members:
            return _verified(self.path, members, name, listed)

    def check_files(self) -> None:
        """Verify all files but the models, which are verified when they are read.

        Raises:
            BundleError: one is missing, has another size or another hash.
        """
        for _ in self.golden_pictures():
            pass

    def golden_pictures(self) -> Iterator[tuple[Golden, bytes]]:
        """Verify all files but the models, and give what is in the golden pictures, encoded.

        They come last, each as soon as it is verified.

        Raises:
            BundleError: a file is missing, has another size or another hash.
        """
        with open_members(self.path) as members:
            for name, listed in self.files.items():
                _verified(self.path, members, name, listed)
            for one in self.golden:
                yield one, _verified(self.path, members, one.file, Listed(one.sha256, None))

    def check_certificate(self, variant: Variant) -> None:
        """Refuse a variant that is not shown to be as good as its source.

        Raises:
            BundleError: its gate's verdict is not `passed` and nobody accepted it, or the verdict
                is not what its own bounds say.
        """
        fault = certificate_fault(variant)
        if fault:
            raise BundleError(f"{self.path}: {fault}")

    def unlisted(self) -> list[str]:
        """Files in the bundle's folder or zip that bundle.json does not name, sorted.

        Raises:
            BundleError: the folder or zip cannot be read.
        """
        with open_members(self.path) as members:
            return sorted(set(members.names()) - {INDEX, *self.listed})


def load_bundle(path: Path | str) -> Bundle:
    """Read and check the index of a bundle; no model is opened.

    Args:
        path: a bundle's folder or its `.zip`.

    Raises:
        BundleError: missing, unreadable, damaged, of an unknown schema, not as its schema says, or
            with a model missing or of another size.
    """
    path = Path(path)
    with open_members(path) as members:
        raw = members.read(INDEX, MAX_INDEX_BYTES)
        try:
            check_document_seal(raw)
            document = _parsed(raw)
            check_document(document)
            bundle = _bundle(path, document, hashlib.sha256(raw).hexdigest())
        except BundleError as exc:
            raise BundleError(f"{path}: {exc}") from None
        for variant in bundle.variants.values():
            _check_size(path, members, variant.file, variant.size_bytes)
    return bundle


def _parsed(raw: bytes) -> Any:
    def refuse(number: str) -> None:
        raise ValueError(f"{number} is no JSON number")

    try:
        return json.loads(raw, parse_constant=refuse)
    except (ValueError, RecursionError) as exc:
        raise BundleError(f"{INDEX} is not JSON: {exc}") from None


def _bundle(path: Path, index: dict[str, Any], sha256: str) -> Bundle:
    """The bundle of a document that meets the schema, where its parts fit each other."""
    labels = tuple(index["labels"])
    if index["positive"] not in labels:
        raise BundleError(f"positive {index['positive']!r} is none of the labels {labels}")
    kind = "sigmoid" if len(labels) == 2 else "softmax"
    if index["output"]["kind"] != kind:
        raise BundleError(f"output.kind must be {kind} for {len(labels)} labels")
    variants = {name: variant_from_json(name, one) for name, one in index["variants"].items()}
    golden = tuple(golden_from_json(entry, variants) for entry in index["golden"])
    files = {
        name: Listed(entry["sha256"], int(entry["size_bytes"]))
        for name, entry in index["files"].items()
    }
    models, pictures = [one.file for one in variants.values()], [one.file for one in golden]
    for file, times in Counter([INDEX, *models, *pictures, *files]).items():
        if times > 1:
            raise BundleError(f"{INDEX} names {file} twice")
    return Bundle(
        path=path,
        name=index["name"],
        labels=labels,
        positive=index["positive"],
        contract=InputContract.from_json(index["input"]),
        variants=variants,
        golden=golden,
        files=files,
        index=index,
        sha256=sha256,
    )


def _check_size(path: Path, members: Members, name: str, size_bytes: int) -> None:
    found = members.size(name)
    if found != size_bytes:
        came = "is missing" if found is None else f"has {found} bytes, not {size_bytes}"
        raise BundleError(f"{path}: {name} {came}; copy the bundle again or export it anew")


def _verified(path: Path, members: Members, name: str, listed: Listed) -> bytes:
    if listed.size_bytes is not None:
        _check_size(path, members, name, listed.size_bytes)
    data = members.read(name, MAX_GOLDEN_BYTES if listed.size_bytes is None else listed.size_bytes)
    found = hashlib.sha256(data).hexdigest()
    if found != listed.sha256:
        raise BundleError(
            f"{path}: {name} is not the file that was measured"
            f" (SHA-256 {found[:12]}..., bundle.json says {listed.sha256[:12]}...);"
            " copy the bundle again or export it anew"
        )
    return data
