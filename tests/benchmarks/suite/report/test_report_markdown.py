"""What a comment on GitHub shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from trucksight.benchmarks.suite.report_markdown import (
    Compared,
    code,
    comparison_markdown,
    prose,
    report_markdown,
)
from trucksight.benchmarks.suite.results import Cell, Results
from trucksight.benchmarks.suite.summary import Interval, rows


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def table_of(text: str) -> list[list[str]]:
    return [cells_of(line) for line in text.splitlines() if line.startswith("|")]


def test_every_line_of_the_table_has_every_column(results: Results) -> None:
    table = table_of(report_markdown(results, rows(results)))
    assert len(table) == 8
    assert {len(line) for line in table} == {len(table[0])}
    assert table[0][:3] == ["cell", "gate", "p50 ms"]


def test_the_fastest_is_bold_and_energy_is_not_zero(results: Results) -> None:
    table = table_of(report_markdown(results, rows(results)))
    energy, p99 = table[0].index("energy mJ"), table[0].index("p99 ms")
    assert table[2][0] == "**`tflite-int8 on litert, 4 threads`**"
    assert not any(cell.startswith("**") for line in table[3:] for cell in line)
    assert {line[energy].strip("*") for line in table[2:]} == {"not measured"}
    assert table[6][p99] == "-"
    assert table[7][1] == "INVALID"


def test_cures_are_commands(results: Results) -> None:
    text = report_markdown(results, rows(results))
    assert "- tflite-runtime: not installed; `pip install 'trucksight[tflite-runtime]'`" in text
    assert "has no NVIDIA GPU; nothing on this machine would bring it" in text


def test_names_end_no_cell_and_mention_nobody(results: Results) -> None:
    bad = "a|b`c @everyone <script>"
    one = replace(results.measured[0], cell=Cell(bad, "litert", 1), gate=f"accepted because {bad}")
    spoiled = replace(results, bundle=bad, measured=[one], notes=[bad])
    text = report_markdown(spoiled, rows(spoiled))
    table = table_of(text)
    assert len(table) == 3 and {len(line) for line in table} == {len(table[0])}
    assert text.startswith("### ``a\\|b`c @everyone <script>``")
    assert "- a\\|b\\`c @<!-- -->everyone \\<script\\>" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain", "`plain`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("two\nlines", "`two lines`")],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_prose_links_to_nothing() -> None:
    assert prose("see https://x.example/#1 [now](y)") == (
        "see https:<!-- -->//x.example/\\#1 \\[now\\](y)"
    )


def test_a_comparison_says_first_what_got_slower() -> None:
    text = comparison_markdown(
        "main",
        "this",
        [
            Compared("b", Interval(0.8, 0.75, 0.85), "faster"),
            Compared("c", Interval(1.001, 0.99, 1.01), "level"),
            Compared("d", None, "undecided", "another machine"),
            Compared("a", Interval(1.25, 1.2, 1.3), "slower"),
        ],
    )
    assert text.startswith(
        "### `this` against `main`\n\n**1 slower, 1 undecided, 1 faster, 1 level**"
    )
    assert table_of(text)[2:] == [
        ["`a`", "1.250", "1.200 to 1.300", "🔴 slower"],
        ["`d`", "-", "-", "undecided (another machine)"],
        ["`b`", "0.800", "0.750 to 0.850", "🟢 faster"],
        ["`c`", "1.001", "0.990 to 1.010", "level"],
    ]


def test_nothing_to_compare() -> None:
    assert "**Nothing to compare**" in comparison_markdown("a", "b", [])
