"""A TOML file of settings: its values, and the line of each key for messages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_BYTES = 64 * 1024
"""No file of settings is longer."""


@dataclass(frozen=True)
class ConfigFile:
    """What one file says."""

    path: Path
    values: Mapping[str, Any]
    """By key."""
    text: str

    @classmethod
    def read(cls, path: Path) -> ConfigFile:
        """Read a file.

        Raises:
            UsageError: it cannot be read, or is not TOML.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
            if len(raw) > MOST_BYTES:
                raise UsageError(f"{path}: has more than {MOST_BYTES} bytes")
            text = raw.decode().replace("\r\n", "\n")
            return cls(path, tomllib.loads(text), text)
        except OSError as exc:
            raise UsageError(f"{path}: cannot be read: {exc.strerror or exc}") from exc
        except UnicodeDecodeError as exc:
            raise UsageError(f"{path}: byte {exc.start} is not UTF-8") from exc
        except (ValueError, RecursionError) as exc:
            raise UsageError(f"{path}: not TOML: {exc}") from exc

    @cached_property
    def lines(self) -> Mapping[str, int]:
        """The number of the line in which each key of `values` is set, from 1.

        A statement ends with the first line after which it can be parsed, whichever of TOML's many
        ways of writing it was chosen. What follows the head of a table belongs to that table.
        """
        found: dict[str, int] = {}
        lines = self.text.split("\n")
        start, is_top = 0, True
        while start < len(lines):
            first = lines[start].strip()
            if not first or first[0] == "#":
                start += 1
                continue
            end, keys = _statement(lines, start)
            if first[0] == "[" or is_top:
                for key in keys:
                    found.setdefault(key, start + 1)
            is_top = is_top and first[0] != "["
            start = end
        return found

    def line(self, key: str) -> int:
        """The number of the line in which a key is set, from 1."""
        return self.lines[key]


def _statement(lines: list[str], start: int) -> tuple[int, list[str]]:
    """Where the statement that begins with a line ends, and the keys at its top."""
    for end in range(start + 1, len(lines) + 1):
        try:
            return end, list(tomllib.loads("\n".join(lines[start:end])))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
    raise AssertionError("the whole was parsed")
