"""From options and a file to settings, with everything that is wrong said at once."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..redact import redact_source
from .checks import faults_of
from .config_file import ConfigFile
from .kinds import Switch
from .settings import OPTIONS, Settings, spelt

MOST_FAULTS = 20
"""So many are told at once."""


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Declare an option for each setting, and `--config`."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings in TOML; options go before it"
    )
    groups: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        how: dict[str, Any] = {"action": argparse.BooleanOptionalAction}
        if not isinstance(option.kind, Switch):
            how = {"metavar": option.kind.metavar}
            how["action"] = "append" if option.kind.repeated else "store"
        groups[option.group].add_argument(f"--{spelt(name)}", dest=name, help=option.help, **how)


def resolve(args: argparse.Namespace, complete: bool = True) -> Settings:
    """The settings that options say, and where they do not, `--config`.

    Args:
        args: what `add_settings` declared.
        complete: whether there must be a source.

    Raises:
        SettingsError: whatever is wrong, all of it.
        UsageError: the file cannot be read at all.
    """
    reading = _Reading(ConfigFile.read(args.config) if args.config else None)
    for name in OPTIONS:
        reading.option(name, getattr(args, name))
    settings = Settings(**reading.values)
    faults = reading.faults
    faults += [
        f"{reading.place(name)}: {text}"
        for name, text in faults_of(settings, reading.wrong, complete, args.config)
    ]
    if len(faults) > MOST_FAULTS:
        faults[MOST_FAULTS:] = [f"and {len(faults) - MOST_FAULTS} more"]
    if faults:
        raise SettingsError(faults)
    return settings


class _Reading:
    """What was read so far, and what of it was wrong."""

    def __init__(self, file: ConfigFile | None) -> None:
        self.values: dict[str, Any] = {}
        self.wrong: set[str] = set()
        self.faults: list[str] = []
        self._file = file
        self._in_file: set[str] = set()
        for key, found in file.values.items() if file else ():
            self._key(key, found)

    def place(self, name: str) -> str:
        """Where a setting comes from."""
        if name in self._in_file:
            return self._line(spelt(name))
        return f"--{spelt(name)}"

    def option(self, name: str, said: str | bool | list[str] | None) -> None:
        """Take what a command line says about a setting, if anything."""
        if said is None:
            return
        self._in_file.discard(name)
        kind = OPTIONS[name].kind
        if isinstance(said, bool):
            self.values[name] = said
            return
        try:
            self.values[name] = kind.of_texts(said if isinstance(said, list) else [said])
        except ValueError as exc:
            self._fault(name, str(exc))

    def _key(self, key: str, found: object) -> None:
        name = next((name for name in OPTIONS if spelt(name) == key), None)
        if name is None:
            near = difflib.get_close_matches(key.replace("_", "-"), map(spelt, OPTIONS), 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(f"{self._line(key)}: there is no such setting{meant}")
            return
        self._in_file.add(name)
        try:
            self.values[name] = OPTIONS[name].kind.of_toml(found)
        except ValueError as exc:
            self._fault(name, str(exc))

    def _fault(self, name: str, text: str) -> None:
        self.wrong.add(name)
        if OPTIONS[name].secret:
            text = text.partition(", not ")[0]
        self.faults.append(f"{self.place(name)}: {text}")

    def _line(self, key: str) -> str:
        assert self._file is not None
        return f"{self._file.path}:{self._file.line(key)}: {key}"


def print_config(settings: Settings) -> str:
    """The settings as a TOML file that `--config` reads, with those at their default as comments.

    Passwords in addresses are not repeated; `***` stands for them.
    """
    lines: list[str] = []
    group = None
    for name, option in OPTIONS.items():
        if option.group != group:
            group = option.group
            lines += ["", f"## {group}"]
        value = getattr(settings, name)
        lines += ["", f"# {option.help}"]
        if value is None:
            lines.append(f"# {spelt(name)} =")
            continue
        said = option.kind.as_toml(redact_source(value) if option.secret else value)
        mark = "# " if value == getattr(Settings, name) else ""
        lines.append(f"{mark}{spelt(name)} = {said}")
    return "\n".join(lines[1:]) + "\n"
