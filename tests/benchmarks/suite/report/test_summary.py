"""What is computed from durations, against sums done by hand and exact probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from trucksight.benchmarks.suite.columns import ASIDE, figure
from trucksight.benchmarks.suite.results import (
    Accuracy,
    Cell,
    Disturbance,
    Measured,
    Process,
    Results,
    SetAside,
)
from trucksight.benchmarks.suite.summary import (
    Interval,
    Row,
    fastest,
    front,
    pooled_ms,
    rows,
    wilson,
)
from trucksight.benchmarks.suite.words import details, faults, gaps, headline, subject

Make = Callable[..., Measured]


def with_cells(results: Results, *measured: Measured) -> list[Row]:
    return rows(replace(results, measured=list(measured)))


def exactly(process: Process, durations_ms: Sequence[float]) -> Process:
    whole = [round(ms * 1e6) for ms in durations_ms]
    return replace(process, end_to_end_ns=whole)


def test_the_fastest_valid_cell_is_first_and_the_invalid_one_last(results: Results) -> None:
    assert [str(row.cell) for row in rows(results)] == [
        "tflite-int8 on litert, 4 threads",
        "onnx-int8 on onnx, 4 threads",
        "tflite-int8 on litert, 1 thread",
        "tflite-fp32 on litert, 4 threads",
        "tflite-dynamic on litert, 1 thread",
        "onnx-fp32 on onnx, 4 threads",
    ]


def test_a_percentile_that_n_cannot_support_is_absent(results: Results) -> None:
    by_name = {row.cell.variant: row for row in rows(results)}
    assert by_name["tflite-dynamic"].pictures == 78
    assert by_name["tflite-dynamic"].p99 is None and by_name["tflite-dynamic"].p95
    assert by_name["tflite-fp32"].p99


@pytest.mark.parametrize(("share", "fewest"), [(0.5, 6), (0.9, 36), (0.99, 368)])
def test_how_many_pictures_a_percentile_needs(results: Results, share: float, fewest: int) -> None:
    def kept(n: int) -> Interval | None:
        one = results.measured[0]
        process = exactly(one.processes[0], range(1, n + 1))
        row = with_cells(results, replace(one, processes=[process]))[0]
        return {0.5: row.p50, 0.9: row.p90, 0.99: row.p99}[share]

    assert kept(fewest - 1) is None
    found = kept(fewest)
    assert found and found.high == fewest


@pytest.mark.parametrize("n", [30, 101])
def test_the_interval_covers_exactly(results: Results, n: int) -> None:
    one = results.measured[0]
    process = exactly(one.processes[0], range(1, n + 1))
    interval = with_cells(results, replace(one, processes=[process]))[0].p50
    assert interval

    def covered(low: int, high: int) -> float:
        return sum(math.comb(n, k) for k in range(low, high)) / 2**n

    low, high = round(interval.low), round(interval.high)
    assert covered(low, high) >= 0.95 > covered(low + 1, high - 1)
    assert interval.value == math.ceil(n / 2)


def test_another_percentile_is_asked_for_every_figure(results: Results) -> None:
    asked = []

    def mine(durations: Sequence[float], share: float) -> Interval:
        asked.append((len(durations), share))
        return Interval(7.0, 6.0, 8.0)

    made = rows(replace(results, measured=results.measured[:1]), mine)
    assert made[0].p99 == made[0].paced_p50 == Interval(7.0, 6.0, 8.0)
    assert sorted(asked) == sorted(
        [(900, 0.5), (900, 0.9), (900, 0.95), (900, 0.99), (450, 0.5), (450, 0.99)]
    )


def test_rate_cpu_and_lateness_by_hand(results: Results) -> None:
    one = results.measured[0]
    burst, paced = one.processes[0], one.processes[-1]
    processes = [
        replace(exactly(burst, [10] * 6), cpu_ms=20.0),
        replace(exactly(burst, [30] * 2), cpu_ms=40.0),
        replace(exactly(paced, [66, 66, 67, 100]), cpu_ms=50.0),
    ]
    row = with_cells(results, replace(one, processes=processes))[0]
    assert row.rate_hz == pytest.approx(1000 * 8 / 120)
    assert row.cpu_ms == pytest.approx((6 * 20 + 2 * 40) / 8)
    assert row.paced_cpu_ms == 50.0
    assert row.late == 0.5, "the period of 15 pictures a second is 66.7 ms"
    assert row.spread == pytest.approx(2.0)
    assert row.p50 == Interval(10.0, 10.0, 30.0)
    assert row.paced_p50 is None


def test_stages_and_cold_starts_are_medians(results: Results) -> None:
    one = results.measured[0]
    starts = [
        replace(process, first_decision_ns=ns * 10**6, cold_ns={**process.cold_ns, "load": ns})
        for process, ns in zip(one.processes[:3], (500, 900, 700), strict=True)
    ]
    starts[0] = replace(starts[0], stages_ns={**starts[0].stages_ns, "decode": [1_000_000] * 9999})
    row = with_cells(results, replace(one, processes=starts))[0]
    assert row.first_decision_ms == 700.0
    assert row.cold_ms["load"] == pytest.approx(700e-6)
    assert row.stages_ms["decode"] == 1.0


def test_energy_is_none_where_nobody_measured_it_and_of_those_who_did(results: Results) -> None:
    assert all(row.energy_mj is None for row in rows(results))
    one = results.measured[0]
    burst = replace(one.processes[0], energy_j=6.0, energy_source="INA3221")
    paced = replace(one.processes[-1], energy_j=45.0)
    row = with_cells(results, replace(one, processes=[burst, one.processes[1], paced]))[0]
    assert row.energy_mj == pytest.approx(1000 * 6.0 / 300)
    assert row.paced_energy_mj == pytest.approx(1000 * 45.0 / 450)
    assert row.energy_source == "INA3221"


def test_wilson_as_published() -> None:
    # Newcombe 1998, table I: 81 of 263, by the score method without continuity correction.
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 20).low == 0.0


def test_accuracy_needs_a_decided_picture_with_a_label(results: Results) -> None:
    one = results.measured[0]
    nothing = with_cells(results, replace(one, accuracy=Accuracy(0, 0, 300)))[0]
    assert (nothing.accuracy, nothing.unknown) == (None, 300)
    assert with_cells(results, replace(one, accuracy=None))[0].accuracy is None


def test_the_front_leaves_out_what_is_beaten_and_what_is_invalid(results: Results) -> None:
    assert [str(row.cell) for row in front(rows(results))] == [
        "tflite-int8 on litert, 4 threads",
        "tflite-fp32 on litert, 4 threads",
    ]


def test_the_headline_is_of_a_cell_that_passed(results: Results, make_measured: Make) -> None:
    trial = make_measured(Cell("tflite-fp16", "litert", 2), 3.0, gate="accepted because of a trial")
    ranked = with_cells(results, *results.measured, trial)
    assert ranked[0].cell == trial.cell
    best = fastest(ranked)
    assert best and str(best.cell) == "tflite-int8 on litert, 4 threads"
    assert headline(ranked).startswith("tflite-int8 on litert, 4 threads: half of the pictures")
    assert any(
        one.startswith("tflite-fp16 on litert, 2 threads is faster (")
        for one in details(ranked, 15.0)
    )


def test_a_cell_that_may_be_as_fast_is_named(results: Results) -> None:
    one = results.measured[0]
    twin = replace(one, cell=Cell("tflite-fp32", "litert", 2))
    said = details(with_cells(results, one, twin), 15.0)
    assert said[-1].endswith("may be as fast: the intervals of the medians overlap.")
    assert not any("may be as fast" in one for one in details(rows(results), 15.0))


@pytest.mark.parametrize("invalid", [True, False])
def test_no_cell_no_headline(results: Results, invalid: bool) -> None:
    spoiled = [
        replace(one, invalid=["swapping"] if invalid else [], gate="accepted because of a trial")
        for one in results.measured[:2]
    ]
    ranked = with_cells(results, *spoiled)
    assert headline(ranked) == "No cell both passed its gate and was measured validly."
    of = 2 if invalid else 0
    assert details(ranked, 15.0) == [f"Of 2 cells, {of} are invalid and 2 did not pass their gate."]


def test_what_is_absent_has_a_cure(results: Results) -> None:
    told = {gap.what: gap for gap in gaps(results, rows(results))}
    assert told["tflite-runtime"].cure == "pip install 'trucksight[tflite-runtime]'"
    assert told["tflite-runtime"].is_command
    assert told["onnx on CUDAExecutionProvider"].cure == "nothing on this machine would bring it"
    assert told["energy, of every cell"].why == "not measured"
    assert {what for what in told if what.startswith(("p99", "accuracy"))} == {
        "p99 of tflite-dynamic on litert, 1 thread",
        "accuracy of onnx-int8 on onnx, 4 threads",
    }


def test_what_is_to_be_taken_with_care(results: Results) -> None:
    one = results.measured[1]
    restless = replace(
        one,
        cell=Cell("onnx-int8", "onnx", 1),
        processes=[replace(process, steady=False) for process in one.processes],
    )
    assert faults(with_cells(results, *results.measured, restless)) == [
        (
            "onnx-fp32 on onnx, 4 threads",
            "invalid: the clock was throttled from 2400 to 1500 MHz (0x50005)",
        ),
        ("tflite-dynamic on litert, 1 thread", "accepted because it is only a trial"),
        ("onnx-int8 on onnx, 1 thread", "measured before its durations had settled"),
    ]


STOLEN = Disturbance("CPU time stolen", "the hypervisor gave 20.0 % to others")
HOT = Disturbance("too hot", "it had 91 °C")


def test_what_was_set_aside_is_counted_and_told_why(results: Results) -> None:
    one = results.measured[0]
    aside = [SetAside(one.processes[0], [STOLEN]), SetAside(one.processes[1], [STOLEN, HOT])]
    row = with_cells(results, replace(one, set_aside=aside))[0]
    assert faults([row]) == [
        (str(one.cell), "2 of 6 processes set aside: CPU time stolen, too hot")
    ]
    assert ASIDE.value(row) == "2 of 6"
    assert ASIDE.value(with_cells(results, one)[0]) == "-"


def test_pictures_that_never_reached_the_engine_are_counted_apart(results: Results) -> None:
    one = results.measured[0]
    process = replace(exactly(one.processes[0], [10] * 8), unknown_ns=[1] * 2, energy_j=1.0)
    row = with_cells(results, replace(one, processes=[process]))[0]
    assert row.p50 == Interval(10.0, 10.0, 10.0)
    assert (row.pictures, row.kept_apart) == (8, 2)
    assert row.energy_mj == 100.0, "of all ten pictures"
    assert faults([row]) == [
        (str(one.cell), "2 of 10 pictures never reached the engine; in no duration")
    ]


@pytest.mark.parametrize(
    ("decided", "told"),
    [((300, 300), "300 pictures"), ((75, 75), "75 of 300"), ((60, 75), "60 to 75 of 300")],
)
def test_what_was_really_decided_on_is_told(
    results: Results, decided: tuple[int, int], told: str
) -> None:
    """The processes of a cell decide on the same pictures, from the first one on."""
    cells = [
        replace(
            one,
            processes=[
                replace(process, verdicts=["truck"] * (count - less))
                for less, process in enumerate(one.processes)
            ],
        )
        for one, count in zip(results.measured, decided, strict=False)
    ]
    assert subject(replace(results, measured=cells)).startswith(f"{told}")


def test_a_cell_without_a_single_process_is_no_error(results: Results) -> None:
    row = with_cells(results, replace(results.measured[0], processes=[]))[0]
    assert (row.pictures, row.p50, row.rate_hz, row.late, row.spread) == (0, None, None, None, None)
    assert pooled_ms(row.measured, "paced") == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (9.7156, "9.72"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (1234.5, "1230"),
        (0.01234, "0.0123"),
        (0.0, "0"),
        (None, "-"),
        (math.nan, "-"),
    ],
)
def test_three_digits(value: float | None, written: str) -> None:
    assert figure(value) == written
