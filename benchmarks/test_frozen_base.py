"""Training a head on a frozen base: the base's features are computed once, not once an epoch.

That every picture goes through the base exactly once is counted in
`tests/train/fitting/test_stages.py`;
here is what it saves.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from trucksight.benchmarks.paired import Report, Turns, ratio

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PAIRS = 3
FEW, MANY = 2, 12
MOST = (1 + MANY / FEW) / 2
"""With the base in every epoch the ratio would be near 6, with none of it in any near 1."""
SIZE = 96
PICTURES = 512


def test_twelve_epochs_cost_little_more_than_two(
    benchmark: BenchmarkFixture, report: Report, training: None
) -> None:
    from trucksight.train.architectures import Recipe, build
    from trucksight.train.fitting.interrupt import Stop
    from trucksight.train.fitting.stages import Labelled, train_network
    from trucksight.train.options import TrainOptions
    from trucksight.train.quiet import import_keras

    keras = import_keras()
    rng = np.random.default_rng(0)
    truth = np.arange(PICTURES) % 2
    pixels = rng.integers(0, 256, (PICTURES, SIZE, SIZE, 3)).astype(np.uint8)
    learned, watched = Labelled(pixels, truth), Labelled(pixels[:64], truth[:64])

    def seconds(epochs: int) -> float:
        keras.utils.set_random_seed(0)
        network = build("mobilenetv2", Recipe(SIZE, 1, 1.0, "none"))
        # The base's weights do not matter here; naming a file makes it a frozen one.
        options = TrainOptions(size=SIZE, weights="a-file", epochs=epochs).resolved()
        begun = time.perf_counter()
        done = train_network(keras, network, learned, watched, 1, options, Stop())
        taken = time.perf_counter() - begun
        assert len(done.history) == epochs
        return taken

    seconds(1)  # the first training in a process also sets TensorFlow up
    turns = Turns(lambda: seconds(MANY), lambda: seconds(FEW))
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    times = ratio(turns.a, turns.b)
    report(
        f"frozen base: {MANY} epochs {np.median(turns.a):.1f} s, {FEW} epochs"
        f" {np.median(turns.b):.1f} s, ratio {times}, at most {MOST:.1f}",
        ratio=times,
    )
    assert times.median <= MOST
