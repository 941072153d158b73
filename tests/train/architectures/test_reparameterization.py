"""What is trained with normalisations and averages is deployed as the plain network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import Network, Recipe, build
from trucksight.train.quiet import import_keras

Noise = Callable[[int, int, int], npt.NDArray[np.uint8]]
Fill = Callable[..., Network]


@pytest.fixture
def learned() -> Fill:
    """Builds the form that trains, every weight and statistic somewhere in its range."""

    def make(recipe: Recipe) -> Network:
        import_keras().utils.set_random_seed(3)
        network = build("truck-cnn", recipe)
        rng = np.random.default_rng(4)
        for layer in network.model.layers:
            if layer.name.endswith("_norm"):
                count = layer.gamma.shape[0]
                gamma, variance = rng.uniform(0.5, 1.5, (2, count))
                gamma[0] = 0  # as the constraint leaves it
                layer.set_weights([gamma, *rng.uniform(-0.2, 0.2, (2, count)), variance])
        return network

    return make


def shapes(model: Any) -> list[tuple[str, str, Any, list[tuple[int, ...]]]]:
    return [
        (type(one).__name__, one.name, one.output.shape, [tuple(w.shape) for w in one.weights])
        for one in model.layers
    ]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(64, 1, pool_dense=4),
        Recipe((75, 50), 1, pool_dense=3),  # rows and columns are left over
        Recipe(40, 3, pool_dense=1),
        Recipe(40, 3, pool_dense=6),  # one average of each channel
        Recipe(18, 1, pool_dense=1),  # a map of one pixel
        Recipe(48, 1, pool_dense=2, hidden=(6, 5), activation="selu"),
        Recipe(48, 1, pool_dense=2, hidden=(), activation="tanh"),
        Recipe((60, 48), 1, pool_dense=2, grey=True, dropout=0.3, l2=0.01),
    ],
    ids=str,
)
def test_the_folded_network_computes_the_same(recipe: Recipe, learned: Fill, noise: Noise) -> None:
    network = learned(recipe)
    light = np.linspace(0.1, 1, 6).reshape(6, 1, 1, 1)
    pictures = (noise(6, *recipe.shape[:2]) * light).astype(np.uint8)
    expected = np.asarray(network.model(pictures, training=False))
    scores = np.asarray(network.deployed(pictures, training=False))
    assert expected.std(axis=0).min() > 1e-3
    assert np.abs(scores - expected).max() < 1e-5


@pytest.mark.parametrize("size", [32, (75, 50)])
def test_it_is_the_plain_network_and_nothing_else(size: Any, learned: Fill) -> None:
    recipe = Recipe(size, 1, pool_dense=2, dropout=0.2, l1=0.1)
    plain = build("truck-cnn", Recipe(size, 1)).model
    deployed = learned(recipe).deployed
    assert shapes(deployed) == shapes(plain)
    assert deployed.losses == []


def test_at_224_pixels_it_trains_a_sixteenth_of_the_dense_weights() -> None:
    network = build("truck-cnn", Recipe(224, 1, pool_dense=4))
    assert network.deployed.count_params() == 3_484_745
    assert network.model.get_layer("hidden").kernel.shape == (13 * 13 * 64, 20)


def test_norms_stand_behind_the_pooling_and_do_not_turn_signs_round(noise: Noise) -> None:
    keras = import_keras()
    model = build("truck-cnn", Recipe(32, 1, pool_dense=1, dropout=0.5)).model
    names = [layer.name for layer in model.layers]
    assert names[2:6] == ["conv_1", "pool_1", "conv_1_norm", "conv_1_relu"]
    assert names[-6:] == ["flatten", "dropout_pooled", "hidden", "hidden_norm", "hidden_relu",
                          "probability"]  # fmt: skip
    model.compile(keras.optimizers.SGD(100.0), "binary_crossentropy", run_eagerly=True)
    model.train_on_batch(noise(4, 32, 32), np.array([0, 1, 1, 0]))
    gammas = [model.get_layer(f"conv_{n}_norm").gamma.numpy() for n in (1, 2, 3)]
    assert min(gamma.min() for gamma in gammas) == 0
    assert max(gamma.max() for gamma in gammas) > 1


def test_folding_again_follows_what_was_learned_since(learned: Fill, noise: Noise) -> None:
    network, pictures = learned(Recipe(32, 1, pool_dense=2)), noise(4, 32, 32)
    before = np.asarray(network.deployed(pictures))
    network.model.set_weights([0.5 * weight for weight in network.model.get_weights()])
    after = np.asarray(network.deployed(pictures))
    assert np.abs(after - before).max() > 1e-3
    assert after == pytest.approx(np.asarray(network.model(pictures)), abs=1e-5)


def test_the_plain_form_is_deployed_as_it_is() -> None:
    network = build("truck-cnn", Recipe(32, 1))
    assert network.fold is None
    assert network.deployed is network.model


def test_averages_that_do_not_fit_are_refused() -> None:
    recipe = Recipe((75, 32), 1, pool_dense=5)
    with pytest.raises(UsageError, match="--pool-dense 5 does not fit into the 15x4 map"):
        build("truck-cnn", recipe)
    assert build("truck-cnn", replace(recipe, pool_dense=4)).fold is not None
    with pytest.raises(UsageError, match="averages are of 1 pixel or more a side, not 0"):
        replace(recipe, pool_dense=0)
