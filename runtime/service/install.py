"""Puts a unit file where systemd finds it."""

from __future__ import annotations

import difflib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError, UsageError
from ..files import write_atomically
from .unit import Unit

UNITS = Path("/etc/systemd/system")
"""Where the administrator's units are, see systemd.unit(5)."""


@dataclass(frozen=True, slots=True)
class Host:
    """What of this machine decides whether a unit can be installed."""

    is_root: bool
    has_systemd: bool


def this_host() -> Host:
    """The machine and the user of this process."""
    return Host(os.geteuid() == 0, shutil.which("systemctl") is not None)


def install(unit: Unit, text: str, host: Host, force: bool = False, units: Path = UNITS) -> Path:
    """Write the unit file, whole or not at all.

    Args:
        unit: what is installed.
        text: its file.
        host: `this_host()`.
        force: replace a file that differs.
        units: the folder.

    Returns:
        The file, which may have been there with that very text.

    Raises:
        UsageError: not root, no systemd, or no configuration.
        OutputError: another file is there, or it cannot be read or written.
    """
    if not host.has_systemd:
        raise UsageError("there is no systemctl here, so nobody reads units; add --print to see it")
    if not host.is_root:
        raise UsageError(f"only root may write below {units}; use sudo, or add --print to see it")
    if not unit.config.is_file():
        raise UsageError(
            f"there is no configuration {unit.config}; write it first, or use --config"
        )
    path = units / unit.file_name
    old = _read(path)
    if old == text:
        return path
    if old is not None and not force:
        raise OutputError(
            f"{path} is there and differs; add --force to replace it, or put changes of your own"
            f" into a drop-in: systemctl edit {unit.name}"
        )
    write_atomically(path, text)
    return path


def difference(unit: Unit, text: str, units: Path = UNITS) -> str:
    """From the file that is there to `text`, as diff -u writes it; empty where there is none.

    Raises:
        OutputError: it cannot be read.
    """
    path = units / unit.file_name
    old = _read(path)
    lines = ((text if old is None else old).splitlines(True), text.splitlines(True))
    return "".join(difflib.unified_diff(*lines, str(path), f"{path} (new)"))


def next_commands(unit: Unit) -> list[str]:
    """What is left to do, as root."""
    commands = ["systemctl daemon-reload", f"systemctl enable --now {unit.name}"]
    if not user_exists(unit.user):
        new_user = f"useradd --system --no-create-home --shell /usr/sbin/nologin {unit.user}"
        commands.insert(0, new_user)
    return commands


def user_exists(name: str) -> bool:
    """Whether this machine has such a user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise OutputError(f"cannot read {path}: {exc.strerror or exc}") from exc
