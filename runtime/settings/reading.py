"""A table of options, said by a command line and by a TOML file, read with every fault kept."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..redact import redact_source
from .config_file import ConfigFile
from .kinds import Switch
from .settings import Option, spelt

MOST_FAULTS = 20
"""So many are told at once."""

Options = Mapping[str, Option]
"""By name; spelt with `-` where a name has `_`."""


def declare(parser: argparse.ArgumentParser, options: Options) -> None:
    """Declare an option for each setting, and `--config`."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings in TOML; options go before it"
    )
    groups: dict[str, Any] = {}
    for name, option in options.items():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        how: dict[str, Any] = {"action": argparse.BooleanOptionalAction}
        if not isinstance(option.kind, Switch):
            how = {"metavar": option.kind.metavar}
            how["action"] = "append" if option.kind.repeated else "store"
        groups[option.group].add_argument(f"--{spelt(name)}", dest=name, help=option.help, **how)


class Reading:
    """What was read so far, and what of it was wrong."""

    def __init__(self, options: Options, file: ConfigFile | None) -> None:
        self.values: dict[str, Any] = {}
        self.wrong: set[str] = set()
        """Names whose value could not be taken."""
        self.faults: list[str] = []
        self._options = options
        self._file = file
        self._in_file: set[str] = set()
        for key, found in file.values.items() if file else ():
            self._key(key, found)

    @classmethod
    def of(cls, options: Options, args: argparse.Namespace) -> Reading:
        """What `declare`d options and their `--config` say; options go before the file.

        Raises:
            UsageError: the file cannot be read at all.
        """
        reading = cls(options, ConfigFile.read(args.config) if args.config else None)
        for name in options:
            reading.option(name, getattr(args, name))
        return reading

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
        kind = self._options[name].kind
        if isinstance(said, bool):
            self.values[name] = said
            return
        try:
            self.values[name] = kind.of_texts(said if isinstance(said, list) else [said])
        except ValueError as exc:
            self._fault(name, str(exc))

    def check(self) -> None:
        """Tell everything that was wrong.

        Raises:
            SettingsError: there was something.
        """
        if len(self.faults) > MOST_FAULTS:
            self.faults[MOST_FAULTS:] = [f"and {len(self.faults) - MOST_FAULTS} more"]
        if self.faults:
            raise SettingsError(self.faults)

    def _key(self, key: str, found: object) -> None:
        name = next((name for name in self._options if spelt(name) == key), None)
        if name is None:
            known = map(spelt, self._options)
            near = difflib.get_close_matches(key.replace("_", "-"), known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(f"{self._line(key)}: there is no such setting{meant}")
            return
        self._in_file.add(name)
        try:
            self.values[name] = self._options[name].kind.of_toml(found)
        except ValueError as exc:
            self._fault(name, str(exc))

    def _fault(self, name: str, text: str) -> None:
        self.wrong.add(name)
        if self._options[name].secret:
            text = text.partition(", not ")[0]
        self.faults.append(f"{self.place(name)}: {text}")

    def _line(self, key: str) -> str:
        assert self._file is not None
        return f"{self._file.path}:{self._file.line(key)}: {key}"


def as_config(options: Options, settings: object, defaults: object) -> str:
    """Settings as a TOML file that `--config` reads, with those at their default as comments.

    Passwords in addresses are not repeated; `***` stands for them.

    Args:
        options: what may be set.
        settings: has the value of each as an attribute.
        defaults: has its default.
    """
    lines: list[str] = []
    group = None
    for name, option in options.items():
        if option.group != group:
            group = option.group
            lines += ["", f"## {group}"]
        value = getattr(settings, name)
        lines += ["", f"# {option.help}"]
        if value is None:
            lines.append(f"# {spelt(name)} =")
            continue
        said = option.kind.as_toml(redact_source(value) if option.secret else value)
        mark = "# " if value == getattr(defaults, name) else ""
        lines.append(f"{mark}{spelt(name)} = {said}")
    return "\n".join(lines[1:]) + "\n"
