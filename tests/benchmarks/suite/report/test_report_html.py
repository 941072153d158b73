"""The page: whole, escaped, and the same for the same measurement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.plot_choices import power_plot
from trucksight.benchmarks.suite.report_html import report_html, write_page
from trucksight.benchmarks.suite.results import Absent, Cell, Measured, Results
from trucksight.benchmarks.suite.summary import rows

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Checks that tags are balanced, keeps texts and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.rows: list[list[str]] = []
        self.classes: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        known = dict(attrs)
        assert not any(name.startswith("on") for name in known)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        self.links += [str(known[name]) for name in ("href", "src", "xlink:href") if name in known]
        if tag == "svg":
            assert known["role"] == "img"
            self.labels.append(str(known["aria-label"]))
        if tag == "tr":
            self.rows.append([])
            self.classes.append(str(known.get("class")))
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


@pytest.fixture(scope="module")
def text(results: Results) -> str:
    return report_html(results, rows(results))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_tags_are_balanced_and_ids_are_unique(page: Page) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids)) > 6


def test_nothing_is_fetched_and_nothing_runs(page: Page, text: str) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links) and page.links
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#{name}" for name in page.ids}
    assert "@import" not in text


def test_the_table_has_the_figures_in_order(page: Page, results: Results) -> None:
    ranked = rows(results)
    table = page.rows[:7]
    assert table[0][:3] == ["cell", "gate", "p50 ms"]
    assert [line[0].split()[:2] for line in table[1:]] == [
        [str(n), row.cell.variant] for n, row in enumerate(ranked, 1)
    ]
    assert ranked[0].p50
    assert table[1][2].split()[0] == f"{ranked[0].p50.value:.2f}"
    assert table[5][table[0].index("p99 ms")] == "-"
    assert {line[table[0].index("energy mJ")] for line in table[1:]} == {"not measured"}
    assert table[2][table[0].index("accuracy %")] == "not measured"


def test_the_invalid_cell_is_marked(page: Page) -> None:
    assert page.classes[:7] == ["None", "best", "", "", "", "", "invalid"]
    assert page.rows[6][1] == "INVALID"


def test_every_plot_says_what_it_shows(page: Page) -> None:
    assert len(page.labels) == 6
    assert page.labels[0].startswith("Latency by cell: tflite-int8 on litert, 4 threads: p50 9.")
    assert "onnx-fp32 on onnx, 4 threads (invalid)" in page.labels[0]
    assert page.labels[1].endswith(
        "not beaten in both: tflite-int8 on litert, 4 threads, tflite-fp32 on litert, 4 threads"
    )
    assert "onnx-fp32" not in page.labels[4], "an invalid cell costs nothing that is known"


def test_stand_in_colours_became_those_of_the_page(text: str) -> None:
    assert "var(--ink)" in text and "var(--hue-1)" in text
    assert not re.search("#0101|#0102", text)


def test_the_same_measurement_gives_the_same_page(results: Results, text: str) -> None:
    assert report_html(results, rows(results)) == text


def test_what_a_name_holds_is_text(results: Results) -> None:
    bad = "</text></svg><script>alert(1)</script>$x^{2$"
    one = replace(
        results.measured[0],
        cell=Cell(bad, bad, 4),
        engine=bad,
        gate=f"accepted because {bad}",
        invalid=[bad],
    )
    spoiled = replace(
        results,
        bundle=bad,
        board=replace(results.board, board=bad, versions={bad: bad}),
        pictures=replace(results.pictures, source=bad),
        measured=[one, *results.measured],
        absent=[Absent(bad, bad, bad)],
        notes=[bad],
    )
    text = report_html(spoiled, rows(spoiled))
    page = Page(text)
    assert "script" not in page.tags
    assert "<script" not in text
    assert sum(bad in piece for piece in page.texts) > 8


def test_power_is_drawn_where_it_was_measured(results: Results) -> None:
    assert power_plot(rows(results), 15.0) is None
    one = results.measured[1]
    processes = [replace(process, energy_j=4.5) for process in one.processes]
    ranked = rows(replace(results, measured=[replace(one, processes=processes)]))
    plot = power_plot(ranked, 15.0)
    assert plot and ranked[0].rate_hz
    burst_w = 4.5 / 300 * ranked[0].rate_hz
    assert f"0.150 at 15.0 a second, {burst_w:.2f} at" in plot.svg


def test_a_page_without_a_valid_cell_says_so(
    results: Results, make_measured: Callable[..., Measured]
) -> None:
    one = make_measured(Cell("tflite-int8", "litert", 1), 20.0, invalid=["swapping"])
    empty = replace(results, measured=[one])
    text = report_html(empty, rows(empty))
    assert '<section id="headline" class="none">' in text
    assert "No cell both passed its gate and was measured validly." in text
    nothing = replace(results, measured=[])
    page = Page(report_html(nothing, rows(nothing)))
    assert "svg" not in page.tags and "table" not in page.tags


def test_writing_replaces_an_older_page(results: Results, tmp_path: Path, text: str) -> None:
    path = tmp_path / "new" / "page.html"
    path.parent.mkdir()
    path.write_text("old")
    write_page(results, rows(results), path)
    assert path.read_text(encoding="utf-8") == text
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]
