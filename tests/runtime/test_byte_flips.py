"""Whatever byte of a bundle changes, or wherever it is cut off, it is a BundleError and no more.

Every check goes as far as a board does before an engine gets the model: index, the small files,
every variant's bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime import Detector, load_bundle
from trucksight.runtime.backends.fake import MODEL
from trucksight.runtime.errors import BundleError
from trucksight.runtime.seal import check_document_seal

SEED = 3
FLIPS = 250
"""Positions of a file that are tried, beside its first and last 120."""


def opened(path: Path) -> dict[str, bytes]:
    """All bytes that an engine or decoder would be handed, verified."""
    bundle = load_bundle(path)
    bundle.check_files()
    models = {one.file: bundle.model_bytes(one) for one in bundle.variants.values()}
    return models | {name: bundle.file_bytes(name) for name in bundle.listed}


def flips(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """The file with one byte changed, at its ends and at seeded places between them."""
    rng = np.random.default_rng(SEED)
    ends = {*range(120), *range(len(whole) - 120, len(whole))}
    places = sorted(ends & set(range(len(whole))) | set(rng.integers(len(whole), size=FLIPS)))
    for place in places:
        mask = int(rng.integers(1, 256))
        changed = bytearray(whole)
        changed[place] ^= mask
        yield f"byte {place} ^ {mask:#04x}", bytes(changed)


def cuts(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """The file cut off at its ends and at seeded places between them, and with a byte too many."""
    rng = np.random.default_rng(SEED)
    ends = {0, 1, 2, 10, *(len(whole) - left for left in range(1, 30))}
    for place in sorted(one for one in ends | set(rng.integers(len(whole), size=40)) if one >= 0):
        yield f"cut off at {place}", whole[:place]
    for extra in (b"\0", b"\n", whole[-1:]):
        yield f"{extra!r} appended", whole + extra


def assert_named(path: Path, what: str, name: str) -> None:
    try:
        opened(path)
    except BundleError as exc:
        assert name in str(exc), f"{what}: {exc}"
        assert "\n" not in str(exc), f"{what}: {exc!r}"
    else:
        pytest.fail(f"{what} of {name} was not seen")


@pytest.mark.parametrize("damage", [flips, cuts])
@pytest.mark.parametrize(
    "file",
    [
        "bundle.json",
        "variants/fake.txt",
        "golden/scene-0.jpg",
        "golden/scene-1.jpg",
        "MODEL_CARD.md",
    ],
)
def test_damage_to_any_file_of_a_folder_names_that_file(
    file: str, damage: Callable[[bytes], Iterator[tuple[str, bytes]]], fake_bundle: Path
) -> None:
    target = fake_bundle / file
    for what, content in damage(target.read_bytes()):
        target.write_bytes(content)
        assert_named(fake_bundle, what, file)


@pytest.mark.parametrize("damage", [flips, cuts])
def test_damage_anywhere_in_a_sealed_zip_names_the_zip(
    damage: Callable[[bytes], Iterator[tuple[str, bytes]]], make_bundle: Callable[..., Path]
) -> None:
    archive = make_bundle(name="sealed.zip")
    for what, content in damage(archive.read_bytes()):
        archive.write_bytes(content)
        assert_named(archive, what, str(archive))


def test_no_byte_of_the_index_can_change(fake_bundle: Path) -> None:
    whole = (fake_bundle / "bundle.json").read_bytes()
    for place in range(len(whole)):
        with pytest.raises(BundleError, match=r"bundle\.json"):
            check_document_seal(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("damage", [flips, cuts])
def test_a_damaged_zip_that_a_user_packed_is_refused_or_gives_what_was_measured(
    damage: Callable[[bytes], Iterator[tuple[str, bytes]]],
    method: int,
    fake_files: dict[str, bytes],
    fake_bundle: Path,
    tmp_path: Path,
) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w", method) as file:
        for name in fake_files:
            file.write(fake_bundle / name, name)
    whole = {name: content for name, content in fake_files.items() if name != "bundle.json"}
    refused = total = 0
    for what, content in damage(archive.read_bytes()):
        archive.write_bytes(content)
        total += 1
        try:
            assert opened(archive) == whole, what
        except BundleError as exc:
            assert str(archive) in str(exc), what
            refused += 1
    assert refused > total / 2


def test_every_flipped_byte_is_found_before_an_engine_sees_it(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(model: bytes, threads: int) -> None:
        raise AssertionError("an engine was handed a file that was not measured")

    monkeypatch.setattr("trucksight.runtime.backends.fake.open_model", parse)
    file = fake_bundle / "variants/fake.txt"
    for place in range(len(MODEL)):
        file.write_bytes(MODEL[:place] + bytes([MODEL[place] ^ 1]) + MODEL[place + 1 :])
        with pytest.raises(BundleError, match="not the file that was measured"):
            Detector(fake_bundle)
