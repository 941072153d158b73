"""The log of a command: to stderr, bounded, and never in the way of a decision."""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Literal, TextIO, get_args

from .errors import UsageError
from .log_limit import LeftOut, RepeatLimit
from .log_lines import JsonLines, TextLines

Format = Literal["text", "json"]
Alarm = Callable[[float, Callable[[], None]], None]
"""Calls a function once, so many seconds from now."""

LEVELS = ("debug", "info", "warning", "error")
_PACKAGE = "trucksight"
_LONGEST_TEMPLATE = 200


def set_up(format: Format, level: str, stream: TextIO | None = None) -> None:
    """Write the log of this process to a stream; called again, write it otherwise.

    Handlers that others have set stay. Other packages are heard from `warning` on.

    Args:
        format: `text` for people, `json` for programs.
        level: the least that is written, one of `LEVELS`.
        stream: where to; None takes stderr. It is left open.

    Raises:
        UsageError: no such format or level.
    """
    if format not in get_args(Format):
        raise UsageError(f"log format must be text or json, not {format!r}")
    if level not in LEVELS:
        raise UsageError(f"log level must be one of {', '.join(LEVELS)}, not {level!r}")
    target = sys.stderr if stream is None else stream
    handler = LogHandler(target)
    handler.setFormatter(JsonLines() if format == "json" else TextLines(is_journal(target)))
    handler.setLevel(level.upper())
    logging.getLogger(_PACKAGE).setLevel(level.upper())
    before = [one for one in logging.root.handlers if isinstance(one, LogHandler)]
    logging.root.addHandler(handler)
    for old in before:
        logging.root.removeHandler(old)
        old.close()


def is_journal(stream: TextIO) -> bool:
    """Whether systemd's journal reads what is written there, see systemd.exec(5)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class LogHandler(logging.Handler):
    """Writes lines to a stream, and says how many it left out.

    Left out is what repeats itself too often, and what the stream does not take: it is closed, its
    disk is full, or its reader sleeps. None of that raises or waits.
    """

    def __init__(
        self,
        stream: TextIO,
        limit: RepeatLimit | None = None,
        clock_s: Callable[[], float] = time.monotonic,
        alarm: Alarm | None = None,
    ) -> None:
        """Take a stream, which is left open.

        Args:
            stream: where to write.
            limit: of repeated messages; None takes the defaults.
            clock_s: a monotonic clock, seconds.
            alarm: wakes the handler at the end of a window; None takes a timer in a thread.
        """
        super().__init__()
        self._stream = stream
        self._limit = limit or RepeatLimit()
        self._clock_s = clock_s
        self._alarm = alarm or _timer
        self._awaited = False
        """Whether an alarm is set."""
        self._unwritten = 0
        """Lines the stream did not take since it last took one."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it; the caller holds the lock."""
        now_s = self._clock_s()
        self._tell(now_s)
        message = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        template = (record.name, record.levelno, message[:_LONGEST_TEMPLATE])
        if self._limit.takes(template, now_s):
            self._put(record)
        else:
            self._await(now_s)

    def tell(self) -> None:
        """Write how many were left out where a window is over."""
        self.acquire()
        try:
            self._awaited = False
            now_s = self._clock_s()
            self._tell(now_s)
            self._await(now_s)
        finally:
            self.release()

    def close(self) -> None:
        """Write how many were left out in all."""
        self.acquire()
        try:
            for left_out in self._limit.rest(self._clock_s()):
                self._put(_record(left_out))
        finally:
            self.release()
        super().close()

    def _tell(self, now_s: float) -> None:
        for left_out in self._limit.over(now_s):
            self._put(_record(left_out))

    def _await(self, now_s: float) -> None:
        next_s = self._limit.next_s()
        if next_s is not None and not self._awaited:
            self._awaited = True
            self._alarm(max(0.0, next_s - now_s), self.tell)

    def _put(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as exc:  # an `extra` is anybody's object, and a log must not end a run
            line = self.format(_plain_record(record, f"a message cannot be written: {exc!r}"))
        if self._unwritten:
            lost = f"{self._unwritten} lines before this one could not be written"
            line = f"{self.format(_plain_record(record, lost))}\n{line}"
        self._unwritten = 0 if self._write(f"{line}\n") else self._unwritten + 1

    def _write(self, text: str) -> bool:
        try:
            if not _has_room(self._stream):
                return False
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed
            return False
        return True


def _has_room(stream: TextIO) -> bool:
    """Whether a pipe or socket takes some 4 KiB without a wait; True for all that never waits."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _timer(delay_s: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(delay_s, call)
    timer.daemon = True
    timer.start()


def _record(left_out: LeftOut) -> logging.LogRecord:
    name, level, template = left_out.template
    record = logging.LogRecord(
        name, level, "", 0, "left out %d more of this within %.0f s: %s",
        (left_out.count, left_out.seconds, template), None,
    )  # fmt: skip
    record.left_out = left_out.count
    return record


def _plain_record(record: logging.LogRecord, message: str) -> logging.LogRecord:
    """Another message from the same logger."""
    return logging.LogRecord(record.name, record.levelno, "", 0, message, None, None)
