"""How a log record becomes one line, of text or of JSON."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .redact import redact

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; whatever else it has was given as `extra`."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What ends a line, drives a terminal, or cannot be encoded."""
_DEEPEST = 6
_SYSLOG = (  # sd-daemon(3)
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)


def without_secrets(text: str) -> str:
    """Hide user, password and secret parameters of every address in a text.

    The last line of defence: who makes a message hides them already.
    """
    return _URL.sub(lambda found: redact(found.group()), text)


def message_of(record: logging.LogRecord) -> str:
    """The record's message, also where its arguments do not fit it."""
    try:
        return record.getMessage()
    except Exception:  # arguments are anybody's objects, and a log must not end a run
        return f"{record.msg} (with other arguments than it takes)"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, exception, and what `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """One line without its end."""
        own: dict[str, Any] = {
            "time": utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        if record.exc_info:
            own["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            own["stack"] = record.stack_info
        extra = {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        fields = own | {f"{name}_" if name in own else name: extra[name] for name in extra}
        return json.dumps(_plain(fields), ensure_ascii=False, allow_nan=False)


class TextLines(logging.Formatter):
    """For a person: one line a record, and an indented one for each of a traceback."""

    def __init__(self, journal: bool) -> None:
        """Say who reads.

        Args:
            journal: systemd's, which knows the time itself and takes `<4>` for a priority.
        """
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Lines without the last one's end."""
        # A message with a line feed in it must not look like two.
        lines = [_CONTROL.sub(_escaped, f"{record.name}: {message_of(record)}")]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        if record.stack_info:
            lines += record.stack_info.splitlines()
        lines[1:] = [f"    {_CONTROL.sub(_escaped, line)}" for line in lines[1:]]
        if self._journal:
            lines = [f"<{_priority(record.levelno)}>{line}" for line in lines]
        else:
            lines[0] = f"{utc(record.created)} {record.levelname:<7} {lines[0]}"
        return without_secrets("\n".join(lines))


def utc(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _priority(level: int) -> int:
    return next((priority for least, priority in _SYSLOG if level >= least), 7)


def _escaped(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


def _plain(value: Any, depth: int = 0) -> Any:
    """The value as what JSON can write, without secrets."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {without_secrets(str(name)): _plain(one, depth + 1) for name, one in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_plain(one, depth + 1) for one in value]
    return without_secrets(str(value).encode(errors="replace").decode())
