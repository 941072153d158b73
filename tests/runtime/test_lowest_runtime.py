"""An engine too old for a variant is refused before it sees the file, with what cures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime import Detector, load_bundle
from trucksight.runtime.entries import Variant
from trucksight.runtime.errors import BackendError
from trucksight.runtime.lowest_runtime import Package, too_old

KNOWN = {"ai-edge-litert": "1.0.1", "tflite-runtime": "2.13.0"}


@pytest.fixture
def variant(fake_bundle: Path) -> Variant:
    return replace(load_bundle(fake_bundle).variant("fake"), lowest_runtime=KNOWN)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("ai-edge-litert", "1.0.1"),
        ("ai-edge-litert", "2.3"),
        ("tflite-runtime", "2.13.0.post1"),
        ("tflite-runtime", "10.0"),
    ],
)
def test_a_new_enough_engine_is_let_through(name: str, version: str, variant: Variant) -> None:
    assert too_old(variant, Package(name, version)) is None


def test_an_older_one_is_told_what_to_install(variant: Variant) -> None:
    assert too_old(variant, Package("tflite-runtime", "2.9.1")) == (
        "fake needs tflite-runtime 2.13.0 or newer; tflite-runtime 2.9.1 is installed here;"
        " run: pip install 'tflite-runtime>=2.13.0'"
    )


def test_a_package_that_never_loads_it_names_the_one_that_does(variant: Variant) -> None:
    fault = too_old(
        replace(variant, lowest_runtime={"ai-edge-litert": "1.0.1"}),
        Package("tflite-runtime", "2.14.0"),
    )
    assert fault is not None
    assert fault.startswith("fake needs ai-edge-litert 1.0.1 or newer; tflite-runtime 2.14.0 is")


def test_where_nothing_is_known_nothing_is_refused(variant: Variant) -> None:
    assert too_old(replace(variant, lowest_runtime={}), Package("tflite-runtime", "1")) is None
    assert too_old(variant, None) is None


def test_the_engine_never_sees_the_file(
    make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(index: dict[str, Any]) -> None:
        index["variants"]["fake"]["lowest_runtime"] = {"fake-engine": "3.0"}

    def never(*_: object) -> None:
        raise AssertionError("the file was handed to the engine")

    monkeypatch.setattr(
        "trucksight.runtime.backends.fake.PACKAGE", Package("fake-engine", "2.9"), raising=False
    )
    monkeypatch.setattr("trucksight.runtime.backends.fake.open_model", never)
    with pytest.raises(BackendError, match=r"fake needs fake-engine 3\.0 or newer"):
        Detector(make_bundle(ask))
