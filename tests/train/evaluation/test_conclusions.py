"""Each sentence is there when its number asks for it, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from trucksight.train.evaluation.assessment import Assessment, assess
from trucksight.train.evaluation.conclusion import Background
from trucksight.train.evaluation.facts import Facts
from trucksight.train.evaluation.sample import Sample
from trucksight.train.scores.metrics import Metrics, measure

NOTHING = Facts(None, None, None)


def assessed(
    sample: Sample, background: Background | None = None, facts: Sequence[Facts] | None = None
) -> Assessment:
    return assess(sample, facts or [NOTHING] * len(sample), background or Background())


def about(found: Assessment, word: str, kind: str | None = None) -> list[str]:
    return [one.text for one in found.conclusions if one.about == word and kind in (None, one.kind)]


def select_metrics(apart: float, draw: Callable[..., Sample]) -> Metrics:
    sample = draw(400, seed=50, apart=apart)
    scores = np.stack([1 - sample.scores, sample.scores], axis=1)
    return measure(sample.truth, scores, sample.labels, "truck", 0.5)


def test_the_first_finding_is_what_was_measured(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(400, seed=0, apart=4.0)
    found = assessed(sample, Background(of="held-out pictures"))
    value = found.figures["accuracy"].value
    assert value is not None
    (text,) = about(found, "accuracy")
    assert text.startswith(f"of 400 held-out pictures ({sample.positive.sum()} truck), {value:.1%}")


def test_a_good_model_is_not_warned_of(draw_sample: Callable[..., Sample]) -> None:
    found = assessed(draw_sample(600, seed=0, apart=4.0, share=0.5))
    assert [one for one in found.conclusions if one.kind == "warning"] == []


def test_guessing_is_called_so(make_sample: Callable[..., Sample]) -> None:
    rng = np.random.default_rng(0)
    found = assessed(make_sample(rng.random(200) < 0.3, rng.random(200)))
    assert "not shown to be better than always answering no_truck" in about(found, "accuracy")[0]
    assert "not shown to tell the classes apart" in about(found, "ranking")[0]
    assert "worse than saying" in about(found, "probability")[0]


def test_what_is_too_good_is_suspected_of_a_leak(draw_sample: Callable[..., Sample]) -> None:
    assert about(assessed(draw_sample(200, seed=0, apart=30.0)), "leak", "warning")
    assert not about(assessed(draw_sample(200, seed=0, apart=4.0)), "leak")


def test_a_flattering_select_split_is_told(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(400, seed=0, apart=2.0)
    flattered = Background(select=select_metrics(9.0, draw_sample))
    alike = Background(select=select_metrics(2.0, draw_sample))
    assert about(assessed(sample, flattered), "select", "warning")
    assert not about(assessed(sample, alike), "select")


def test_over_confidence_is_told_in_points(draw_sample: Callable[..., Sample]) -> None:
    honest = draw_sample(800, seed=0, apart=2.0, share=0.5)
    odds = np.log(honest.scores / (1 - honest.scores))
    sure = replace(honest, scores=1 / (1 + np.exp(-5 * odds)))
    assert not about(assessed(honest), "probability")
    assert "over-confident" in about(assessed(sure), "probability", "finding")[0]
    advice = [
        (calibrated, one.advice)
        for calibrated in (False, True)
        for one in assessed(sure, Background(calibrated=calibrated)).conclusions
        if one.about == "probability"
    ]
    assert {(said, "exported bundle" in (text or "")) for said, text in advice} == {
        (False, True), (True, False),
    }  # fmt: skip


def test_a_lopsided_threshold_is_told(draw_sample: Callable[..., Sample]) -> None:
    sample = draw_sample(400, seed=0, apart=4.0)
    strict = replace(sample, answers=(sample.scores >= 0.95).astype(np.int64), threshold=0.95)
    assert "the misses prevail" in about(assessed(strict), "errors", "warning")[0]
    assert not about(assessed(sample), "errors", "warning")


def test_a_rare_class_is_told_of_training_and_of_the_measure(
    draw_sample: Callable[..., Sample],
) -> None:
    sample = draw_sample(500, seed=0, apart=4.0, share=0.08)
    found = assessed(sample, Background(train_counts={"no_truck": 900, "truck": 100}))
    assert about(found, "imbalance", "warning") == ["only 100 of 1000 training pictures are truck"]
    assert "against 0.0" in about(found, "imbalance", "finding")[0]


def test_few_pictures_are_asked_for_more(draw_sample: Callable[..., Sample]) -> None:
    (few,) = [one for one in assessed(draw_sample(60, seed=0)).conclusions if one.about == "size"]
    assert few.advice is not None
    needed = int(few.advice.split()[3])
    assert 300 < needed < 1200
    assert not about(assessed(draw_sample(2000, seed=0)), "size")


def test_scenes_are_counted(make_sample: Callable[..., Sample]) -> None:
    sample = make_sample([0, 1] * 20, [0.1, 0.9] * 20, groups=[n // 4 for n in range(40)])
    assert "40 pictures are of 10 independent scenes" in about(assessed(sample), "groups")[0]


def test_a_weak_slice_is_told_with_its_points(make_sample: Callable[..., Sample]) -> None:
    truth = [0, 1] * 60
    scores = [0.1, 0.9] * 40 + [0.9, 0.1] * 10 + [0.1, 0.9] * 10
    facts = [Facts("day", None, None)] * 80 + [Facts("night", None, None)] * 40
    (text,) = about(assessed(make_sample(truth, scores), facts=facts), "slice", "warning")
    assert "weaker on the 40 pictures from night: accuracy 50.0%" in text
    assert "50 points under" in text


def test_pictures_that_training_saw_are_told_first(draw_sample: Callable[..., Sample]) -> None:
    first = assessed(draw_sample(200, seed=0), Background(seen=7)).conclusions[0]
    assert (first.about, first.kind) == ("seen", "warning")
    assert first.text.startswith("7 of the 200 pictures took part in training")


def test_the_surest_mistake_comes_first(make_sample: Callable[..., Sample]) -> None:
    found = assessed(make_sample([0, 1, 0, 1], [0.7, 0.01, 0.2, 0.9]))
    assert [(one.path.name, one.truth, one.answer) for one in found.mistakes] == [
        ("1.png", "truck", "no_truck"),
        ("0.png", "no_truck", "truck"),
    ]
    assert found.mistakes[0].loss == pytest.approx(-np.log(0.01))
