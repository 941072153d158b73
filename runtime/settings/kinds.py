"""What a setting may be: how a command line says it, how a TOML file does, and in which range."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

MOST_WHOLE = 2**31
"""No whole number that anybody means is larger."""


class Kind(Protocol):
    """One kind of value; both ways of saying it raise `ValueError` with what was expected."""

    @property
    def metavar(self) -> str | None:
        """What stands for the value in a help text; None takes the option's name."""
        ...

    @property
    def repeated(self) -> bool:
        """Whether a command line may say it several times, each time one text of the value."""
        ...

    def of_texts(self, texts: list[str]) -> Any:
        """The value that a command line says; one text where `repeated` is false."""
        ...

    def of_toml(self, found: object) -> Any:
        """The value that a TOML file says."""
        ...

    def as_toml(self, value: Any) -> str:
        """The value as a TOML file says it."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Some words, or one of a few."""

    metavar: str | None
    words: tuple[str, ...] = ()
    """The only ones there are; any where it is empty."""
    repeated = False

    def of_texts(self, texts: list[str]) -> str:
        """See `Kind`."""
        return self.of_toml(texts[0])

    def of_toml(self, found: object) -> str:
        """See `Kind`."""
        if self.words and found not in self.words:
            raise ValueError(f"expected {' or '.join(self.words)}, not {found!r}")
        if not isinstance(found, str) or not found or not _is_sayable(found):
            raise ValueError(f"expected a text in quotes, not {found!r}")
        return found

    def as_toml(self, value: str) -> str:
        """See `Kind`."""
        return toml_text(value)


@dataclass(frozen=True, slots=True)
class File:
    """A file or folder, relative to the working directory."""

    metavar: str | None = "FILE"
    repeated = False

    def of_texts(self, texts: list[str]) -> Path:
        """See `Kind`."""
        return self.of_toml(texts[0])

    def of_toml(self, found: object) -> Path:
        """See `Kind`."""
        if not isinstance(found, str) or not found or not _is_sayable(found):
            raise ValueError(f"expected a path in quotes, not {found!r}")
        return Path(found)

    def as_toml(self, value: Path) -> str:
        """See `Kind`."""
        return toml_text(str(value))


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a range."""

    least: float
    most: float = math.inf
    above: bool = False
    """Whether `least` itself is too little."""
    whole: bool = False
    metavar: str | None = "X"
    repeated = False

    def of_texts(self, texts: list[str]) -> float:
        """See `Kind`."""
        try:
            return self.of_toml(int(texts[0]) if self.whole else float(texts[0]))
        except ValueError:
            raise ValueError(f"expected {self._range()}, not {texts[0]!r}") from None

    def of_toml(self, found: object) -> float:
        """See `Kind`."""
        number = found if isinstance(found, (int, float)) and not isinstance(found, bool) else None
        if number is None or not self._holds(number):
            raise ValueError(f"expected {self._range()}, not {found!r}")
        return number if self.whole else float(number)

    def as_toml(self, value: float) -> str:
        """See `Kind`."""
        return repr(value)

    def _holds(self, value: float) -> bool:
        enough = value > self.least if self.above else value >= self.least
        if isinstance(value, int):
            return enough and value <= min(self.most, MOST_WHOLE)
        return enough and value <= self.most and math.isfinite(value) and not self.whole

    def _range(self) -> str:
        words = "a whole number" if self.whole else "a number"
        words += f" above {self.least:g}" if self.above else f" of {self.least:g} or more"
        return words if self.most == math.inf else f"{words}, {self.most:g} at most"


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    metavar: str | None = None
    repeated = False

    def of_texts(self, texts: list[str]) -> bool:
        """See `Kind`."""
        return texts[0] == "true"

    def of_toml(self, found: object) -> bool:
        """See `Kind`."""
        if not isinstance(found, bool):
            raise ValueError(f"expected true or false, not {found!r}")
        return found

    def as_toml(self, value: bool) -> str:
        """See `Kind`."""
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height, pixels."""

    metavar: str | None = "WIDTHxHEIGHT"
    repeated = False

    def of_texts(self, texts: list[str]) -> tuple[int, int]:
        """See `Kind`."""
        return self.of_toml(texts[0])

    def of_toml(self, found: object) -> tuple[int, int]:
        """See `Kind`."""
        match = (
            re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", found) if isinstance(found, str) else None
        )
        if not match:
            raise ValueError(f"expected a size such as 640x360, not {found!r}")
        return int(match[1]), int(match[2])

    def as_toml(self, value: tuple[int, int]) -> str:
        """See `Kind`."""
        return toml_text("{}x{}".format(*value))


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts, in order."""

    metavar: str | None
    repeated = True

    def of_texts(self, texts: list[str]) -> tuple[str, ...]:
        """See `Kind`."""
        return self.of_toml(texts)

    def of_toml(self, found: object) -> tuple[str, ...]:
        """See `Kind`."""
        if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
            raise ValueError(f"expected a list of texts in quotes, not {found!r}")
        return tuple(found)

    def as_toml(self, value: tuple[str, ...]) -> str:
        """See `Kind`."""
        return f"[{', '.join(map(toml_text, value))}]"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers with names, of which only some may be given."""

    names: tuple[str, ...]
    metavar: str | None = "NAME=VALUE"
    repeated = True

    def of_texts(self, texts: list[str]) -> Mapping[str, float]:
        """See `Kind`."""
        given: dict[str, object] = {}
        for text in texts:
            name, _, value = text.partition("=")
            try:
                given[name] = float(value)
            except ValueError:
                raise ValueError(f"expected a number as in {name}=1, not {text!r}") from None
        return self.of_toml(given)

    def of_toml(self, found: object) -> Mapping[str, float]:
        """See `Kind`."""
        if not isinstance(found, Mapping):
            raise ValueError(f"expected a table of {', '.join(self.names)}, not {found!r}")
        for name, value in found.items():
            if name not in self.names:
                raise ValueError(f"no {name!r}; known: {', '.join(self.names)}")
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or abs(value) > MOST_WHOLE:
                raise ValueError(f"expected a number for {name}, not {value!r}")
        return {name: float(value) for name, value in found.items()}

    def as_toml(self, value: Mapping[str, float]) -> str:
        """See `Kind`."""
        return f"{{ {', '.join(f'{name} = {number!r}' for name, number in value.items())} }}"


def _is_sayable(text: str) -> bool:
    """Whether the whole system takes it: no NUL, and nothing that UTF-8 has no bytes for."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def toml_text(text: str) -> str:
    """A text as a basic string of TOML 1.0, which differs from JSON's in DEL only."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
