"""A measuring process tells the truth about what is known beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.benchmarks.json_shape import shaped
from trucksight.benchmarks.suite.child import Task, TooSlow, measure
from trucksight.benchmarks.suite.pictures import PictureSet
from trucksight.benchmarks.suite.results import STAGES, Process
from trucksight.runtime.backends import fake
from trucksight.runtime.errors import GoldenError

SLEEP_MS = 15.0

pytestmark = pytest.mark.alone


class Sleeping(fake.FakeBackend):
    """Takes a known time for every picture, and none of the processor's."""

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        time.sleep(SLEEP_MS / 1e3)
        return super().run(pixels_rgb)


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "open_model", lambda model, threads: Sleeping())


@pytest.fixture
def task(fake_bundle: Path, pictures: PictureSet) -> Task:
    return Task(
        bundle=str(fake_bundle),
        variant="fake",
        backend="fake",
        threads=1,
        regime="back-to-back",
        pictures=[str(picture.path) for picture in pictures.pictures],
        count=12,
        warm_up_least=8,
        warm_up_most=16,
        rate_hz=50.0,
    )


def process_of(task: Task) -> Process:
    found: dict[str, Any] = measure(task, time.monotonic_ns())
    return shaped(Process, found["process"])


def test_a_known_sleep_is_found_in_its_stage_and_nowhere_else(task: Task, sleeping: None) -> None:
    process = process_of(task)
    assert min(process.stages_ns["infer"]) >= SLEEP_MS * 1e6
    assert median(process.stages_ns["infer"]) < 1.5 * SLEEP_MS * 1e6
    for stage in ("decode", "preprocess", "decide"):
        assert median(process.stages_ns[stage]) < 0.5 * SLEEP_MS * 1e6
    assert process.cpu_ms < SLEEP_MS


def test_stages_add_up_and_every_picture_counts_once(task: Task) -> None:
    process = process_of(task)
    sums = [sum(process.stages_ns[stage][n] for stage in STAGES) for n in range(task.count)]
    assert sums == process.end_to_end_ns
    assert task.warm_up_least <= len(process.warm_up_ns) <= task.warm_up_most
    assert len(process.verdicts) == len(task.pictures)
    assert sum(process.cold_ns.values()) == process.first_decision_ns
    assert all(spent > 0 for spent in process.cold_ns.values())
    assert process.peak_mib > 10


def test_an_open_loop_counts_from_when_a_picture_was_due(task: Task, sleeping: None) -> None:
    """At 100 pictures a second each one that takes 15 ms is 5 ms later than the one before."""
    process = process_of(replace(task, regime="paced", rate_hz=100.0, warm_up_most=8))
    late_ms = np.diff(process.end_to_end_ns) / 1e6
    assert 3.0 < np.median(late_ms) < 9.0
    assert process.end_to_end_ns[-1] > process.end_to_end_ns[0]


def test_at_a_rate_that_it_keeps_nothing_piles_up(task: Task, sleeping: None) -> None:
    process = process_of(replace(task, regime="paced", rate_hz=20.0))
    assert median(process.end_to_end_ns) < 1.6 * SLEEP_MS * 1e6


def test_a_rate_far_beyond_it_is_given_up(
    task: Task, sleeping: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.benchmarks.suite.child.LATEST_S", 0.05)
    with pytest.raises(TooSlow, match="1000 pictures a second"):
        process_of(replace(task, regime="paced", rate_hz=1000.0))


def test_a_picture_that_cannot_be_decoded_is_unknown_and_the_others_are_measured(
    task: Task, tmp_path: Path
) -> None:
    cut_off = tmp_path / "cut_off.jpg"
    cut_off.write_bytes(Path(task.pictures[0]).read_bytes()[:-100])
    process = process_of(replace(task, pictures=[*task.pictures[1:], str(cut_off)]))
    assert process.verdicts[-1] == "unknown"
    assert len(process.end_to_end_ns) + len(process.unknown_ns) == process.pictures == task.count
    assert "unknown" not in process.verdicts[:-1]


def test_what_never_reaches_the_engine_stands_in_no_duration(
    task: Task, sleeping: None, tmp_path: Path
) -> None:
    """A blank picture and a broken one are decided on in no time, and would flatter the engine."""
    blank, broken = tmp_path / "blank.png", tmp_path / "broken.jpg"
    assert cv2.imwrite(str(blank), np.zeros((48, 64, 3), np.uint8))
    broken.write_bytes(b"no picture")
    mixed = [str(blank), task.pictures[0], str(broken), task.pictures[1]]
    process = process_of(replace(task, pictures=mixed))
    assert [verdict == "unknown" for verdict in process.verdicts] == [True, False, True, False]
    assert (len(process.end_to_end_ns), len(process.unknown_ns)) == (6, 6)
    assert min(process.end_to_end_ns) > SLEEP_MS * 1e6 > median(process.unknown_ns)
    assert min(process.warm_up_ns) > SLEEP_MS * 1e6
    assert process.cold_ns["first"] > SLEEP_MS * 1e6
    assert {stage: len(spent) for stage, spent in process.stages_ns.items()} == {
        stage: 6 for stage in STAGES
    }


def test_pictures_that_are_all_unknown_have_no_durations(task: Task, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    process = process_of(replace(task, pictures=[str(broken)]))
    assert (process.end_to_end_ns, process.warm_up_ns, process.steady) == ([], [], False)
    assert len(process.unknown_ns) == task.count


def test_what_was_not_measured_when_it_was_certified_is_not_measured_here(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(fake.FakeBackend):
        def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            return np.array([0.123], np.float32)

    opened: Callable[..., Wrong] = lambda model, threads: Wrong()  # noqa: E731
    monkeypatch.setattr(fake, "open_model", opened)
    with pytest.raises(GoldenError):
        process_of(task)
