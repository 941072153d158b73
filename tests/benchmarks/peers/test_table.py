"""Tables from a contest that was made up, so that every cell is known."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from trucksight.benchmarks.peers.outcome import (
    COLUMNS,
    LEAST_FOR_P99,
    P99,
    WARM_UP,
    Contestant,
    Outcome,
    Trial,
)
from trucksight.benchmarks.peers.table import as_markdown, lead, leads, ratios, scores, show, values
from trucksight.benchmarks.suite.results import Absent

BY_TITLE = {column.title.partition(",")[0]: column for column in COLUMNS}
MS = 1_000_000


def _trials(name: str, seconds: float, cpu_s: float, cold_s: float, peak: float) -> list[Trial]:
    """Six rounds of 80 pictures; the machine is twice as slow in the last."""
    slow = (1.0, 1.0, 1.0, 1.0, 1.0, 2.0)
    each_ns = round(seconds / 80 * 1e9)
    return [
        Trial(
            contestant=name,
            round=number,
            decisions=80,
            seconds=seconds * factor,
            latencies_ns=[500 * MS] * WARM_UP + [round(each_ns * factor)] * (80 - WARM_UP),
            cpu_s=cpu_s * factor,
            cold_s=cold_s * factor,
            peak_mib=peak,
        )
        for number, factor in enumerate(slow)
    ]


def _contestant(name: str, ours: bool, file: str, mib: float) -> Contestant:
    difference = None if file == "m.keras" else 0.0 if ours else 0.012
    return Contestant(name, ours, file, {"numpy": "2.4"}, mib, difference, difference)


@pytest.fixture
def outcome() -> Outcome:
    """Ours is twice as fast as the loop with half its processor time, starts later, is larger."""
    return Outcome(
        created="2026-01-01T00:00:00Z",
        machine="board",
        load_1min=0.1,
        threads=2,
        pictures="80 files",
        contestants=[
            _contestant("run", True, "m.tflite", 200.0),
            _contestant("loop", False, "m.tflite", 180.0),
            _contestant("keras", False, "m.keras", 2000.0),
        ],
        trials=[
            *_trials("run", 1.0, 1.0, 0.6, 80.0),
            *_trials("loop", 2.0, 2.0, 0.3, 80.0),
            *_trials("keras", 8.0, 9.0, 9.0, 700.0),
        ],
        absent=[Absent("MediaPipe", "there is no .peers/mediapipe/bin/python", "make peers")],
        notes=["a note"],
    )


def test_every_contestant_has_a_line_of_medians(outcome: Outcome) -> None:
    grid = values(outcome)
    assert grid.header[:3] == ("contestant", "file", "frames/s")
    assert grid.rows[0] == ("run", "m.tflite", "80.0", "12.5", "25.0", "12.5", "80", "0.60", "200")
    assert grid.rows[1] == ("loop", "m.tflite", "40.0", "25.0", "50.0", "25.0", "80", "0.30", "180")


def test_the_first_of_each_column_is_stressed(outcome: Outcome) -> None:
    firsts = {grid_column: row for row, grid_column in values(outcome).firsts}
    titles = [column.title.partition(",")[0] for column in COLUMNS]
    by_title = {title: firsts[place + 2] for place, title in enumerate(titles)}
    assert by_title == {
        **dict.fromkeys(("frames/s", "p50", "p99", "CPU", "peak"), 0),
        **dict.fromkeys(("cold start", "install"), 1),
    }


def test_who_leads_is_told_with_an_interval(outcome: Outcome) -> None:
    rows = {row[0]: row[1:] for row in leads(outcome).rows}
    assert rows["frames/s"] == ("run", "loop", "2.00 (2.00 to 2.00)", "ours")
    assert rows["cold start, s"] == ("run", "loop", "0.50 (0.50 to 0.50)", "theirs")
    assert rows["peak, MiB"] == ("run", "loop", "1.00 (1.00 to 1.00)", "level")
    assert rows["install, MiB"] == ("run", "loop", "0.90", "theirs")
    assert rows["p99, ms"] == ("run", "loop", "2.00", "ours")


def test_an_interval_that_holds_one_leads_nowhere(outcome: Outcome) -> None:
    shaky = [
        replace(trial, seconds=trial.seconds * (4 if trial.round % 2 else 1))
        if trial.contestant == "run"
        else trial
        for trial in outcome.trials
    ]
    assert lead(outcome, BY_TITLE["frames/s"]) == "ours"
    assert lead(replace(outcome, trials=shaky), BY_TITLE["frames/s"]) == "level"


def test_each_peer_is_compared_with_ours_on_its_own_file(outcome: Outcome) -> None:
    rows = ratios(outcome).rows
    assert [row[:2] for row in rows] == [("run", "loop"), ("run", "keras")]
    assert rows[0][2:] == (
        *("2.00 (2.00 to 2.00)",) * 3,
        "1.00 (1.00 to 1.00)",
        "0.50 (0.50 to 0.50)",
    )
    assert rows[1][2] == "8.00 (8.00 to 8.00)"


def test_p99_is_not_told_of_too_few(outcome: Outcome) -> None:
    assert len(outcome.latencies_ms("run")) == 420 >= LEAST_FOR_P99
    fewer = replace(outcome, trials=[trial for trial in outcome.trials if trial.round < 5])
    assert len(fewer.latencies_ms("run")) == 350
    assert fewer.value("run", P99) is None
    assert values(fewer).rows[0][4] == "too few"
    assert "p99, ms" not in [row[0] for row in leads(fewer).rows]


def test_the_largest_difference_of_scores_is_told(outcome: Outcome) -> None:
    assert scores(outcome).rows == (
        ("run", "m.tflite", "0.0000", "0.0000"),
        ("loop", "m.tflite", "0.0120", "0.0120"),
        ("keras", "m.keras", "-", "-"),
    )


def test_markdown_and_terminal_tell_the_same(
    outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich", reason="pip install 'trucksight[bench]'")
    text = as_markdown(outcome)
    assert "| run | m.tflite | **80.0** | **12.5** |" in text
    assert "| MediaPipe | there is no .peers/mediapipe/bin/python | make peers |" in text
    assert "- a note" in text
    show(outcome)
    shown = capsys.readouterr().out
    for cell in ("80.0", "2.00 (2.00 to 2.00)", "make peers", "0.0120", "a note"):
        assert cell in text and cell in shown


def test_the_document_has_every_duration(outcome: Outcome) -> None:
    document = json.loads(json.dumps(outcome.as_json(), allow_nan=False))
    assert document["schema"] == "trucksight-peers"
    assert len(document["trials"]) == 18
    assert document["trials"][0]["latencies_ns"][-1] == 12_500_000
    assert document["absent"][0]["cure"] == "make peers"


def test_a_busy_machine_is_told(outcome: Outcome) -> None:
    assert "others used the machine" not in as_markdown(outcome)
    assert "others used the machine" in as_markdown(replace(outcome, load_1min=2.5))
