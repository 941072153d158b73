"""The unit file says what systemd needs, and systemd understands it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.service import Unit, program_command, unit_text
from trucksight.runtime.service.unit import homes_note

CONFIG = Path("/etc/trucksight/trucksight.toml")
PLAIN = Unit(("/opt/trucksight/bin/trucksight",), CONFIG)


def settings(text: str) -> dict[str, list[str]]:
    """The values of every setting, in their order; comments and sections left out."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_starts_this_program_and_reloads_it() -> None:
    found = settings(unit_text(PLAIN, needed=()))
    assert found["Type"] == ["notify"]
    assert found["ExecStart"] == [f"/opt/trucksight/bin/trucksight run --config {CONFIG}"]
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert found["User"] == ["trucksight"]
    assert found["Restart"] == ["always"]
    assert found["StartLimitIntervalSec"] == ["0"]


def test_user_and_name_are_those_given() -> None:
    found = settings(unit_text(Unit(PLAIN.command, CONFIG, "joe", "gate-2"), needed=()))
    assert found["User"] == ["joe"]
    assert found["StateDirectory"] == found["LogsDirectory"] == found["RuntimeDirectory"]
    assert found["StateDirectory"] == ["gate-2"]
    assert found["WorkingDirectory"] == ["/var/lib/gate-2"]


def test_what_systemd_would_expand_stands_for_itself() -> None:
    odd = Unit(("/opt/100% mine/$HOME/trucksight",), Path('/etc/a"b\\c.toml'))
    (start,) = settings(unit_text(odd, needed=()))["ExecStart"]
    assert start == r'"/opt/100%% mine/$$HOME/trucksight" run --config "/etc/a\"b\\c.toml"'


def test_homes_are_hidden_unless_the_program_lies_there(tmp_path: Path) -> None:
    assert settings(unit_text(PLAIN, needed=()))["ProtectHome"] == ["yes"]
    at_home = Unit(("/home/pi/venv/bin/trucksight",), CONFIG)
    assert settings(unit_text(at_home, needed=()))["ProtectHome"] == ["read-only"]
    config_at_home = Unit(PLAIN.command, Path("/home/pi/gate.toml"))
    assert settings(unit_text(config_at_home, needed=()))["ProtectHome"] == ["read-only"]
    link = tmp_path / "venv"
    link.symlink_to("/home/pi/venv")
    assert settings(unit_text(PLAIN, needed=[link]))["ProtectHome"] == ["read-only"]


def test_a_service_that_needs_a_home_is_warned_of_unless_it_is_root() -> None:
    at_home = ("/home/pi/venv/bin/trucksight",)
    assert "/home/pi/venv/bin/trucksight lies in a home" in homes_note(Unit(at_home, CONFIG, "joe"))
    assert homes_note(Unit(at_home, CONFIG, "root")) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "gate.service x"}, "a service is named by letters"),
        ({"name": "../gate"}, "a service is named by letters"),
        ({"user": "root\nExecStart=/bin/sh"}, "a user is named by small letters"),
        ({"config": Path("gate.toml")}, "absolute paths"),
        ({"config": Path("/etc/a\nUser=root")}, "absolute paths"),
    ],
)
def test_what_a_unit_cannot_hold_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"command": PLAIN.command, "config": CONFIG} | change
    with pytest.raises(UsageError, match=message):
        Unit(**given)


def test_the_program_is_the_script_beside_the_interpreter_or_the_module(tmp_path: Path) -> None:
    interpreter = Path(sys.executable).name
    assert program_command(tmp_path) == (
        str(tmp_path / interpreter),
        "-m",
        "trucksight.runtime",
    )
    script = tmp_path / "trucksight"
    script.write_text("#!/bin/sh\n")
    assert len(program_command(tmp_path)) == 3, "not executable"
    script.chmod(0o755)
    assert program_command(tmp_path) == (str(script),)


def test_every_line_of_the_template_is_short() -> None:
    assert max(map(len, unit_text(PLAIN, needed=()).splitlines())) <= 100


@pytest.fixture
def analyze(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Has systemd-analyze look at a unit whose program exists."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("apt-get install systemd to try this")
    path = tmp_path / "trucksight-test.service"
    path.write_text(unit_text(Unit((sys.executable,), CONFIG, "root"), needed=()))

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [program, *arguments, str(path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return call


def test_systemd_understands_every_line(
    analyze: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = analyze("verify")
    assert "trucksight-test.service" not in done.stderr
    assert done.returncode == 0


def test_systemd_finds_little_exposed(
    analyze: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = analyze("security", "--offline=true", "--threshold=30", "--no-pager")
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd 250 or newer looks at a unit without starting it")
    assert "Overall exposure level" in done.stdout
    assert done.returncode == 0, done.stdout
