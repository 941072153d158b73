"""A measurement as one page that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...runtime.extras import require
from ...runtime.files import write_atomically
from .columns import ALL, MEANING, NONE
from .results import Results
from .steadiness import kept
from .summary import Row, fastest
from .words import details, faults, gaps, headline, machine, moment, subject

TEMPLATE = Path(__file__).with_name("page.html.jinja")


def write_page(results: Results, ranked: Sequence[Row], path: Path) -> None:
    """Write the page; an older one is replaced in one step.

    Raises:
        MissingExtra: jinja2 or matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    write_atomically(path, report_html(results, ranked))


def report_html(results: Results, ranked: Sequence[Row]) -> str:
    """The page. Whatever a name holds is shown as text.

    Args:
        results: what was measured.
        ranked: `summary.rows` of it.

    Raises:
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    require(["jinja2", "matplotlib"], "bench", "the page")
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    best = fastest(ranked)
    return template.render(
        results=results,
        ranked=ranked,
        best=best,
        headline=headline(ranked),
        details=details(ranked, results.rate_hz),
        columns=[column for column in ALL if any(column.value(row) != NONE for row in ranked)],
        meaning=MEANING,
        plots=[(plot, Markup(plot.svg)) for plot in _plots(results, ranked)],
        faults=faults(ranked),
        gaps=gaps(results, ranked),
        machine=machine(results),
        kept=kept(ranked),
        moment=moment(results.created),
        subject=subject(results),
    )


def _plots(results: Results, ranked: Sequence[Row]) -> list[Any]:
    from .plot_choices import accuracy_plot, power_plot, processor_plot
    from .plot_durations import cold_starts, distributions, stages, warm_up

    drawn = [
        distributions(ranked),
        accuracy_plot(ranked),
        stages(ranked),
        cold_starts(ranked),
        processor_plot(ranked, results.rate_hz),
        power_plot(ranked, results.rate_hz),
        warm_up(ranked),
    ]
    return [plot for plot in drawn if plot]
