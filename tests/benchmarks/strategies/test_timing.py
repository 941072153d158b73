"""What rows cost, told by a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from trucksight.benchmarks.strategies.timing import costs
from trucksight.benchmarks.strategies.training import Workplace


def test_what_a_library_prints_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printed by the process that converts, before anything of ours runs."""
    pytest.importorskip("tensorflow")
    (tmp_path / "sitecustomize.py").write_text("print('a stray line')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    place = Workplace(tmp_path, (), "", {})
    assert costs(place, {"absent": "12"}) == {
        "absent": f"no run at {tmp_path}/absent; make one with: trucksight train DATA --out"
        f" {tmp_path}/absent"
    }
    assert "a stray line" in (tmp_path / "convert.log").read_text()
