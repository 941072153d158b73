"""What the tests of export share: enough labelled pictures for a gate, and one bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main

ENOUGH = 140
"""Pictures of each class: with no flip at all a gate of 0.02 needs 133 trucks."""


@pytest.fixture(scope="session")
def gate_data(tmp_path_factory: pytest.TempPathFactory, make_classes: Callable[..., Path]) -> Path:
    """Painted pictures that no run has seen."""
    return make_classes(tmp_path_factory.mktemp("gate") / "gate-pictures", ENOUGH, first=1000)


@pytest.fixture(scope="session")
def export(run_path: Path, gate_data: Path) -> Callable[..., int]:
    """`trucksight export` of the fitted run, judged on enough pictures; gives the exit status."""

    def call(out: Path, *more: str) -> int:
        return main(
            ["export", str(run_path), "--out", str(out), "--gate-data", str(gate_data), *more]
        )

    return call


@pytest.fixture(scope="session")
def bundle(export: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default variants; not to be changed."""
    out = tmp_path_factory.mktemp("bundles") / "painted"
    assert export(out) == 0
    return out


@pytest.fixture(scope="session")
def index(bundle: Path) -> dict[str, Any]:
    """What the bundle's index holds."""
    document: dict[str, Any] = json.loads((bundle / "bundle.json").read_text())
    return document
