"""What a terminal and a file show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trucksight.benchmarks.suite.columns import BY_WORTH
from trucksight.benchmarks.suite.report_text import chosen, report_text
from trucksight.benchmarks.suite.results import Cell, Results
from trucksight.benchmarks.suite.summary import rows
from trucksight.runtime import extras
from trucksight.runtime.errors import MissingExtra


def table_of(text: str) -> list[str]:
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("variant"))
    return lines[first : first + 7]


@pytest.mark.parametrize("width", [40, 80, 120, 250])
def test_no_line_of_the_table_is_wider_than_the_terminal(results: Results, width: int) -> None:
    table = table_of(report_text(results, rows(results), width))
    assert max(map(len, table)) <= width
    assert "…" not in "".join(table)
    assert [line.split()[0] for line in table[1:]] == [
        *("tflite-int8", "onnx-int8", "tflite-int8", "tflite-fp32", "tflite-dynamic", "onnx-fp32")
    ]


def test_eighty_columns_have_the_most_telling_figures(results: Results) -> None:
    text = report_text(results, rows(results), 80)
    best = rows(results)[0]
    assert best.p50 and best.p99
    table = table_of(text)
    assert table[0].endswith("gate      p50 ms  p99 ms  rate 1/s    accuracy %")
    assert table[1].split()[3:] == [
        "passed",
        f"{best.p50.value:.2f}",
        f"{best.p99.value:.1f}",
        f"{best.rate_hz:.0f}",
        "98.0",
    ]
    assert "no room for: " in " ".join(text.split())


def test_with_room_every_column_is_there_and_none_is_missed(results: Results) -> None:
    text = report_text(results, rows(results), 250)
    assert set(chosen(rows(results), 250)) == set(BY_WORTH)
    assert "no room for" not in text
    assert all("not measured" in line for line in table_of(text)[1:])


def test_the_headline_the_invalid_cell_and_the_cures_are_told(results: Results) -> None:
    text = report_text(results, rows(results), 120)
    lines = text.splitlines()
    assert lines[0] == "truck-mobilenetv2, 2026-03-01 10:00 UTC"
    assert lines[1].startswith("tflite-int8 on litert, 4 threads: half of the pictures within 9.")
    assert "INVALID" in table_of(text)[6]
    assert "  onnx-fp32 on onnx, 4 threads: invalid: the clock was throttled" in text
    assert "      pip install 'trucksight[tflite-runtime]'" in lines
    assert "  Raspberry Pi 5 Model B Rev 1.0, Cortex-A76, 4 processors, 8052 MiB" in lines
    assert "  verdicts of all cells agree on 296 of 300 pictures" in lines


def test_a_command_to_copy_stays_in_one_line(results: Results) -> None:
    command = "pip install " + " ".join(f"package-{n}" for n in range(20))
    absent = [replace(results.absent[0], cure=command)]
    text = report_text(replace(results, absent=absent), rows(results), 80)
    assert f"      {command}" in text.splitlines()


def test_plain_text_is_plain(results: Results) -> None:
    assert report_text(results, rows(results), 120).isascii()
    assert "\x1b[" in report_text(results, rows(results), 120, styled=True)


def test_names_neither_move_the_cursor_nor_change_the_colours(results: Results) -> None:
    bad = "x\x1b[2J[bold red]y\rz"
    one = replace(results.measured[0], cell=Cell(bad, "litert", 1))
    spoiled = replace(results, bundle=bad, measured=[one], notes=[bad])
    text = report_text(spoiled, rows(spoiled), 120)
    assert "\x1b" not in text and "\r" not in text
    assert text.startswith("x?[2J[bold red]y z, 2026")
    assert "  x?[2J[bold red]y z" in text


def test_nothing_measured_is_said(results: Results) -> None:
    empty = replace(results, measured=[])
    assert "Nothing was measured." in report_text(empty, rows(empty), 80)


def test_without_rich_one_line_brings_it(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"needs rich.*pip install 'trucksight\[bench\]'"):
        report_text(results, rows(results))
