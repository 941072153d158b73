"""Terminal, comment and page tell how many processes a cell's figures are made without, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from trucksight.benchmarks.suite.report_html import report_html
from trucksight.benchmarks.suite.report_markdown import report_markdown
from trucksight.benchmarks.suite.report_text import report_text
from trucksight.benchmarks.suite.results import Disturbance, Results, SetAside
from trucksight.benchmarks.suite.summary import Row, rows

Report = Callable[[Results, Sequence[Row]], str]


def in_a_wide_terminal(results: Results, ranked: Sequence[Row]) -> str:
    return report_text(results, ranked, 250)


@pytest.mark.parametrize("report", [in_a_wide_terminal, report_markdown, report_html])
def test_set_aside_is_told_with_count_and_reason(results: Results, report: Report) -> None:
    first, *others = results.measured
    because = [Disturbance("CPU time stolen", "20.0 % of it; at most 5.0 % may be")]
    aside = [SetAside(process, because) for process in first.processes[:2]]
    disturbed = replace(results, measured=[replace(first, set_aside=aside), *others])
    told = report(disturbed, rows(disturbed))
    assert "2 of 6 processes set aside: CPU time stolen" in told
    assert told.count("2 of 6") == 2, "in the table, too"
    assert "2 of 6" not in report(results, rows(results))
