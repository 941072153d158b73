"""The page and the plot of an outcome that was made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from trucksight.benchmarks.strategies.outcome import Outcome
from trucksight.benchmarks.strategies.plot import draw_outcome
from trucksight.benchmarks.strategies.table import HEADER, as_markdown


def cells(page: str, number: int) -> dict[str, str]:
    """Of the row that begins with a number, by column."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {number} |"))
    return dict(zip(HEADER, line.strip("| ").split(" | "), strict=True))


def test_a_row_has_figures_with_intervals_and_what_they_cost(outcome: Outcome) -> None:
    row = cells(as_markdown(outcome, "p.png", "d.json"), 2)
    assert row["model"] == "mobilenetv2 0.35"
    assert row["begins with"] == "ImageNet"
    assert row["strategy"] == "fine-tune"
    assert row["ROC AUC (95 %)"] == "0.950 (0.920 to 0.970)"
    assert row["accuracy (95 %)"] == "0.860 (0.820 to 0.900)"
    assert row["parameters"] == "574,305"
    assert row["million multiply-adds"] == "58.2"
    assert (row["training, s"], row["processor, s"]) == ("61", "130")
    assert row["latency, ms"] == "7.04"
    assert row["times the baseline's (95 %)"] == "2 (1.9 to 2.1)"


def test_what_was_not_trained_stands_in_the_table_with_why(outcome: Outcome) -> None:
    page = as_markdown(outcome, "p.png", "d.json")
    assert cells(page, 3)["ROC AUC (95 %)"] == "- **collapsed**"
    assert cells(page, 3)["pixels"] == "28x20"
    assert cells(page, 4)["ROC AUC (95 %)"] == "**failed**"
    assert cells(page, 5)["training, s"] == "-"
    assert "- 4, broken: failed: out of memory\n" in page
    assert "- 5, left: not run: no weights file" in page


def test_the_page_says_by_what_where_and_on_what(outcome: Outcome) -> None:
    page = as_markdown(outcome, "p.png", "d.json")
    assert f"    {outcome.command}\n" in page
    assert "Made on 2026-02-03 from `plan.toml`" in page
    assert "the same 30 photographs; 2 others" in page
    assert max(len(line) for line in page.splitlines() if line[:1] not in ("|", "!")) <= 100
    assert "- a processor, 4 processors\n" in page
    assert "keras 3.15, numpy 2.0, python 3.12.1" in page
    assert "before a training: 0.2 to 0.2; before the latencies: 0.4" in page
    assert "taken in turn with row 1" in page
    assert "others used the machine" not in page
    busy = as_markdown(replace(outcome, load_timing=3.0), "p.png", "d.json")
    assert "others used the machine" in busy


def test_the_document_holds_the_whole_outcome(outcome: Outcome) -> None:
    document = json.loads(json.dumps(outcome.as_json(), allow_nan=False))
    assert document["baseline"] == "base"
    assert [line["status"] for line in document["lines"]] == [
        *("trained", "trained", "collapsed", "failed", "not run"),
    ]
    assert document["lines"][1]["learnt"]["roc_auc"] == {"value": 0.95, "low": 0.92, "high": 0.97}
    assert document["lines"][1]["options"]["strategy"] == "fine-tune"
    assert document["lines"][1]["latency"]["times_baseline"]["pairs"] == 15


def test_the_plot_shows_each_strategy_in_its_colour(outcome: Outcome, tmp_path: Path) -> None:
    draw_outcome(outcome, tmp_path / "plot.png")
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture is not None

    def has(red: int, green: int, blue: int) -> bool:
        return bool(np.all(picture == (blue, green, red), axis=2).any())

    assert has(0x2A, 0x6F, 0x97)  # extract
    assert has(0xD9, 0x77, 0x2B)  # fine-tune
    assert not has(0xA2, 0x3B, 0x72)  # gradual
