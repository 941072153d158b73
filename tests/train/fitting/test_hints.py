"""A student predicts a teacher's feature maps, and what predicts them is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import UsageError
from trucksight.train import load_run
from trucksight.train.architectures import Network, Recipe, build
from trucksight.train.fitting.hints import EPSILON, NAME, hinted
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Labelled, train_network
from trucksight.train.options import TrainOptions

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
    x = keras.layers.ZeroPadding2D(((0, 1), (0, 1)), name="padded")(x)
    x = keras.layers.Conv2D(5, 3, strides=2, name="sixteenth")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@pytest.fixture
def student(keras: Any, teacher: Any) -> Callable[..., Network]:
    """Builds one that takes hints."""

    def make(
        weight: float = 1.0, pool: int = 4, taught: Any = teacher, size: int = SIDE
    ) -> Network:
        keras.utils.set_random_seed(1)
        plain = build("truck-cnn", Recipe(size, 1, pool_dense=pool))
        return hinted(keras, plain, taught, weight, pool)

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


@pytest.mark.parametrize("times", [1, 2])
def test_the_error_is_of_what_the_teacher_sees_at_the_same_place(
    keras: Any, student: Callable[..., Network], spots: Pictures, times: int
) -> None:
    """Squares of the student that look like the picture predict what the teacher sees there.

    The student's picture may be larger than the teacher's.
    """
    network = student(pool=2, size=times * SIDE)
    hints = network.model.get_layer(NAME)
    (head,) = hints._heads
    _, side, *_ = network.model.get_layer(hints._rungs[0].own).output.shape
    inputs = [keras.Input((1,)), network.model.input, keras.Input((side, side, 64))]
    shown = keras.Model(inputs, hints(inputs))
    pictures = spots.repeat(times, axis=1).repeat(times, axis=2)
    blurred = keras.ops.average_pool(pictures.astype(np.float32), 8 * times, 1, padding="same")
    rows = np.arange(side) * 4 + 10  # where the map's places have their centres
    looks = np.zeros((24, side, side, 64), np.float32)
    looks[..., :3] = blurred.numpy()[:, rows][:, :, rows]
    squares = looks[..., :3].reshape(24, side // 2, 2, side // 2, 2, 3).mean(axis=(2, 4))
    mean, deviation = squares.mean(axis=(0, 1, 2)), squares.std(axis=(0, 1, 2))
    kernel = np.zeros((64, 3), np.float32)
    kernel[:3] = np.diag(1 / deviation)
    outputs = np.zeros((24, 1), np.float32)

    def left(kernel: Any, bias: Any) -> float:
        head.set_weights([kernel, bias])
        given = shown([outputs, pictures, looks], training=True)
        assert np.array_equal(given, outputs)
        return float(sum(shown.losses))

    assert left(kernel, -mean / deviation) < 0.05
    assert left(0 * kernel, np.zeros(3)) == pytest.approx(1, abs=0.05)
    assert left(kernel[:, ::-1], -mean / deviation) > 0.2


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


def test_a_network_with_a_base_is_compared_with_its_maps_of_the_same_scale(
    keras: Any, fresh: Callable[..., Network], splits: tuple[Labelled, Labelled]
) -> None:
    """A twin of its teacher misses nothing."""
    learned, _ = splits
    plain = fresh()
    for layer in plain.base:
        layer.trainable = False
    network = hinted(keras, plain, fresh().model, 2.0, largest=1)
    hints = network.model.get_layer(NAME)
    assert hints.told == "top_relu"
    top = plain.model.get_layer("top_relu").output
    seen = keras.Model(plain.model.input, top).predict(learned.pixels[:], verbose=0)
    variance = seen.var(axis=(0, 1, 2))
    deviation = np.sqrt(variance + EPSILON)
    missed = np.mean(variance / deviation**2)
    assert error(network, learned.pixels[:]) == pytest.approx(2 * missed, rel=1e-3)
    hints.set_weights([np.diag(1 / deviation), -seen.mean(axis=(0, 1, 2)) / deviation])
    assert error(network, learned.pixels[:]) < 1e-6


@pytest.mark.parametrize("strategy", ["fine-tune", "discriminative"])
def test_what_stands_still_and_what_is_deployed_are_as_without_hints(
    keras: Any, fresh: Callable[..., Network], splits: tuple[Labelled, Labelled], strategy: Any
) -> None:
    learned, select = splits
    plain = fresh()
    network = hinted(keras, plain, fresh(seed=7).model, 2.0, largest=1)
    assert network.deployed is plain.model
    layers = {layer.name: layer.get_weights() for layer in plain.base}
    few: dict[str, Any] = {"size": 32, "weights": "a-file", "batch_size": 8}
    options = TrainOptions(strategy=strategy, epochs=1, fine_tune_epochs=1, **few).resolved()
    training = train_network(keras, network, learned, select, 1, options, Stop())
    assert [row.stage for row in training.history] == ["head", strategy]
    still = {"bottom"} if strategy == "fine-tune" else set()
    still |= {name for name in layers if name.endswith("_bn")}
    for name in still:
        assert all(map(np.array_equal, layers[name], plain.model.get_layer(name).get_weights()))
    given = [one.predict(select.pixels[:], verbose=0) for one in (plain.model, network.model)]
    assert np.array_equal(*given)


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
    with pytest.raises(UsageError, match="have none of 8 pixels a place or more in common"):
        student(taught=flat)


TWO_DEVICES = """
import sys
from trucksight.runtime.__main__ import main
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def taught(session_data: Path, run_path: Path) -> list[str]:
    """A training whose teacher takes 32 pixels."""
    return [
        "train", str(session_data), "--model", "truck-cnn", "--reparameterize", "--pool-dense", "2",
        "--batch-size", "8", "--epochs", "3", "--learning-rate", "0.003", "--seed", "1",
        "--teacher", str(run_path), "--versions", "1", "--hints", "3",
    ]  # fmt: skip


def test_the_run_is_the_plain_network_and_says_what_was_predicted(
    taught: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main([*taught, "--size", "32", "--out", str(out)]) in (0, 1)
    run, notes = load_run(out), json.loads((out / "report.json").read_text())["notes"]
    plain = build("truck-cnn", Recipe(32, 1)).model
    assert run.model().count_params() == plain.count_params()  # type: ignore[attr-defined]
    (note,) = [one for one in notes if one.startswith("hints: ")]
    assert "hints: conv_3 of the teacher were predicted besides, with a weight of 3" in note
    (form,) = [one for one in notes if one.startswith("re-parameterised: ")]
    own = build("truck-cnn", Recipe(32, 1, pool_dense=2)).model.count_params()
    assert f" {own:,} parameters" in form


def test_several_devices_predict_the_same(taught: list[str], tmp_path: Path) -> None:
    """Each by the statistics of its own half of a batch, as batch normalisations have it."""
    one, two = tmp_path / "one", tmp_path / "two"
    assert main([*taught, "--size", "32", "--out", str(one)]) in (0, 1)
    command = [sys.executable, "-W", "ignore", "-c", TWO_DEVICES, *taught, "--size", "32",
               "--out", str(two), "--devices", "2"]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert two.exists(), done.stderr[-2000:]
    first, second = (
        float((run / "history.csv").read_text().splitlines()[1].split(",")[2]) for run in (one, two)
    )
    assert first > 1.5
    assert second == pytest.approx(first, rel=0.15)


def test_a_student_of_other_pictures_takes_hints_of_resized_ones(
    taught: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert main([*taught, "--size", "48x32", "--out", str(out)]) in (0, 1)
    notes = json.loads((out / "report.json").read_text())["notes"]
    assert any(one.startswith("hints: conv_3 of the teacher") for one in notes)
