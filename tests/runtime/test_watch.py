"""A picture that stands still, and one that changes its size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from trucksight.runtime.decision import Frame, Reason
from trucksight.runtime.usable import Limits
from trucksight.runtime.watch import Watch

Picture = npt.NDArray[np.uint8]


def reasons(watch: Watch, pictures: list[Picture | None], fps: float = 2.0) -> list[Reason | None]:
    found = []
    for number, picture in enumerate(pictures):
        fault = watch.unusable(Frame(picture, 0, number, number / fps))
        found.append(fault.reason if fault else None)
    return found


def noisy(count: int, height: int = 60, width: int = 80) -> list[Picture]:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(count)]


def test_the_same_picture_for_two_seconds_is_frozen(paint: Callable[..., Picture]) -> None:
    still = [paint(200)] * 6
    assert reasons(Watch(live=True), still) == [None] * 4 + [Reason.FROZEN] * 2


def test_a_frozen_camera_that_moves_again_is_judged_again(paint: Callable[..., Picture]) -> None:
    pictures = [paint(200)] * 6 + [paint(190), paint(180)]
    assert reasons(Watch(live=True), pictures)[-3:] == [Reason.FROZEN, None, None]


def test_the_noise_of_a_sensor_is_not_frozen() -> None:
    assert set(reasons(Watch(live=True), noisy(12))) == {None}


def test_a_recording_may_stand_still(paint: Callable[..., Picture]) -> None:
    assert set(reasons(Watch(live=False), [paint(200)] * 9)) == {None}


def test_frozen_can_be_switched_off(paint: Callable[..., Picture]) -> None:
    assert set(reasons(Watch(Limits(frozen_s=0), live=True), [paint(200)] * 9)) == {None}


def test_another_size_is_unknown_until_it_has_lasted() -> None:
    pictures = [*noisy(2), *noisy(4, 30, 40)]
    found = reasons(Watch(live=True), pictures)
    assert found == [None, None, Reason.RESIZED, Reason.RESIZED, None, None]


def test_a_short_change_of_size_leaves_no_trace() -> None:
    pictures = [*noisy(2), *noisy(1, 30, 40), *noisy(1), *noisy(1, 30, 40), *noisy(1)]
    found = reasons(Watch(live=False), pictures)
    assert found == [None, None, Reason.RESIZED, None, Reason.RESIZED, None]


def test_frames_without_a_picture_are_left_to_others() -> None:
    assert reasons(Watch(live=True), [None, None, *noisy(1)]) == [None, None, None]


def test_a_size_that_was_asked_for_is_taken_at_once_and_the_next_is_not() -> None:
    watch = Watch(live=True)
    assert reasons(watch, noisy(2)) == [None, None]
    watch.expect_resize()
    assert reasons(watch, [*noisy(2), *noisy(2, 30, 40)]) == [None] * 4
    assert reasons(watch, noisy(1)) == [Reason.RESIZED]


def test_a_size_that_was_asked_for_and_never_came_is_not_expected_for_ever() -> None:
    watch = Watch(live=True)
    watch.expect_resize()
    pictures = [*noisy(30), *noisy(1, 30, 40)]
    assert reasons(watch, pictures)[-1] is Reason.RESIZED
