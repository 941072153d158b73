"""Golden pictures are made ready ahead, verified first, and what is wrong is told to who asks."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime import Detector, load_bundle
from trucksight.runtime.entries import Golden
from trucksight.runtime.errors import BundleError, GoldenError
from trucksight.runtime.golden_inputs import GoldenInputs, Pixels

PATIENCE_S = 20.0


def length_of(golden: Golden, encoded: bytes) -> Pixels:
    """A stand-in that can be told apart: how long the file is."""
    return np.array([len(encoded)]).astype(np.uint8)


def test_every_picture_comes_from_its_own_verified_bytes(fake_bundle: Path) -> None:
    bundle = load_bundle(fake_bundle)
    with GoldenInputs(bundle, length_of) as inputs:
        came = [int(inputs.of(number)[0]) for number in (1, 0)]
    assert came == [len(bundle.golden_bytes(bundle.golden[n])) % 256 for n in (1, 0)]
    assert came[0] != came[1]


def test_they_are_made_ready_by_a_thread_of_their_own(fake_bundle: Path) -> None:
    asked = threading.Event()
    names = []

    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        assert asked.wait(PATIENCE_S)
        names.append(threading.current_thread().name)
        return length_of(golden, encoded)

    with GoldenInputs(load_bundle(fake_bundle), prepare) as inputs:
        asked.set()
        inputs.of(1)
    assert names == ["golden-inputs", "golden-inputs"]


def test_what_does_not_fit_ahead_is_made_ready_when_it_is_asked_for(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.golden_inputs.AHEAD_BYTES", 1)
    made: list[tuple[str, str]] = []

    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        made.append((golden.file, threading.current_thread().name))
        return length_of(golden, encoded)

    bundle = load_bundle(fake_bundle)
    with GoldenInputs(bundle, prepare) as inputs:
        second = inputs.of(1)
    assert second[0] == len(bundle.golden_bytes(bundle.golden[1])) % 256
    one, two = (golden.file for golden in bundle.golden)
    assert made == [(one, "golden-inputs"), (two, threading.current_thread().name)]


def test_what_does_not_fit_ahead_is_verified_before_it_is_decoded(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.golden_inputs.AHEAD_BYTES", 1)
    bundle = load_bundle(fake_bundle)
    decoded: list[str] = []

    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        decoded.append(golden.file)
        return length_of(golden, encoded)

    last = fake_bundle / bundle.golden[1].file
    last.write_bytes(last.read_bytes()[:-1])
    with (
        GoldenInputs(bundle, prepare) as inputs,
        pytest.raises(BundleError, match="is not the file that was measured"),
    ):
        inputs.of(1)
    assert decoded == [bundle.golden[0].file]


def test_a_damaged_card_is_told_before_any_picture_is_decoded(fake_bundle: Path) -> None:
    bundle = load_bundle(fake_bundle)
    name = next(iter(bundle.files))
    (fake_bundle / name).write_bytes(bytes(bundle.files[name].size_bytes or 0))
    decoded: list[str] = []

    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        decoded.append(golden.file)
        return length_of(golden, encoded)

    with (
        GoldenInputs(bundle, prepare) as inputs,
        pytest.raises(BundleError, match=f"{name} is not the file that was measured"),
    ):
        inputs.of(0)
    assert decoded == []


def test_what_preparing_raises_is_raised_for_the_picture_and_for_those_after_it(
    fake_bundle: Path,
) -> None:
    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        if golden is bundle.golden[1]:
            raise GoldenError(f"{golden.file}: other pixels")
        return length_of(golden, encoded)

    bundle = load_bundle(fake_bundle)
    with GoldenInputs(bundle, prepare) as inputs:
        assert inputs.of(0).size
        with pytest.raises(GoldenError, match="other pixels"):
            inputs.of(1)


def test_closing_ends_the_thread_and_may_be_done_twice(fake_bundle: Path) -> None:
    inputs = GoldenInputs(load_bundle(fake_bundle), length_of)
    inputs.close()
    inputs.close()
    assert all(one.name != "golden-inputs" for one in threading.enumerate())


def test_a_detector_that_does_not_open_leaves_no_thread(fake_bundle: Path) -> None:
    with pytest.raises(BundleError, match="no variant 'other'"):
        Detector(fake_bundle, variant="other")
    assert all(one.name != "golden-inputs" for one in threading.enumerate())
