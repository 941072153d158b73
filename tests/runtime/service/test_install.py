"""Installing writes one file, whole, and never over somebody else's."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.service.install import Host, difference, install, next_commands
from trucksight.runtime.service.unit import Unit

ROOT = Host(is_root=True, has_systemd=True)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    config = tmp_path / "trucksight.toml"
    config.write_text("")
    return Unit(("/opt/bin/trucksight",), config)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    return tmp_path / "units"


def test_the_file_is_written_and_readable_by_all(unit: Unit, units: Path) -> None:
    path = install(unit, "[Unit]\n", ROOT, units=units)
    assert path == units / "trucksight.service"
    assert path.read_text() == "[Unit]\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in units.iterdir()] == ["trucksight.service"]


def test_the_same_file_again_is_no_fault_and_is_not_touched(unit: Unit, units: Path) -> None:
    before = install(unit, "[Unit]\n", ROOT, units=units).stat()
    after = install(unit, "[Unit]\n", ROOT, units=units).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_that_differs_stays_and_the_difference_is_told(unit: Unit, units: Path) -> None:
    path = install(unit, "[Unit]\nNice=3\n", ROOT, units=units)
    with pytest.raises(OutputError, match="add --force"):
        install(unit, "[Unit]\nNice=4\n", ROOT, units=units)
    assert path.read_text() == "[Unit]\nNice=3\n"
    assert "\n-Nice=3\n+Nice=4\n" in difference(unit, "[Unit]\nNice=4\n", units)
    assert difference(unit, "[Unit]\nNice=3\n", units) == ""
    install(unit, "[Unit]\nNice=4\n", ROOT, force=True, units=units)
    assert path.read_text() == "[Unit]\nNice=4\n"


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (Host(is_root=False, has_systemd=True), "only root may write"),
        (Host(is_root=True, has_systemd=False), "no systemctl"),
    ],
)
def test_without_root_or_systemd_nothing_is_written(
    unit: Unit, units: Path, host: Host, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        install(unit, "[Unit]\n", host, units=units)
    assert not units.exists()


def test_without_a_configuration_nothing_is_written(unit: Unit, units: Path) -> None:
    unit.config.unlink()
    with pytest.raises(UsageError, match=r"no configuration .*trucksight\.toml"):
        install(unit, "[Unit]\n", ROOT, units=units)
    assert not units.exists()


def test_the_next_commands_make_the_user_only_where_it_is_missing(unit: Unit) -> None:
    somebody = pwd.getpwuid(os.getuid()).pw_name
    known = Unit(unit.command, unit.config, somebody, "gate")
    assert next_commands(known) == ["systemctl daemon-reload", "systemctl enable --now gate"]
    unknown = Unit(unit.command, unit.config, "nobody-has-this-name")
    assert next_commands(unknown)[0].startswith("useradd --system")
    assert next_commands(unknown)[0].endswith(" nobody-has-this-name")
