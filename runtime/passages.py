"""Events against the truth of a clip: which passages were found, which missed, which invented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .errors import DataError


class Span(Protocol):
    """A stretch of time: an event, or a passage that is known to have happened."""

    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames that show a truck."""

    start_s: float
    """Time of the first such frame."""
    end_s: float
    """Time of the last such frame."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Passages and events, matched by overlap in time."""

    found: int
    """Passages that at least one event overlaps."""
    missed: int
    """Passages that no event overlaps."""
    false: int
    """Events that overlap no passage."""

    def as_json(self) -> dict[str, int]:
        """For a summary."""
        return {"found": self.found, "missed": self.missed, "false": self.false}


def compare(passages: Sequence[Span], events: Sequence[Span], slack_s: float = 0.0) -> Comparison:
    """Match events with passages.

    Args:
        passages: what is known to have happened.
        events: what was reported.
        slack_s: by how much an event may lie beside a passage and still count as overlapping.
    """

    def touch(one: Span, other: Span) -> bool:
        return one.start_s <= other.end_s + slack_s and other.start_s <= one.end_s + slack_s

    found = sum(any(touch(passage, event) for event in events) for passage in passages)
    true = sum(any(touch(passage, event) for passage in passages) for event in events)
    return Comparison(found, len(passages) - found, len(events) - true)


def stretches(present: Iterable[bool], fps: float) -> list[Stretch]:
    """The stretches of consecutive true frames, frame k being at k / fps seconds."""
    found: list[Stretch] = []
    start: int | None = None
    last = -1
    for last, here in enumerate(present):
        if here and start is None:
            start = last
        if not here and start is not None:
            found.append(Stretch(start / fps, (last - 1) / fps))
            start = None
    if start is not None:
        found.append(Stretch(start / fps, last / fps))
    return found


def read_truth(path: Path) -> list[Stretch]:
    """The truck stretches of a clip from the JSON beside it.

    Args:
        path: a file with `info.fps` and `images[].truck_present` in frame order.

    Raises:
        DataError: missing or of another shape.
    """
    try:
        document: Mapping[str, Any] = json.loads(path.read_bytes())
        present = [bool(image["truck_present"]) for image in document["images"]]
        return stretches(present, float(document["info"]["fps"]))
    except OSError as exc:
        raise DataError(f"{path}: {exc.strerror or exc}") from exc
    except (KeyError, TypeError, ValueError) as exc:
        raise DataError(f"{path} is not the truth of a clip: {exc!r}") from None
