"""Feeding pictures to a training, against `keras.utils.image_dataset_from_directory`.

Fresh processes on two cores, in turn; see `feeding` for what each does. Ours may hold 16 MiB of
pixels in memory, so that the rest lies on the disk.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import cv2
import pytest

from trucksight.benchmarks.paired import Report, Turns, ratio, run_python

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PAIRS = 7
SCENES = 24
COPIES = 32
"""Of each scene, in other light: 768 pictures, 110 MiB of pixels."""
PICTURE_WH = (640, 360)


class Fed(NamedTuple):
    """What one process did."""

    per_s: float
    """Pictures a second, from the first file opened to the last batch."""
    per_cpu_s: float
    """The same a second of a processor: what a machine that does other work besides moves less."""
    peak_mib: float
    """Of memory that no file stands behind."""


@pytest.fixture(scope="module")
def photos(training: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of JPEGs."""
    from trucksight.runtime.scenes import render_picture

    root = tmp_path_factory.mktemp("photos")
    for number in range(SCENES):
        truck = number % 2 == 0
        folder = root / ("truck" if truck else "no_truck")
        folder.mkdir(exist_ok=True)
        scene = cv2.resize(render_picture(number, 1, truck=truck).image_bgr, PICTURE_WH)
        for copy in range(COPIES):
            lit = cv2.convertScaleAbs(scene, alpha=0.7 + 0.02 * copy)
            assert cv2.imwrite(str(folder / f"{number}-{copy}.jpg"), lit)
    return root


@pytest.mark.parametrize(
    "options",
    [("--epochs", "1"), ("--epochs", "3"), ("--epochs", "1", "--varied")],
    ids=["one epoch", "three epochs", "one varied epoch"],
)
def test_pictures_are_fed_at_least_as_fast_as_by_keras_and_in_less_memory(
    benchmark: BenchmarkFixture, report: Report, photos: Path, options: tuple[str, ...]
) -> None:
    """Fails when the whole 95 % interval of the ratio lies below 1."""

    def feed(feeder: str) -> Fed:
        ran = run_python("-m", "trucksight.benchmarks.feeding", feeder, str(photos), *options)
        document = json.loads(ran.stdout)
        pictures = document["pictures"]
        return Fed(
            pictures / document["seconds"], pictures / document["cpu_s"], document["peak_mib"]
        )

    turns = Turns(lambda: feed("trucksight"), lambda: feed("keras"))
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    ours, theirs = [fed.per_s for fed in turns.a], [fed.per_s for fed in turns.b]
    times = ratio(ours, theirs)
    by_cpu = ratio([fed.per_cpu_s for fed in turns.a], [fed.per_cpu_s for fed in turns.b])
    memory = max(fed.peak_mib for fed in turns.a), max(fed.peak_mib for fed in turns.b)
    report(
        f"input pipeline, {' '.join(options)}: ours {median(ours):.0f} pictures/s,"
        f" Keras {median(theirs):.0f}, ratio {times}, by processor time {by_cpu};"
        f" memory {memory[0]:.0f} and {memory[1]:.0f} MiB",
        ratio=times,
        ratio_by_processor_time=by_cpu,
    )
    assert times.high >= 1.0
    assert memory[0] <= memory[1]
