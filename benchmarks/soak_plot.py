"""Memory over time as one picture, with the fitted slopes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..runtime.files import write_atomically
from .soak_checks import HOUR_S, Growth, Observed
from .soak_watch import Sample

INK, CAPTURE, FIT = "#22303c", "#2a7f9e", "#d1495b"


def draw(
    observed: Sequence[Observed],
    growths: Sequence[Growth],
    warm_up: Mapping[str, Sequence[Sample]],
    path: Path,
) -> None:
    """Draw to a PNG file; needs matplotlib (the caller checks that it is there).

    Args:
        observed: one row each.
        growths: their fits.
        warm_up: by program, the samples that were not judged; drawn pale.
        path: replaced where it exists.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.6 * len(observed)), dpi=110, layout="constrained")
    charts = figure.subplots(len(observed), 1, squeeze=False)[:, 0]
    for chart, one in zip(charts, observed, strict=True):
        begun_s = (warm_up[one.name] or one.samples)[0].at_s
        for samples, strength in ((warm_up[one.name], 0.35), (one.samples, 1.0)):
            times = [(sample.at_s - begun_s) / 60 for sample in samples]
            loop = [sample.loop_bytes / 2**20 for sample in samples]
            chart.plot(times, loop, color=INK, lw=1.2, alpha=strength)
            pairs = [
                (at, sample.capture_bytes / 2**20)
                for at, sample in zip(times, samples, strict=True)
                if sample.capture_bytes is not None
            ]
            if pairs:
                chart.plot(*zip(*pairs, strict=True), color=CAPTURE, lw=0.8, alpha=strength)
        for growth in growths:
            if growth.program == one.name:
                _fit(chart, growth, one.samples, begun_s)
        chart.set_title(f"{one.name}: loop dark, capture process blue", loc="left", fontsize=10)
        chart.set_ylabel("MiB")
        highest = max(max(s.loop_bytes, s.capture_bytes or 0) for s in one.samples)
        chart.set_ylim(0, 1.2 * highest / 2**20)
    charts[-1].set_xlabel("minutes")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    write_atomically(path, picture.getvalue())


def _fit(chart: object, growth: Growth, samples: Sequence[Sample], begun_s: float) -> None:
    """The median slope through the middle of the samples."""
    values = [s.loop_bytes if growth.process == "loop" else s.capture_bytes or 0 for s in samples]
    middle_s = (samples[0].at_s + samples[-1].at_s) / 2
    level_mib = sorted(values)[len(values) // 2] / 2**20
    ends_s = (samples[0].at_s, samples[-1].at_s)
    per_s = growth.per_hour.value / 1024 / HOUR_S
    chart.plot(  # type: ignore[attr-defined]
        [(end_s - begun_s) / 60 for end_s in ends_s],
        [level_mib + per_s * (end_s - middle_s) for end_s in ends_s],
        color=FIT,
        lw=1,
        ls="--",
    )
