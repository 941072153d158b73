"""The log of a command: set up as often as one likes, bounded, never in the way."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.log_limit import RepeatLimit
from trucksight.runtime.log_lines import JsonLines, TextLines
from trucksight.runtime.logs import LogHandler, is_journal, set_up

log = logging.getLogger("trucksight.test_logs")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    package = logging.getLogger("trucksight")
    level = package.level
    yield
    package.setLevel(level)
    for handler in [one for one in logging.root.handlers if isinstance(one, LogHandler)]:
        logging.root.removeHandler(handler)
        handler.close()


def record(message: object, *values: object) -> logging.LogRecord:
    return logging.LogRecord("trucksight.x", logging.WARNING, "", 0, message, values, None)


class Desk:
    """A handler with a clock that is set and an alarm that is rung by hand."""

    def __init__(self, stream: io.StringIO | None = None) -> None:
        self.now_s = 1000.0
        self.stream = stream or io.StringIO()
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        self.handler = LogHandler(
            self.stream,
            RepeatLimit(most=5, window_s=60),
            lambda: self.now_s,
            lambda delay_s, call: self.alarms.append((delay_s, call)),
        )
        self.handler.setFormatter(TextLines(journal=True))

    def say(self, message: str, *values: object) -> None:
        self.handler.handle(record(message, *values))

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.handler.close()


def test_a_repeated_message_is_written_five_times_whatever_its_arguments(desk: Desk) -> None:
    for number in range(100):
        desk.say("try %d failed", number)
    assert desk.lines() == [f"<4>trucksight.x: try {number} failed" for number in range(5)]


def test_the_end_of_the_window_says_how_many_were_left_out(desk: Desk) -> None:
    for number in range(100):
        desk.now_s = 1000 + number / 10
        desk.say("try %d failed", number)
    ((delay_s, ring),) = desk.alarms
    assert delay_s == pytest.approx(59.5)
    desk.now_s = 1060.0
    ring()
    said = "<4>trucksight.x: left out 95 more of this within 60 s: try %d failed"
    assert desk.lines()[5:] == [said]
    ring()
    assert len(desk.lines()) == 6
    assert len(desk.alarms) == 1


def test_the_next_message_of_any_kind_says_it_too(desk: Desk) -> None:
    for _ in range(7):
        desk.say("down")
    desk.now_s += 60
    desk.say("up")
    assert desk.lines()[5:] == [
        "<4>trucksight.x: left out 2 more of this within 60 s: down",
        "<4>trucksight.x: up",
    ]


def test_the_end_of_the_log_says_it_too(desk: Desk) -> None:
    for _ in range(8):
        desk.say("down")
    desk.handler.close()
    desk.handler.close()
    assert desk.lines()[5:] == ["<4>trucksight.x: left out 3 more of this within 0 s: down"]


def test_an_alarm_that_rings_for_one_is_set_again_for_the_next(desk: Desk) -> None:
    for _ in range(6):
        desk.say("one")
    desk.now_s += 20
    for _ in range(6):
        desk.say("other")
    desk.now_s += 40
    desk.alarms[0][1]()
    assert [delay_s for delay_s, _ in desk.alarms] == [60, 20]
    desk.now_s += 20
    desk.alarms[1][1]()
    assert [line.rpartition(" ")[2] for line in desk.lines() if "left out" in line] == [
        "one",
        "other",
    ]


def test_many_threads_lose_and_mix_nothing(desk: Desk) -> None:
    def talk() -> None:
        for number in range(200):
            desk.say("the same %d", number)

    threads = [threading.Thread(target=talk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.handler.close()
    *written, last = desk.lines()
    assert len(written) == 5
    assert all(line.startswith("<4>trucksight.x: the same ") for line in written)
    assert "left out 1595 more" in last


class Failing(io.StringIO):
    error: Exception | None = None

    def write(self, text: str) -> int:
        if self.error:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "disk full"), ValueError("shut")])
def test_a_stream_that_fails_reaches_nobody_and_the_loss_is_told(error: Exception) -> None:
    stream = Failing()
    desk = Desk(stream)
    stream.error = error
    desk.say("one")
    desk.say("two")
    stream.error = None
    desk.say("three")
    assert desk.lines() == [
        "<4>trucksight.x: 2 lines before this one could not be written",
        "<4>trucksight.x: three",
    ]
    desk.handler.close()


def test_a_pipe_that_nobody_reads_is_not_waited_for() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as stream:
        handler = LogHandler(stream, RepeatLimit(most=10**6))
        handler.setFormatter(TextLines(journal=True))
        for number in range(500):
            handler.handle(record(f"{number} {'x' * 1000}"))
        read = os.read(reading, 1 << 20)
        assert 0 < read.count(b"\n") < 500, "a pipe holds 64 KiB"
        handler.handle(record("again"))
        lost = 500 - read.count(b"\n")
        assert f"{lost} lines before this one".encode() in os.read(reading, 1 << 16)
        handler.close()
    os.close(reading)


def test_a_closed_pipe_a_closed_stream_and_a_full_disk_are_survived(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    closed = (tmp_path / "closed").open("w")
    closed.close()
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails
    for stream in (os.fdopen(writing, "w"), closed, full):
        handler = LogHandler(stream)
        handler.setFormatter(TextLines(journal=False))
        for _ in range(3):
            handler.handle(record("x"))
        handler.close()
        with contextlib.suppress(OSError):
            stream.close()


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_objects_that_cannot_be_written_do_not_end_a_run() -> None:
    stream = io.StringIO()
    handler = LogHandler(stream)
    handler.setFormatter(JsonLines())
    extra = record("x")
    extra.odd = Unspeakable()
    handler.handle(extra)
    handler.handle(record(Unspeakable()))
    handler.handle(record("%s frames", Unspeakable()))
    first, second, third = (json.loads(line)["message"] for line in stream.getvalue().splitlines())
    assert first == second == "a message cannot be written: RuntimeError('no words')"
    assert third == "%s frames (with other arguments than it takes)"
    handler.close()


def test_set_up_again_replaces_its_own_handler_and_no_other() -> None:
    other = logging.NullHandler()
    logging.root.addHandler(other)
    try:
        first, second = io.StringIO(), io.StringIO()
        set_up("text", "warning", first)
        log.info("not heard")
        set_up("json", "info", second)
        log.info("heard")
        assert first.getvalue() == ""
        assert json.loads(second.getvalue())["message"] == "heard"
        assert other in logging.root.handlers
    finally:
        logging.root.removeHandler(other)


def test_what_the_replaced_handler_left_out_is_told_by_it() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up("text", "info", first)
    for _ in range(9):
        log.info("the same")
    set_up("text", "info", second)
    assert "left out 4 more" in first.getvalue().splitlines()[-1]
    assert second.getvalue() == ""


def test_other_packages_are_heard_from_warning_on() -> None:
    stream = io.StringIO()
    set_up("text", "debug", stream)
    other = logging.getLogger("somebody.else")
    other.info("chatter")
    other.warning("trouble")
    log.debug("detail")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("somebody.else: trouble")
    assert lines[1].endswith("test_logs: detail")


@pytest.mark.parametrize(
    ("format", "level", "message"),
    [("xml", "info", "text or json, not 'xml'"), ("text", "loud", "one of debug, info")],
)
def test_other_formats_and_levels_are_refused(format: str, level: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        set_up(format, level, io.StringIO())  # type: ignore[arg-type]


def test_the_journal_is_known_by_device_and_inode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "log").open("w") as stream:
        assert not is_journal(stream)
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        assert is_journal(stream)
        set_up("text", "info", stream)
        log.info("hello")
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino + 1}")
        assert not is_journal(stream)
    assert (tmp_path / "log").read_text() == "<6>trucksight.test_logs: hello\n"
    assert not is_journal(io.StringIO())


CHILD = """
import logging
from trucksight.runtime.logs import set_up
set_up("json", "info")
for number in range(12):
    logging.getLogger("trucksight.child").warning("try %d", number)
"""


def test_a_process_that_ends_says_what_it_left_out() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines[:5]] == [f"try {number}" for number in range(5)]
    assert len(lines) == 6
    assert lines[5]["left_out"] == 7
