"""How often one message may be repeated, so that a fault of a long night does not fill a disk."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

Template = tuple[str, int, str]
"""Logger, level, and the message before its arguments."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Messages that were not written."""

    template: Template
    count: int
    seconds: float
    """From the first of them to now."""


@dataclass(slots=True)
class _Template:
    written_s: deque[float]
    """When the last ones were written, oldest first."""
    left_out: int = 0
    since_s: float = field(default=0.0)
    """When the first of those was left out."""


class RepeatLimit:
    """Counts what it refuses, and gives every count away exactly once.

    Not for several threads at once: the log's handler holds its lock.
    """

    def __init__(self, most: int = 5, window_s: float = 60.0, remembered: int = 512) -> None:
        """Refuse nothing yet.

        Args:
            most: so many of one template in any `window_s`.
            window_s: seconds.
            remembered: so many templates; the one that was used longest ago is forgotten first.
        """
        self._most = most
        self._window_s = window_s
        self._remembered = remembered
        self._templates: OrderedDict[Template, _Template] = OrderedDict()

    def takes(self, template: Template, now_s: float) -> bool:
        """Whether one more may be written now."""
        kept = self._templates.setdefault(template, _Template(deque(maxlen=self._most)))
        self._templates.move_to_end(template)
        if len(kept.written_s) == self._most and now_s < kept.written_s[0] + self._window_s:
            if not kept.left_out:
                kept.since_s = now_s
            kept.left_out += 1
            return False
        kept.written_s.append(now_s)
        return True

    def over(self, now_s: float) -> Iterator[LeftOut]:
        """What was left out of templates that may be written again, or have to be forgotten."""
        crowded = len(self._templates) - self._remembered
        for number, (template, kept) in enumerate(list(self._templates.items())):
            if kept.left_out and (number < crowded or now_s >= self._free_s(kept)):
                yield LeftOut(template, kept.left_out, now_s - kept.since_s)
                kept.left_out = 0
            if number < crowded or now_s >= kept.written_s[-1] + self._window_s:
                del self._templates[template]

    def rest(self, now_s: float) -> Iterator[LeftOut]:
        """All that was left out, because the log ends."""
        for template, kept in self._templates.items():
            if kept.left_out:
                yield LeftOut(template, kept.left_out, now_s - kept.since_s)
                kept.left_out = 0

    def next_s(self) -> float | None:
        """When there will be something to tell of, or None."""
        waiting = (self._free_s(kept) for kept in self._templates.values() if kept.left_out)
        return min(waiting, default=None)

    def _free_s(self, kept: _Template) -> float:
        return kept.written_s[0] + self._window_s
