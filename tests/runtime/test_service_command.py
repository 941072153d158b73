"""`trucksight service`, as a user calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.service import Unit, program_command, unit_text


def test_print_gives_the_unit_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "install", "--print", "--user", "joe", "--name", "gate"]) == 0
    printed = capsys.readouterr()
    config = Path("/etc/trucksight/trucksight.toml")
    assert printed.out == unit_text(Unit(program_command(), config, "joe", "gate"))
    assert printed.err == ""


def test_a_relative_configuration_is_made_absolute(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["service", "install", "--print", "--config", "gate.toml"]) == 0
    assert f"run --config {tmp_path / 'gate.toml'}\n" in capsys.readouterr().out


def test_what_cannot_be_installed_is_one_line_and_status_2(tmp_path: Path) -> None:
    # As root with systemd it is the configuration that is missing.
    missing = tmp_path / "missing.toml"
    command = [sys.executable, "-m", "trucksight.runtime", "service", "install"]
    done = subprocess.run([*command, "--config", missing], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("trucksight: ")
    assert done.stderr.count("\n") == 1
