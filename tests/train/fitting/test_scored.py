"""Scores after a training: from features where the base stood still, from pictures elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.contract import InputContract
from trucksight.train.architectures import Network
from trucksight.train.fitting.feature_cache import FeatureCache
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.scored import Scored
from trucksight.train.fitting.stages import Aids, Labelled, train_network
from trucksight.train.options import TrainOptions
from trucksight.train.scores.scoring import pixel_scores

Fresh = Callable[..., Network]


def options(**more: Any) -> TrainOptions:
    return TrainOptions(size=32, weights="a-file", epochs=2, batch_size=8, **more).resolved()


def later(labelled: Labelled, asked: list[int]) -> Labelled:
    """The same pictures, given when something asks for them."""

    def give() -> Any:
        asked.append(len(labelled.truth))
        return labelled.pixels

    return Labelled(give, labelled.truth, labelled.sha256)


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_base_that_stood_still_is_not_run_again(
    keras: Any, fresh: Fresh, splits: tuple[Labelled, Labelled], outputs: int
) -> None:
    network = fresh(4, outputs)
    done = train_network(keras, network, *splits, 1, options(), Stop())
    expected = pixel_scores(network.model, splits[1].pixels)
    network.features.predict_on_batch = None
    found = Scored(network.model, network, done, None).of_select(splits[1])
    assert found.shape == (12, max(2, outputs))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_base_that_moved_is_run_again(
    keras: Any, fresh: Fresh, splits: tuple[Labelled, Labelled]
) -> None:
    network = fresh(4)
    asked = options(strategy="two-stage", fine_tune_epochs=1, fine_tune_rate=0.01)
    trained = train_network(keras, network, *splits, 1, asked, Stop())
    scored = Scored(network.model, network, trained, None)
    expected = pixel_scores(network.model, splits[1].pixels)
    np.testing.assert_array_equal(scored.of_select(splits[1]), expected)
    np.testing.assert_array_equal(scored.of(splits[1]), expected)


def test_kept_features_ask_for_no_picture(
    keras: Any, fresh: Fresh, splits: tuple[Labelled, Labelled], tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path, InputContract(width=32, height=32))
    asked: list[int] = []
    found = []
    for expected in ([24, 12], [24, 12]):  # the second time none is added
        network = fresh(4)
        train, select = (later(one, asked) for one in splits)
        done = train_network(keras, network, train, select, 1, options(), Stop(), Aids(cache))
        found.append(Scored(network.model, network, done, cache).of(select))
        assert asked == expected
    np.testing.assert_array_equal(found[0], found[1])


def test_pictures_are_asked_for_once(splits: tuple[Labelled, Labelled]) -> None:
    asked: list[int] = []
    one = later(splits[1], asked)
    assert one.pixels is one.pixels
    assert asked == [12]
