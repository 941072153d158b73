"""What a soak reads from files, decisions and /proc, and how it judges that."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.soak_checks import Check, Observed, checks, growths, percentile
from trucksight.benchmarks.soak_gaps import DISCONNECT_S, STALL_S, Gap, Gaps, script
from trucksight.benchmarks.soak_programs import PROGRAMS, Ending, most_written_bytes
from trucksight.benchmarks.soak_watch import Sample, Tail, look, own_bytes
from trucksight.runtime.sources.devices.fault import KINDS, parse

UNPLUGGED = "fault: the camera was unplugged"


def decision(media_s: float, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"media_s": media_s, "age_ms": 10.0, "reason": reason, "detail": None, **more}


def test_every_fault_is_in_the_script() -> None:
    assert {step.kind for step in parse(script(60))} == {*KINDS} - {"end"}


def test_a_gap_has_the_time_to_notice_and_the_time_to_recover() -> None:
    gaps = Gaps(fps=10)
    gaps.feed(decision(5.0))
    gaps.feed(decision(5.2, "lost", detail=UNPLUGGED))
    gaps.feed(decision(6.2, "lost", detail=UNPLUGGED))
    gaps.feed(decision(6.0 + DISCONNECT_S))
    (gap,) = gaps.found
    assert gap.kind == "disconnect"
    assert gap.noticed_s == pytest.approx(5.21 - 5.1)
    assert gap.recovered_s == pytest.approx(6.01 + DISCONNECT_S - (5.1 + DISCONNECT_S))


def test_a_camera_that_says_nothing_stalls() -> None:
    gaps = Gaps(fps=10)
    gaps.feed(decision(5.0))
    gaps.feed(decision(7.1, "lost", detail="no picture came for 2.0 s"))
    gaps.feed(decision(5.1 + STALL_S + 0.5))
    (gap,) = gaps.found
    assert (gap.kind, gap.recovered_s) == ("stall", pytest.approx(0.51))


def test_an_age_of_an_hour_is_no_time_to_recover() -> None:
    gaps = Gaps(fps=10)
    gaps.feed(decision(5.0))
    gaps.feed(decision(5.1, "lost", detail=UNPLUGGED))
    gaps.feed(decision(5.1 + DISCONNECT_S + 0.3, age_ms=3.6e6))
    assert gaps.found[0].recovered_s == pytest.approx(0.3)


def test_unusable_pictures_are_no_gap() -> None:
    gaps = Gaps(fps=10)
    for number, reason in enumerate([None, "black", "unreadable", "frozen", None]):
        gaps.feed(decision(number / 10, reason))
    assert gaps.found == []


def test_no_line_is_lost_when_a_file_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    tail = Tail(path)
    assert tail.lines() == []
    path.write_bytes(b"1\n2\n3")
    assert tail.lines() == [b"1", b"2"]
    with path.open("ab") as file:
        file.write(b"3\n4\n")
    path.replace(tmp_path / "decisions.jsonl.1")
    path.write_bytes(b"5\n")
    assert tail.lines() == [b"33", b"4", b"5"]
    assert tail.count == 5
    tail.close()
    tail.close()


def test_memory_that_is_written_to_is_ones_own() -> None:
    before = own_bytes(os.getpid())
    ballast = bytearray(b"x") * (64 << 20)
    taken = own_bytes(os.getpid()) - before
    assert len(ballast) == 64 << 20
    assert 60 << 20 < taken < 80 << 20


def test_a_process_is_seen_from_outside(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 300)
    before = look(os.getpid(), 7, tmp_path, 1.5)
    with (tmp_path / "file").open():
        after = look(os.getpid(), 7, tmp_path, 1.5)
    assert (before.frames, before.at_s, before.written_bytes) == (7, 1.5, 300)
    assert after.descriptors == before.descriptors + 1
    assert before.threads >= 1
    with pytest.raises(OSError, match="No such"):
        look(2**22 + 1, 0, tmp_path, 0.0)


def test_a_percentile_that_too_few_support_is_none() -> None:
    assert percentile([1.0] * 19, 95) is None
    assert percentile([float(number) for number in range(1, 21)], 95) == 19.0
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0


@pytest.fixture
def observed() -> Observed:
    """A fault camera's program with nothing to be said against it."""
    samples = [
        Sample(
            at_s=float(number),
            frames=60 * number,
            loop_bytes=(40 << 20) + 4096 * (number % 11 == 0),
            capture_bytes=20 << 20,
            capture_pid=2 if number < 48 else 3,
            descriptors=8 + (number % 5 == 0),
            threads=9,
            children=1,
            written_bytes=1000,
        )
        for number in range(96)
    ]
    summary = {
        **{"captured": 10, "decided": 8, "dropped": {"superseded": 2}},
        **{"source_error": None, "sink_errors": {}},
    }
    gaps = [Gap("stall", 2.0, 0.5)] * 20
    return Observed("fault", PROGRAMS["fault"], samples, gaps, Ending(0, summary, 8, 0))


def failures(observed: Observed) -> list[str]:
    found: list[Check] = checks([observed], growths([observed]))
    return [check.what for check in found if not check.passed]


def test_what_is_as_it_should_be_passes(observed: Observed) -> None:
    assert failures(observed) == []


def _late(change: Callable[[Sample], Sample]) -> Callable[[Observed], Observed]:
    """Changes the second half of the samples."""
    return lambda one: replace(
        one, samples=[*one.samples[:48], *(change(sample) for sample in one.samples[48:])]
    )


def _ending(**changes: Any) -> Callable[[Observed], Observed]:
    return lambda one: replace(one, ending=replace(one.ending, **changes))


def _summary(**changes: Any) -> Callable[[Observed], Observed]:
    return lambda one: replace(
        one, ending=replace(one.ending, summary={**one.ending.summary, **changes})
    )


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (_late(lambda s: replace(s, descriptors=s.descriptors + 1)), "descriptors"),
        (_late(lambda s: replace(s, threads=10)), "threads"),
        (lambda one: replace(one, gaps=[]), "camera lost"),
        (
            lambda one: replace(one, gaps=[*one.gaps, Gap("stall", 2.6, 0.5)]),
            "lost camera noticed, s",
        ),
        (
            lambda one: replace(one, gaps=[*one.gaps[:18], *[Gap("stall", 2.0, 5.1)] * 2]),
            "camera back to decision, s",
        ),
        (
            lambda one: replace(one, gaps=[*one.gaps[:3], Gap("stall", 2.0, 5.1)]),
            "camera back to decision, s",
        ),
        (_ending(status=2), "ends well"),
        (_ending(lines=7), "lines"),
        (_ending(orphans=1), "processes left"),
        (_summary(dropped={"superseded": 1}), "captured = decided + dropped"),
        (_summary(sink_errors={"events": "full"}), "ends well"),
        (_late(lambda s: replace(s, written_bytes=most_written_bytes() + 1)), "written, MB"),
        (
            lambda one: replace(
                one,
                samples=[
                    replace(s, loop_bytes=s.loop_bytes + 1024 * s.frames) for s in one.samples
                ],
            ),
            "memory of the loop process",
        ),
    ],
)
def test_each_fault_is_named_alone(
    observed: Observed, spoil: Callable[[Observed], Observed], what: str
) -> None:
    assert failures(spoil(observed)) == [what]


def test_a_second_capture_process_is_one_too_many(observed: Observed) -> None:
    samples = [*observed.samples[:-1], replace(observed.samples[-1], children=2)]
    assert failures(replace(observed, samples=samples)) == ["children"]


def test_a_capture_process_that_lived_all_the_time_is_judged_too(observed: Observed) -> None:
    lived = [
        replace(sample, capture_pid=2, capture_bytes=(20 << 20) + 1000 * sample.frames)
        for sample in observed.samples
    ]
    assert failures(replace(observed, samples=lived)) == ["memory of the capture process"]
