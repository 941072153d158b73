"""The keeper does what the governor wants, between two frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.annotate import annotate
from trucksight.runtime.decision import Reason, Verdict
from trucksight.runtime.errors import UnknownVariant, UsageError
from trucksight.runtime.governing import governor_of
from trucksight.runtime.run_parts import check_model
from trucksight.runtime.settings import Settings
from trucksight.runtime.sinks.video import VideoFile
from trucksight.runtime.sources import open_source
from trucksight.runtime.sources.live import LiveSource

Paint = Callable[..., npt.NDArray[np.uint8]]


def heat_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "heat"]


def wait_for_exchange(plant: Any, image: npt.NDArray[np.uint8], variant: str) -> None:
    end = time.monotonic() + 20
    while plant.keeper.detector.variant.name != variant:
        assert time.monotonic() < end
        plant.run(0.1, image)


def test_a_hot_board_steps_down_in_order_and_up_again_when_cool(
    plant: Callable[..., Any], paint: Paint
) -> None:
    with LiveSource("fault:good*100000") as source:
        hot = plant(source, rate=8.0, step=("rate=4", "size=160x90", "variant=cheaper"))
        frames = source.frames()
        hot.celsius = 85.0
        hot.run(70, paint(100))
        assert hot.station.pace.rate == 4
        assert next(frames).image_bgr.shape == (180, 320, 3)
        hot.run(60, paint(100))
        assert any(frame.image_bgr.shape == (90, 160, 3) for frame in frames)
        hot.run(60, paint(100))
        wait_for_exchange(hot, paint(100), "cheaper")
        assert hot.notices() == [
            "step 1 of 3, rate=4",
            "step 2 of 3, size=160x90",
            "step 3 of 3, variant=cheaper",
        ]
        hot.celsius = 40.0
        hot.run(130, paint(100))
        wait_for_exchange(hot, paint(100), "fake")
        assert hot.notices()[3] == "back to step 2 of 3, variant=fake"


def test_decisions_that_get_old_are_a_reason_too(plant: Callable[..., Any], paint: Paint) -> None:
    slow = plant(step=("rate=5",), max_age_ms=400.0)
    slow.run(40, paint(100), age_ms=50)
    assert slow.notices() == []
    slow.run(40, paint(100), age_ms=500)  # all of them dropped as stale
    assert slow.notices() == ["step 1 of 1, rate=5", "step 1 of 1 is the last and does not suffice"]
    assert slow.station.pace.rate == 5


@pytest.mark.parametrize("max_age_ms", [None, 400.0])
def test_frames_that_arrive_late_are_no_reason_whether_dropped_or_not(
    plant: Callable[..., Any], paint: Paint, max_age_ms: float | None
) -> None:
    far = plant(step=("rate=5",), step_age_ms=400.0, max_age_ms=max_age_ms)
    far.run(80, paint(100), age_ms=3000, late_ms=2950)
    assert bool(far.told.decisions) is (max_age_ms is None)
    assert far.notices() == []
    far.run(40, paint(100), age_ms=3000, late_ms=2500)
    assert far.notices()[0] == "step 1 of 1, rate=5"


def test_late_frames_that_are_dropped_do_not_say_that_there_is_time(
    plant: Callable[..., Any], paint: Paint
) -> None:
    slow = plant(step=("rate=5",), max_age_ms=400.0)
    slow.run(40, paint(100), age_ms=500)
    slow.run(300, paint(100), age_ms=3000, late_ms=2990)
    assert slow.notices() == ["step 1 of 1, rate=5", "step 1 of 1 is the last and does not suffice"]


def test_frames_left_out_for_the_rate_say_nothing_about_age(
    plant: Callable[..., Any], paint: Paint
) -> None:
    quiet = plant(rate=1.0, step=("rate=0.5",), step_age_ms=100.0)
    quiet.station.pace.takes = lambda *_: False  # type: ignore[method-assign]
    quiet.run(60, paint(100), age_ms=5000)
    assert quiet.notices() == []


def test_an_event_that_is_open_when_the_variant_changes_ends_with_the_old_one(
    plant: Callable[..., Any], paint: Paint
) -> None:
    hot = plant(step=("variant=cheaper",))
    hot.celsius = 85.0
    hot.run(70, paint(230))
    wait_for_exchange(hot, paint(230), "cheaper")
    hot.run(2, paint(230))
    (ended,) = hot.told.events
    assert ended.origin is not None
    assert (ended.number, ended.origin.variant) == (1, "fake")
    now = hot.told.open_events[-1]
    assert now is not None
    assert now.origin is not None
    assert (now.number, now.origin.variant) == (2, "cheaper")


def test_the_video_marks_the_threshold_of_the_variant_that_decided(
    plant: Callable[..., Any], paint: Paint, tmp_path: Path
) -> None:
    hot, image = plant(step=("variant=cheaper",)), paint(60, 640, 360)
    video = VideoFile(tmp_path / "video.avi", fps=10.0)
    hot.station.outlets.replace([], [video])
    hot.celsius = 85.0
    hot.run(70, image)
    wait_for_exchange(hot, image, "cheaper")
    hot.run(0.1, image)
    video.close()
    with open_source(str(tmp_path / "video.avi")) as source:
        shown = [frame.image_bgr for frame in source.frames()]

    def marked(number: int) -> float:
        """The threshold with which a frame of the video would have been drawn."""
        decision = hot.told.decisions[number]
        drawn = {
            threshold: annotate(image, replace(decision, threshold=threshold)).astype(int)
            for threshold in (0.5, 0.7)
        }
        return min(drawn, key=lambda one: np.abs(drawn[one] - shown[number]).sum())

    assert len(shown) == len(hot.told.decisions)
    assert marked(0) == 0.5
    assert marked(-1) == 0.7


def test_a_reload_begins_again_at_the_top_of_the_ladder(
    plant: Callable[..., Any], paint: Paint
) -> None:
    hot = plant(rate=8.0, step=("rate=4", "variant=cheaper"))
    hot.celsius = 85.0
    hot.run(130, paint(100))
    wait_for_exchange(hot, paint(100), "cheaper")
    hot.celsius = 50.0
    hot.keeper.ask()
    wait_for_exchange(hot, paint(100), "fake")
    assert hot.station.pace.rate == 8
    assert hot.notices()[-1] == "taken over"
    hot.celsius = 85.0
    hot.run(130, paint(100))
    wait_for_exchange(hot, paint(100), "cheaper")


def test_temperatures_are_read_while_there_are_steps_and_no_longer(
    plant: Callable[..., Any], paint: Paint, until: Callable[..., None]
) -> None:
    without = plant()
    with_step = replace(without.wanted, step=("rate=4",))
    until(lambda: not heat_threads(), "the end of those of other tests")
    assert without.reload(paint(100), with_step).startswith("taken over")
    assert len(heat_threads()) == 1
    assert without.reload(paint(100), replace(with_step, step=())).startswith("taken over")
    until(lambda: not heat_threads(), "the end of the thread")


def test_a_variant_that_cannot_be_had_leaves_the_old_one(
    plant: Callable[..., Any], paint: Paint
) -> None:
    hot = plant(step=("variant=cheaper",))
    index = Path(hot.keeper.settings.bundle) / "bundle.json"
    index.write_bytes(index.read_bytes()[:-5])
    hot.celsius = 85.0
    hot.run(70, paint(100))
    end = time.monotonic() + 20
    while len(hot.told.notices) < 2:
        assert time.monotonic() < end
        hot.run(0.1, paint(100))
    text = hot.told.notices[1].text
    assert text.startswith("the step is not possible, the old variant goes on: ")
    assert hot.keeper.detector.variant.name == "fake"


def test_steps_to_variants_that_are_not_there_are_refused_at_the_start(
    plant: Callable[..., Any],
) -> None:
    one = plant(step=("variant=none-such",))
    with pytest.raises(UnknownVariant, match="none-such"):
        check_model(one.keeper.settings, one.keeper.detector)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"step": ("variant=fake",)}, "fake decides already without it"),
        ({"leave_probability": 0.99}, "begin at probability 0.5 and end under 0.99"),
        ({"enter_probability": 0.1}, "begin at probability 0.1 and end under 0.5"),
    ],
)
def test_settings_that_the_model_contradicts_are_refused(
    plant: Callable[..., Any], options: dict[str, Any], says: str
) -> None:
    one = plant()
    with pytest.raises(UsageError, match=says):
        check_model(replace(one.keeper.settings, **options), one.keeper.detector)


@pytest.mark.alone
def test_a_detector_that_is_ready_after_the_end_is_closed_by_whoever_made_it(
    plant: Callable[..., Any], paint: Paint
) -> None:
    one = plant()
    go_on, closed = threading.Event(), threading.Event()

    class Late:
        def close(self) -> None:
            closed.set()

    def prepare() -> Any:
        go_on.wait(20)
        return one.keeper.settings, Late()

    one.keeper._prepare = prepare  # type: ignore[method-assign]
    one.keeper.ask()
    one.run(0.1, paint(100))
    began = time.monotonic()
    one.keeper.close()
    assert time.monotonic() - began < 2.0
    go_on.set()
    assert closed.wait(20)


def test_without_steps_there_is_no_governor() -> None:
    assert governor_of(Settings()) is None
    found = governor_of(Settings(step=("rate=5",), max_age_ms=300.0))
    assert found is not None
    assert found.limits.age_ms == 300.0


def test_a_region_is_what_is_looked_at(plant: Callable[..., Any], paint: Paint) -> None:
    left = paint(30)
    picture = np.concatenate([left, paint(230)], axis=1)
    looked = plant(region="0.5,0 1,1")
    detector = looked.keeper.detector
    assert detector.decide(picture).verdict is Verdict.TRUCK
    assert detector.decide(np.flip(picture, axis=1).copy()).verdict is Verdict.NO_TRUCK
    black = np.concatenate([left, np.zeros_like(left)], axis=1)
    assert detector.decide(black).reason is Reason.BLACK
    assert detector.decide(picture[:20, :20].copy()).reason is Reason.WRONG_SHAPE


def test_a_recording_goes_on_as_many_pictures_at_a_time_as_it_began(
    plant: Callable[..., Any], paint: Paint
) -> None:
    one = plant()
    detector, recording = one.keeper.detector, replace(one.wanted, source="road.mp4", threads=2)
    one.keeper.settings = recording
    said = one.reload(paint(100), recording)
    assert "decided on 1 at a time, 2 at a time needs a restart" in said
    assert one.keeper.detector is detector
    assert one.reload(paint(100), replace(recording, threads=1, enter_s=0.7)).startswith("taken")
