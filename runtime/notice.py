"""What happened to the detector itself, as opposed to on the road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What a notice is about."""

    GOVERNOR = "governor"
    """It does less, or more again, because of age or temperature."""
    RELOAD = "reload"
    """A new configuration or bundle was taken over, or refused."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that an operator far away wants to know."""

    kind: Kind
    text: str
    """One sentence for a person, without a full stop."""
    media_s: float
    """When, seconds into the source, as in `Event`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same for programs; what json can write."""
    trouble: bool = False
    """Whether something was wanted and could not be done."""

    def as_json(self) -> dict[str, Any]:
        """The notice as one line of an events file, where `notice` stands instead of `event`."""
        return {
            "notice": self.kind.value,
            "at_s": round(self.media_s, 3),
            "text": self.text,
            **self.data,
        }
