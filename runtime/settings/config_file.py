"""A TOML file of settings: its values, and the line of each key for messages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_BYTES = 64 * 1024
"""No file of settings is longer."""


@dataclass(frozen=True, slots=True)
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
        except tomllib.TOMLDecodeError as exc:
            raise UsageError(f"{path}: not TOML: {exc}") from exc

    def line(self, key: str) -> int:
        """The number of the line in which a key of `values` is set, from 1.

        A key is set by the first statement after which it is known, whichever of TOML's many ways
        of writing it was chosen. It costs a parse a line: to be asked only when something is wrong.
        """
        lines = self.text.split("\n")
        start = 1
        for end in range(1, len(lines) + 1):
            try:
                known = tomllib.loads("\n".join(lines[:end]))
            except tomllib.TOMLDecodeError:
                continue  # in the middle of a value of several lines
            if key in known:
                return start + _blank(lines[start - 1 : end])
            start = end + 1
        raise KeyError(key)


def _blank(lines: list[str]) -> int:
    """How many lines without a statement come first."""
    return next(n for n, line in enumerate(lines) if line.strip() and line.strip()[0] != "#")
