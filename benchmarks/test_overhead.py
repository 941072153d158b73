"""What a frame costs beside decoding and inference: checks, scaling, verdict, events, counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from trucksight.benchmarks.paired import Report
from trucksight.runtime import Detector, default_bundle_path
from trucksight.runtime.events import Smoother
from trucksight.runtime.loop import Station, run_loop
from trucksight.runtime.pace import Pace
from trucksight.runtime.scenes import render_picture
from trucksight.runtime.sources.fake import from_arrays
from trucksight.runtime.watch import Watch, Watched

if TYPE_CHECKING:
    import pytest
    from pytest_benchmark.fixture import BenchmarkFixture

SIZE_WH = (640, 480)
FRAMES, ROUNDS = 300, 7
MOST_MS = 1.0


def test_a_frame_costs_little_beside_decoding_and_inference(
    benchmark: BenchmarkFixture, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2

    cv2.setNumThreads(1)
    pictures = [render_picture(1, number, SIZE_WH, truck=True).image_bgr for number in range(8)]
    frames = [pictures[number % len(pictures)] for number in range(FRAMES)]
    scores = np.array([0.2, 0.8], np.float32)
    taken_ms = []

    with Detector(default_bundle_path(), threads=1) as detector:
        monkeypatch.setattr(detector, "scores_of", lambda pixels: scores)

        def once() -> None:
            watched = Watched(detector, Watch(live=True))
            begun = time.perf_counter()
            source, pace = from_arrays(frames, 15.0), Pace(1e6, 1e3)
            summary = run_loop(Station(source, watched, smoother=Smoother(), pace=pace))
            taken_ms.append((time.perf_counter() - begun) * 1e3 / FRAMES)
            assert summary.verdicts["truck"] == FRAMES

        once()  # the first round also fills caches
        taken_ms.clear()
        benchmark.pedantic(once, rounds=ROUNDS, iterations=1, warmup_rounds=0)
    median_ms = float(np.median(taken_ms))
    report(f"beside decoding and inference: {median_ms:.2f} ms a frame, at most {MOST_MS:g}")
    assert median_ms <= MOST_MS
