"""Steps to a smaller picture: refused, left out or taken by what the source gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.sources.live import LiveSource

Paint = Callable[..., npt.NDArray[np.uint8]]


def test_a_step_to_a_size_that_is_not_smaller_is_refused(plant: Callable[..., Any]) -> None:
    with (
        LiveSource("fault:good*100000") as source,
        pytest.raises(UsageError, match="expected a smaller picture than the 320x180 that"),
    ):
        plant(source, step=("rate=5", "size=640x360", "size=160x90"))


def test_a_step_whose_size_turns_out_not_to_be_smaller_is_left_out(
    plant: Callable[..., Any], paint: Paint
) -> None:
    hot = plant(step=("size=320x180", "size=80x45", "rate=4"))
    hot.run(1, paint(100))
    (notice,) = hot.told.notices
    assert notice.trouble
    assert notice.text == "left out, the source gives 160x90 without it: size=320x180"
    assert notice.as_json()["left_out"] == ["size=320x180"]
    hot.celsius = 85.0
    hot.run(70, paint(100))
    assert hot.notices()[1:] == ["step 1 of 2, size=80x45"]


def test_a_reload_to_a_size_that_is_not_smaller_is_refused(
    plant: Callable[..., Any], paint: Paint
) -> None:
    one = plant(step=("rate=4",))
    wanted = replace(one.wanted, step=("size=160x90",))
    said = one.reload(paint(100), wanted)
    assert said.startswith("refused, the old one goes on: --step size=160x90: expected a smaller")
    assert one.keeper.settings.step == ("rate=4",)


def test_the_size_that_counts_is_that_of_before_all_steps(
    plant: Callable[..., Any], paint: Paint
) -> None:
    hot = plant(step=("size=80x45",))
    hot.run(1, paint(100))
    hot.celsius = 85.0
    hot.run(70, paint(100, 80, 45))
    assert hot.notices() == ["step 1 of 1, size=80x45"]
    said = hot.reload(paint(100, 80, 45), replace(hot.wanted, step=("size=120x68",)))
    assert said.startswith("taken over")
