"""Reading a bundle: a model in several variants with everything a board must know about it.

A bundle is a folder, or the same as one `.zip`. Nothing in it is handed to a parser before its
hash has been compared with `bundle.json`: `Bundle.model_bytes` reads a file once, hashes those
bytes and returns those bytes.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .contract import InputContract
from .errors import BundleError, UnknownVariant
from .files import sha256_bytes

SCHEMA = "trucksight/bundle"
SCHEMA_VERSION = 1
MAX_FILE_BYTES = 1 << 30
"""A larger file in a bundle is refused."""
MAX_INDEX_BYTES = 16 << 20
"""A larger bundle.json is refused."""
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What zipfile raises for an archive that is damaged, encrypted or compressed in a strange way."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """From an engine's score to a probability: sigmoid(slope * logit(score) + offset).

    Slope 1 and offset 0 leave the score as it is (Platt scaling; with offset 0, temperature).
    """

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, score: float) -> float:
        """Calibrated probability, in [0, 1], of a raw score in [0, 1]."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return min(max(score, 0.0), 1.0)
        clipped = min(max(score, 1e-7), 1 - 1e-7)
        logit = self.slope * math.log(clipped / (1 - clipped)) + self.offset
        return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


@dataclass(frozen=True, slots=True)
class Variant:
    """One exported file of a bundle."""

    name: str
    """Its recipe, as in `tflite-int8`."""
    file: str
    """Path inside the bundle, with forward slashes."""
    format: str
    """`tflite` or `onnx`: which engines can read it."""
    sha256: str
    size_bytes: int
    threshold: float
    """Calibrated probability from which on the verdict is TRUCK."""
    calibration: Calibration
    certificate: Mapping[str, Any]
    """What was measured of this variant against its source."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose index has been read and checked; its models are read when asked for."""

    path: Path
    name: str
    labels: tuple[str, ...]
    """Class names in output order; a sigmoid's two are (negative, positive)."""
    positive: str
    """The label whose probability is decided on."""
    contract: InputContract
    variants: Mapping[str, Variant]
    """By name, preferred first."""
    index: Mapping[str, Any]
    """The whole of bundle.json."""
    sha256: str
    """Hash of bundle.json, which holds the hashes of all else."""

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
            BundleError: the file is missing, has another size or another hash.
        """
        data = _read_member(self.path, variant.file, MAX_FILE_BYTES)
        found = sha256_bytes(data)
        if found != variant.sha256:
            raise BundleError(
                f"{self.path}: {variant.file} is not the file that was measured"
                f" (SHA-256 {found[:12]}..., bundle.json says {variant.sha256[:12]}...);"
                " copy the bundle again or export it anew"
            )
        return data


def load_bundle(path: Path | str) -> Bundle:
    """Read and check the index of a bundle; no model is opened.

    Args:
        path: a bundle's folder or its `.zip`.

    Raises:
        BundleError: missing, unreadable, of an unknown schema, or with a field or file missing.
    """
    path = Path(path)
    if not path.exists():
        raise BundleError(f"no bundle at {path}; make one with: trucksight export RUN --out BUNDLE")
    raw = _read_member(path, "bundle.json", MAX_INDEX_BYTES)
    try:
        index = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise BundleError(f"{path}: bundle.json is not JSON: {exc}") from None
    if not isinstance(index, dict) or index.get("schema") != SCHEMA:
        raise BundleError(f"{path}: bundle.json does not describe a trucksight bundle")
    if index.get("schema_version") != SCHEMA_VERSION:
        raise BundleError(
            f"{path}: bundle schema version {index.get('schema_version')!r};"
            f" this trucksight understands version {SCHEMA_VERSION}"
        )
    try:
        return _bundle(path, index, sha256_bytes(raw))
    except BundleError as exc:
        raise BundleError(f"{path}: {exc}") from None
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as exc:
        raise BundleError(f"{path}: bundle.json is damaged: {exc!r}") from None


def _bundle(path: Path, index: dict[str, Any], sha256: str) -> Bundle:
    if not isinstance(index["labels"], list):
        raise BundleError(f"labels must be a list, not {index['labels']!r}")
    labels = tuple(str(label) for label in index["labels"])
    if len(labels) < 2 or len(set(labels)) != len(labels) or index["positive"] not in labels:
        raise BundleError(f"labels {labels} and positive {index['positive']!r} do not fit")
    variants = {name: _variant(path, name, entry) for name, entry in index["variants"].items()}
    if not variants:
        raise BundleError("it holds no variant")
    return Bundle(
        path=path,
        name=str(index["name"]),
        labels=labels,
        positive=index["positive"],
        contract=InputContract.from_json(index["input"]),
        variants=variants,
        index=index,
        sha256=sha256,
    )


def _variant(path: Path, name: str, entry: Mapping[str, Any]) -> Variant:
    file = str(entry["file"])
    parts = PurePosixPath(file)
    absolute_or_upward = parts.is_absolute() or ".." in parts.parts or "\\" in file
    if absolute_or_upward or _leads_out(path, file):
        raise BundleError(f"variant {name}: {file!r} points outside the bundle")
    size = _member_size(path, file)
    if size != entry["size_bytes"]:
        came = "is missing" if size is None else f"has {size} bytes, not {entry['size_bytes']}"
        raise BundleError(f"{file} {came}; copy the bundle again or export it anew")
    threshold = float(entry["threshold"])
    if not 0 < threshold < 1:
        raise BundleError(f"variant {name}: threshold {threshold} is not between 0 and 1")
    slope, offset = (float(entry["calibration"][key]) for key in ("slope", "offset"))
    if not (0 < slope < math.inf and math.isfinite(offset)):
        raise BundleError(f"variant {name}: calibration {slope}, {offset} keeps no order of scores")
    return Variant(
        name=name,
        file=file,
        format=str(entry["format"]),
        sha256=str(entry["sha256"]),
        size_bytes=int(entry["size_bytes"]),
        threshold=threshold,
        calibration=Calibration(slope, offset),
        certificate=entry["certificate"],
    )


def _leads_out(path: Path, member: str) -> bool:
    """Whether a link takes a file of a bundle's folder from outside that folder."""
    return not Path(os.path.realpath(path / member)).is_relative_to(os.path.realpath(path))


def _read_member(path: Path, member: str, limit: int) -> bytes:
    if _leads_out(path, member):
        raise BundleError(f"{path}: {member} points outside the bundle")
    size = _member_size(path, member)
    if size is None:
        raise BundleError(f"{path}: {member} is missing; this is not a whole bundle")
    if size > limit:
        raise BundleError(f"{path}: {member} has {size} bytes, more than the allowed {limit}")
    try:
        if path.is_dir():
            return (path / member).read_bytes()
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (OSError, *_ZIP_FAULTS) as exc:
        raise BundleError(f"{path}: cannot read {member}: {exc}") from exc


def _member_size(path: Path, member: str) -> int | None:
    try:
        if path.is_dir():
            return (path / member).stat().st_size
        with zipfile.ZipFile(path) as archive:
            return archive.getinfo(member).file_size
    except (FileNotFoundError, NotADirectoryError, KeyError):
        return None
    except (OSError, *_ZIP_FAULTS) as exc:
        raise BundleError(f"{path}: neither a bundle folder nor its zip: {exc}") from exc
