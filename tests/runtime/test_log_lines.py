"""A record is one line that a program or a person can read, without a secret in it."""

from __future__ import annotations

import json
import logging
import math
import sys
from typing import Any

import pytest

from trucksight.runtime.log_lines import JsonLines, TextLines, without_secrets

CREATED = 1_780_000_000.1234
TIME = "2026-05-28T20:26:40.123Z"


def record(message: object, *values: object, level: int = logging.WARNING, **extra: Any) -> Any:
    made = logging.LogRecord("trucksight.gate", level, "x.py", 1, message, values, None)
    made.created = CREATED
    vars(made).update(extra)
    return made


def failure() -> Any:
    try:
        raise OSError("no route to rtsp://joe:secret@gate/1")
    except OSError:
        return sys.exc_info()


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line = JsonLines().format(made)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_json_has_time_level_logger_and_message() -> None:
    assert as_json(record("%s: %d frames", "gate", 3)) == {
        "time": TIME,
        "level": "warning",
        "logger": "trucksight.gate",
        "message": "gate: 3 frames",
    }


def test_json_takes_what_extra_gives_in_plain_values() -> None:
    found = as_json(
        record(
            "x", count=3, ratio=math.nan, tags=("a", 1.5, None), deep={"url": "http://a:b@c/d"},
            thing=ValueError("odd"), flag=True, logger="mine", half="\udcff",
        )
    )  # fmt: skip
    assert found["count"] == 3
    assert found["ratio"] is None
    assert found["tags"] == ["a", 1.5, None]
    assert found["deep"] == {"url": "http://***@c/d"}
    assert found["thing"] == "odd"
    assert found["flag"] is True
    assert (found["logger"], found["logger_"]) == ("trucksight.gate", "mine")
    assert found["half"] == "?"


def test_a_structure_without_end_becomes_text() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert "[[...]]" in json.dumps(as_json(record("x", endless=endless))["endless"])


def test_an_exception_is_text_in_json_and_indented_lines_in_text() -> None:
    found = as_json(record("gate fell silent", exc_info=failure()))
    assert found["exception"].startswith("Traceback")
    assert found["exception"].endswith("OSError: no route to rtsp://***@gate/1")
    lines = TextLines(journal=False).format(record("gate fell silent", exc_info=failure()))
    first, *rest = lines.splitlines()
    assert first == f"{TIME} WARNING trucksight.gate: gate fell silent"
    assert all(line.startswith("    ") for line in rest)
    assert rest[-1] == "    OSError: no route to rtsp://***@gate/1"


@pytest.mark.parametrize(
    ("level", "priority"),
    [(10, 7), (20, 6), (30, 4), (40, 3), (50, 2), (15, 7), (35, 4)],
)
def test_the_journal_gets_a_priority_on_every_line_and_no_time(level: int, priority: int) -> None:
    made = record("gate fell silent", level=level, exc_info=failure())
    first, *rest = TextLines(journal=True).format(made).splitlines()
    assert first == f"<{priority}>trucksight.gate: gate fell silent"
    assert rest
    assert all(line.startswith(f"<{priority}>    ") for line in rest)


def test_nobody_forges_a_line_or_drives_a_terminal() -> None:
    made = record("%s", "a\n<0>forged\x1b[2J\u2028b\udcff")
    for journal in (False, True):
        line = TextLines(journal).format(made)
        assert len(line.splitlines()) == 1
        assert r"a\n<0>forged\x1b[2J\u2028b\udcff" in line


def test_arguments_that_do_not_fit_still_give_the_message() -> None:
    assert as_json(record("%d frames", "many"))["message"].startswith("%d frames (")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no address, a@b", "no address, a@b"),
        ("mqtt://joe:secret@broker:1883: refused", "mqtt://***@broker:1883: refused"),
        ("'rtsp://u:p@a/1' and http://u:p@b/?token=1 fail",
         "'rtsp://***@a/1' and http://***@b/?token=*** fail"),
        ("rtsp://gate:554/1 is down, ask joe@example.com",
         "rtsp://gate:554/1 is down, ask joe@example.com"),
    ],
)  # fmt: skip
def test_secrets_in_addresses_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert TextLines(journal=False).format(record("%s", text)).endswith(shown)
    assert as_json(record(text))["message"] == shown
