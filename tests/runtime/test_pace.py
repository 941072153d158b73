"""Too old or too many: not decided on, and counted."""

from __future__ import annotations

import time

import numpy as np
import pytest

from trucksight.runtime.decision import Decision, Frame, Verdict
from trucksight.runtime.errors import UsageError
from trucksight.runtime.loop import Station, run_loop
from trucksight.runtime.pace import RATE, STALE, Pace
from trucksight.runtime.sources.fake import from_arrays


def frame(age_ms: float, media_s: float = 0.0) -> Frame:
    return Frame(np.zeros((4, 4, 3), np.uint8), time.monotonic_ns() - int(age_ms * 1e6), 0, media_s)


def test_an_old_frame_is_not_taken() -> None:
    pace = Pace(max_age_ms=1000)
    assert pace.takes(frame(10))
    assert not pace.takes(frame(1500))
    assert pace.dropped == {STALE: 1}


@pytest.mark.parametrize(
    ("rate", "taken"), [(10, 10), (15, 15), (20, 20), (30, 30), (60, 30), (1, 1)]
)
def test_a_rate_is_kept_in_the_time_of_the_source(rate: float, taken: int) -> None:
    """One second at 30 frames per second, whose times jitter by a millisecond."""
    pace = Pace(rate=rate)
    times = [number / 30 + 0.001 * (number % 2) for number in range(30)]
    found = sum(pace.takes(frame(0, media_s)) for media_s in times)
    assert found == taken
    assert found + pace.dropped[RATE] == 30


def test_a_clock_that_goes_back_does_not_stop_decisions() -> None:
    pace = Pace(rate=1)
    assert pace.takes(frame(0, 100.0))
    assert pace.takes(frame(0, 5.0))
    assert not pace.takes(frame(0, 5.5))


class Slow:
    """Takes longer than allowed for every third frame, by its own account."""

    def decide_frame(self, frame: Frame) -> Decision:
        late_ns = 10**9 if frame.sequence % 3 == 0 else 0
        now_ns = time.monotonic_ns() + late_ns
        sequence, captured_ns, media_s = frame.sequence, frame.captured_ns, frame.media_s
        return Decision(
            Verdict.NO_TRUCK, 0.1, None, "no", None, sequence, captured_ns, now_ns, media_s, None
        )


def test_every_frame_is_decided_or_dropped_with_its_reason() -> None:
    pictures = [np.zeros((8, 8, 3), np.uint8)] * 30
    pace = Pace(max_age_ms=500, rate=5.0)
    summary = run_loop(Station(from_arrays(pictures, fps=10), Slow(), pace=pace))
    assert summary.captured == 30
    assert summary.dropped == {RATE: 15, STALE: 5}
    assert summary.captured == summary.decided + sum(summary.dropped.values())


@pytest.mark.parametrize("bounds", [{"max_age_ms": 0}, {"rate": -1}, {"rate": float("inf")}])
def test_a_bound_that_is_not_positive_is_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="must be more than 0"):
        Pace(**bounds)
