"""What the tests of the search share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks into the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def small() -> list[str]:
    """Options of a search whose trials take a second."""
    return ["--size", "32", "--batch-size", "8", "--epochs", "1", "--no-augment",
            "--filters", "16,16", "--hidden", "8", "--seed", "1"]  # fmt: skip
