"""Why an engine of the table cannot be used on this machine, and what would bring it."""

from __future__ import annotations

from typing import NamedTuple

NOT_INSTALLED = "not installed here"


class Absence(NamedTuple):
    """Why an engine is absent."""

    why: str
    cure: str
    """A command, or a sentence without a full stop."""

    def told_of(self, name: str) -> str:
        """One sentence about the engine of that name."""
        if self.why == NOT_INSTALLED:
            return f"{name} is {self.why}; run: {self.cure}"
        return f"{name}: {self.why}; {self.cure}"


class PartMissing(ImportError):
    """The Python package is there, but not the library or the device behind it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.absence = Absence(why, cure)
