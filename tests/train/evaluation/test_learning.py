"""Curves whose shape is known get the name of that shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from trucksight.train.evaluation.learning import Learning, judge_learning
from trucksight.train.fitting.fit import Epoch


def history(
    loss: Sequence[float],
    select: Sequence[float],
    area: Sequence[float] | None = None,
    accuracy: float = 0.9,
    select_accuracy: float = 0.88,
    stage: str = "train",
    trained: float | None = None,
) -> list[Epoch]:
    """Epochs with these cross-entropies; areas fall from .95 where none are given.

    What is trained with is the same, or always `trained`.
    """
    areas = area or [0.95 - 0.001 * number for number in range(len(loss))]
    return [
        Epoch(
            *(stage, number, one if trained is None else trained, one, accuracy),
            *(other, select_accuracy, auc, 1e-3, 1.0),
        )
        for number, (one, other, auc) in enumerate(zip(loss, select, areas, strict=True), 1)
    ]


def judged(rows: list[Epoch], kept: int, **changes: object) -> Learning:
    stage = rows[-1].stage
    given: dict[str, object] = {
        "best": {stage: kept}, "planned": {stage: 99}, "counts": {"truck": 100, "no_truck": 100},
    }  # fmt: skip
    return judge_learning(rows, **(given | changes))  # type: ignore[arg-type]


FALLING = [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
RISING = [0.5, 0.4, 0.35, 0.4, 0.5, 0.6]
FLAT = [0.5, 0.4, 0.35, 0.34, 0.34, 0.34]
HIGH = [0.68, 0.66, 0.65, 0.64, 0.64, 0.64]
CLIMBING = [0.6, 0.7, 0.75, 0.8, 0.85, 0.9]


@pytest.mark.parametrize(
    ("verdict", "make"),
    [
        ("over-fitting", lambda: judged(history(FALLING, RISING), 6)),
        ("over-fitting", lambda: judged(history(FALLING, FLAT, accuracy=1.0), 6)),
        ("stopped in time", lambda: judged(history(FALLING, RISING), 3)),
        ("settled", lambda: judged(history(FALLING, FLAT), 5)),
        ("under-fitting", lambda: judged(history(HIGH, HIGH, accuracy=0.6, select_accuracy=0.6),
                                         3)),
        ("still improving", lambda: judged(history(FALLING, FLAT, CLIMBING), 6,
                                           planned={"train": 6})),
        ("still improving", lambda: judged(history(HIGH, HIGH, CLIMBING, 0.6, 0.6), 6,
                                           interrupted=True)),
        ("settled", lambda: judged(history(FALLING, FLAT, CLIMBING), 6)),
        ("collapsed", lambda: judged(history(FALLING, FLAT), 6, collapsed="collapsed: x; y")),
        ("diverged", lambda: judged(history([0.5, math.nan], [0.5, math.inf]), 1)),
    ],
)  # fmt: skip
def test_a_curve_gets_its_name(verdict: str, make: Callable[[], Learning]) -> None:
    assert make().verdict == verdict


def test_the_sentence_holds_the_numbers_it_rests_on() -> None:
    found = judged(history(FALLING, RISING), 6)
    assert (found.lowest_select_loss, found.lowest_epoch) == (0.35, 3)
    assert "cross-entropy 0.050 on the training pictures and 0.600 on select" in found.text
    assert "lowest on select was 0.350 at epoch 3" in found.text
    assert "averages" not in found.text
    assert found.advice is not None
    assert "more varied training pictures" in found.advice


@pytest.mark.parametrize("trained", [0.01, 3.0])
def test_what_was_trained_with_names_nothing(trained: float) -> None:
    """A focal loss is far below cross-entropy, one with smoothed labels or penalties above."""
    for rows, verdict in (
        (history(FALLING, RISING, trained=trained), "over-fitting"),
        (history(FALLING, FLAT, trained=trained), "settled"),
        (history(HIGH, HIGH, accuracy=0.6, select_accuracy=0.6, trained=trained), "under-fitting"),
    ):
        assert judged(rows, 6).verdict == verdict
    assert judged(history(HIGH, FLAT, trained=math.inf), 6).verdict == "diverged"


def test_what_select_has_learned_is_not_unlearned() -> None:
    """Dropout, variation and moving weights keep the cross-entropy of a step high."""
    assert judged(history(HIGH, FLAT), 6).verdict == "settled"


@pytest.mark.parametrize("other", ["over-fitting", "under-fitting"])
def test_advice_names_no_option_that_would_be_refused(other: str) -> None:
    rows = {"over-fitting": (FALLING, RISING), "under-fitting": (HIGH, HIGH)}[other]
    for stage, refused in (("train", False), ("head", True)):
        found = judged(history(*rows, accuracy=0.6, select_accuracy=0.6, stage=stage), 6)
        assert found.verdict == other
        assert ("--fine-tune" in (found.advice or "")) is refused
        assert ("--width" in (found.advice or "")) is refused


def test_averages_are_told() -> None:
    found = judged(history(FALLING, FLAT), 5, averaged=True)
    assert found.averaged
    assert "(training: of the weights as they moved; select: of their averages)" in found.text


def test_an_under_fitted_model_is_measured_against_guessing() -> None:
    rows = history([0.3] * 5, [0.3] * 5)
    assert judged(rows, 3).verdict == "settled"
    rare = judged(rows, 3, counts={"truck": 10, "no_truck": 190})
    assert rare.guessing_loss == pytest.approx(0.1985, abs=1e-4)
    assert rare.verdict == "under-fitting"


def test_the_stage_whose_weights_were_kept_is_judged() -> None:
    rows = [*history(FALLING, RISING, stage="head"), *history([0.3], [0.9], stage="fine-tune")]
    found = judged(rows, 0, best={"head": 6, "fine-tune": 0})
    assert (found.stage, found.kept, found.epochs) == ("head", 6, 6)


def test_one_epoch_is_enough_to_say_nothing_bold() -> None:
    assert judged(history([0.3], [0.3]), 1, planned={"train": 1}).verdict == "settled"


def test_infinite_losses_are_no_json_numbers() -> None:
    found = judged(history([math.inf], [math.inf]), 1).as_json()
    assert (found["loss"], found["select_loss"], found["lowest_select_loss"]) == (None, None, None)
