"""The learning rate of every step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from trucksight.train.fitting.rates import Schedule


def rates(schedule: Schedule, steps: int = 4, epochs: int = 5) -> list[float]:
    return [schedule.at(step, steps, epochs, []) for step in range(steps * epochs)]


def test_warm_up_rises_to_the_rate_and_stays() -> None:
    assert rates(Schedule(0.8, warmup_epochs=1)) == pytest.approx([0.2, 0.4, 0.6] + [0.8] * 17)


def test_cosine_is_that_of_keras(keras: object) -> None:
    from keras.optimizers.schedules import CosineDecay  # type: ignore[import-untyped]

    theirs = [float(CosineDecay(0.3, 20)(step)) for step in range(20)]
    assert rates(Schedule(0.3, "cosine")) == pytest.approx(theirs, rel=1e-5)


def test_cosine_falls_to_nothing_after_the_warm_up() -> None:
    found = rates(Schedule(1.0, "cosine", warmup_epochs=2))
    assert int(np.argmax(found)) in (7, 8)
    assert found[-1] < 0.05
    assert all(a > b for a, b in pairwise(found[8:]))


def test_on_a_plateau_the_rate_falls_and_waits_again() -> None:
    schedule = Schedule(1.0, "plateau", plateau_patience=2, plateau_factor=0.5)

    def after(*losses: float) -> float:
        return schedule.at(0, 1, 100, losses)

    assert after(3.0, 2.0, 1.0) == 1.0
    assert after(3.0, 3.0) == 1.0
    assert after(3.0, 3.0, 3.0) == 0.5
    assert after(3.0, 3.0, 3.0, 3.0) == 0.5
    assert after(3.0, 3.0, 3.0, 3.0, 3.0) == 0.25
    assert after(3.0, 3.0, 3.0, 2.0, 3.0) == 0.5
