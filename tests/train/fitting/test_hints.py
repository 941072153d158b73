"""A student predicts a teacher's feature maps, and what predicts them is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import Network, Recipe, build
from trucksight.train.fitting.hints import NAME, hinting

Pictures = npt.NDArray[np.uint8]
SIDE = 64
"""Of a picture, pixels; the student's map is 12 x 12 and a step in it is 4 pixels."""


@pytest.fixture
def teacher(keras: Any) -> Any:
    """Maps of 8 and 16 pixels a place; the one of 8 is what the picture looks like there."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.AveragePooling2D(8, name="eighth")(x)
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same", name="sixteenth")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@pytest.fixture
def student(keras: Any, teacher: Any) -> Callable[..., Network]:
    """Builds one that takes hints."""

    def make(weight: float = 1.0, pool: int = 4, taught: Any = teacher) -> Network:
        keras.utils.set_random_seed(1)
        tap = hinting(keras, taught, weight, pool)
        return build("truck-cnn", Recipe(SIDE, 1, pool_dense=pool, tap=tap))

    return make


@pytest.fixture
def spots() -> Pictures:
    """(24, 64, 64, 3): a coloured square somewhere on black."""
    rng = np.random.default_rng(5)
    pictures = np.zeros((24, SIDE, SIDE, 3), np.uint8)
    for picture in pictures:
        top, left = rng.integers(0, SIDE - 24, 2)
        picture[top : top + 24, left : left + 24] = rng.integers(60, 256, 3)
    return pictures


def error(network: Network, pictures: Pictures) -> float:
    """What the hints add to the loss of a training step."""
    network.model(pictures, training=True)
    return float(sum(network.model.losses))


def test_the_error_is_of_what_the_teacher_sees_at_the_same_place(
    keras: Any, student: Callable[..., Network], spots: Pictures
) -> None:
    """Squares of the student that look like the picture predict the picture's squares."""
    network = student(pool=2)
    hints = network.model.get_layer(NAME)
    (head,) = hints._heads
    own = keras.Input((12, 12, 64))
    shown = keras.Model([network.model.input, own], hints([network.model.input, own]))
    rows = np.arange(12) * 4 + 10  # where the map's places have their centres
    blurred = spots.astype(np.float32)
    blurred = keras.ops.average_pool(blurred, 8, 1, padding="same").numpy()
    looks = np.zeros((24, 12, 12, 64), np.float32)
    looks[..., :3] = blurred[:, rows][:, :, rows]
    wanted = looks[..., :3].reshape(24, 6, 2, 6, 2, 3).mean(axis=(2, 4)).reshape(-1, 3)
    kernel = np.zeros((64, 3), np.float32)
    kernel[:3] = np.diag(1 / wanted.std(axis=0))

    def left(kernel: Any, bias: Any) -> float:
        head.set_weights([kernel, bias])
        given = shown([spots, looks], training=True)
        assert np.array_equal(given, looks)
        return float(sum(shown.losses))

    assert left(kernel, -wanted.mean(axis=0) / wanted.std(axis=0)) < 0.05
    assert left(0 * kernel, np.zeros(3)) == pytest.approx(1, abs=0.05)
    turned = kernel[:, ::-1]
    assert left(turned, -wanted.mean(axis=0) / wanted.std(axis=0)) > 0.2


def test_the_error_is_weighted_and_only_of_training(
    student: Callable[..., Network], spots: Pictures
) -> None:
    once, thrice = student(1.0), student(3.0)
    assert error(thrice, spots) == pytest.approx(3 * error(once, spots), rel=1e-4)
    once.model(spots, training=False)
    assert once.model.losses == []


def test_each_scale_between_the_map_and_the_squares_is_compared(
    student: Callable[..., Network], spots: Pictures
) -> None:
    assert student(pool=4).model.get_layer(NAME).told == "eighth and sixteenth"
    assert student(pool=3).model.get_layer(NAME).told == "eighth"
    weights = [tuple(one.shape) for one in student(pool=4).model.get_layer(NAME).weights]
    assert weights == [(64, 3), (3,), (64, 5), (5,)]


def test_the_teacher_does_not_learn(keras: Any, student: Callable[..., Network], teacher: Any,
                                    spots: Pictures) -> None:  # fmt: skip
    network, before = student(), teacher.get_weights()
    network.model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", jit_compile=False)
    errors = [error(network, spots)]
    for _ in range(30):
        network.model.train_on_batch(spots, np.arange(24) % 2)
    errors.append(error(network, spots))
    assert errors[1] < 0.6 * errors[0]
    pairs = zip(before, teacher.get_weights(), strict=True)
    assert all(np.array_equal(one, two) for one, two in pairs)
    owned = {id(one) for one in network.model.variables}
    assert not any(id(one) in owned for one in teacher.variables)


def test_what_predicts_them_is_left_behind(
    student: Callable[..., Network], spots: Pictures
) -> None:
    network = student()
    plain = build("truck-cnn", Recipe(SIDE, 1)).model
    assert [one.name for one in network.deployed.layers] == [one.name for one in plain.layers]
    assert network.deployed.count_params() == plain.count_params()
    expected = np.asarray(network.model(spots, training=False))
    assert np.abs(np.asarray(network.deployed(spots)) - expected).max() < 1e-5


def test_a_clone_for_several_devices_takes_the_same_hints(
    keras: Any, student: Callable[..., Network], spots: Pictures
) -> None:
    network = student()
    twin = keras.models.clone_model(network.model)
    twin.set_weights(network.model.get_weights())
    assert error(replace(network, model=twin), spots) == pytest.approx(error(network, spots))


def test_a_teacher_without_such_maps_is_refused(
    keras: Any, student: Callable[..., Network]
) -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(inputs))
    flat = keras.Model(inputs, keras.layers.Dense(1)(x))
    with pytest.raises(UsageError, match="of 8 to 16 pixels a place, and the teacher has none"):
        student(taught=flat)
