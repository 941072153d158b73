"""The unit file: which program systemd starts, as whom, and what that may touch."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ..errors import UsageError

TEMPLATE = Path(__file__).with_name("unit.template")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_HOMES = ("/home", "/root", "/run/user")
"""What ProtectHome= hides."""
_BARE = re.compile(r"[A-Za-z0-9_@+=:,./-]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A service to be installed.

    Raises:
        UsageError: a name, user or path that a unit cannot hold.
    """

    command: tuple[str, ...]
    """The program and its first arguments; the program's path is absolute."""
    config: Path
    """Absolute path of the configuration."""
    user: str = "trucksight"
    name: str = "trucksight"
    """Without `.service`; names its directories, too."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"a service is named by letters, digits and . _ -, not {self.name!r};"
                " leave out .service"
            )
        if not _USER.fullmatch(self.user):
            raise UsageError(f"a user is named by small letters, digits and _ -, not {self.user!r}")
        for path in (self.command[0], str(self.config)):
            if not os.path.isabs(path) or not path.isprintable():  # noqa: PTH117
                raise UsageError(f"a unit takes absolute paths in printable letters, not {path!r}")

    @property
    def file_name(self) -> str:
        """As below /etc/systemd/system."""
        return f"{self.name}.service"


def program_command(prefix: Path | None = None) -> tuple[str, ...]:
    """How to start the trucksight that runs now.

    Args:
        prefix: the folder of its interpreter; None takes that of this process.
    """
    # Not resolved: the interpreter of a virtual environment is a link that says which one it is.
    folder = Path(sys.executable).parent if prefix is None else prefix
    script = folder / "trucksight"
    if script.is_file() and os.access(script, os.X_OK):
        return (str(script),)
    return (str(folder / Path(sys.executable).name), "-m", "trucksight.runtime")


def unit_text(unit: Unit, needed: Iterable[Path] | None = None) -> str:
    """The unit file.

    Args:
        unit: what to start.
        needed: files and folders that the program is made of; None takes this process's.
    """
    command = " ".join(map(_quoted, (*unit.command, "run", "--config", str(unit.config))))
    return Template(TEMPLATE.read_text()).substitute(
        command=command,
        name=unit.name,
        user=unit.user,
        protect_home=_protect_home(hidden(unit, _program_parts() if needed is None else needed)),
    )


def homes_note(unit: Unit) -> str:
    """A warning where the service needs what lies in somebody's home, else nothing."""
    in_homes = hidden(unit, _program_parts())
    if not in_homes or unit.user == "root":
        return ""
    return (
        f"note: {in_homes[0]} lies in a home; user {unit.user} must be able to read it, which most"
        " homes refuse. Better install trucksight below /opt"
    )


def hidden(unit: Unit, needed: Iterable[Path]) -> list[Path]:
    """What of these, the program and the configuration lies in somebody's home."""
    paths = {Path(unit.command[0]), unit.config, *needed}
    paths |= {path.resolve() for path in paths}
    return sorted(path for path in paths if _lies_in(path, _HOMES))


def _program_parts() -> tuple[Path, ...]:
    """An editable installation has its source elsewhere, a virtual environment its interpreter."""
    return (Path(sys.prefix), Path(sys.base_prefix), Path(__file__))


def _lies_in(path: Path, folders: Sequence[str]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _protect_home(in_homes: Sequence[Path]) -> str:
    if not in_homes:
        return "ProtectHome=yes"
    return (
        f"# yes would hide {str(in_homes[0]).replace('%', '%%')}, which the service needs.\n"
        "ProtectHome=read-only"
    )


def _quoted(word: str) -> str:
    """A word of a command line as systemd.service(5) reads it: % and $ stand for themselves."""
    plain = word.replace("%", "%%").replace("$", "$$")
    if _BARE.fullmatch(plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
