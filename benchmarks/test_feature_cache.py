"""An epoch on features that were computed once, beside one that runs the frozen base again.

That features come from the disk, and when they do not, is tested in
`tests/train/fitting/test_feature_cache.py`; here is what they save.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trucksight.benchmarks.paired import Report, Turns, ratio
from trucksight.runtime.contract import InputContract

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PAIRS = 3
EPOCHS = 6
LEAST = 20
SIZE = 224
PICTURES, SELECT = 192, 64


def test_an_epoch_on_kept_features_is_twenty_times_faster(
    benchmark: BenchmarkFixture, report: Report, training: None, tmp_path: Path
) -> None:
    from trucksight.train.architectures import Recipe, build
    from trucksight.train.fitting.feature_cache import FeatureCache
    from trucksight.train.fitting.frozen import features
    from trucksight.train.fitting.interrupt import Stop
    from trucksight.train.fitting.stages import Aids, Labelled, train_network
    from trucksight.train.options import TrainOptions
    from trucksight.train.quiet import import_keras

    keras = import_keras()
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    truth = np.arange(PICTURES) % 2
    pixels = rng.integers(0, 256, (PICTURES, SIZE, SIZE, 3)).astype(np.uint8)
    names = [f"{number:064x}" for number in range(PICTURES)]
    learned = Labelled(pixels, truth, names)
    watched = Labelled(pixels[:SELECT], truth[:SELECT], names[:SELECT])
    # The base's weights do not matter here; naming a file makes it a frozen one.
    options = TrainOptions(size=SIZE, width=1.0, weights="a-file", epochs=EPOCHS).resolved()
    network = build("mobilenetv2", Recipe(SIZE, 1, 1.0, "none"))
    aids = Aids(cache=FeatureCache(tmp_path, InputContract(width=SIZE, height=SIZE)))

    def after_the_first() -> float:
        """Seconds of an epoch on features that come from the disk."""
        done = train_network(keras, network, learned, watched, 1, options, Stop(), aids)
        return float(np.median([epoch.seconds for epoch in done.history[1:]]))

    def with_the_base() -> float:
        """The same epoch with the base before it."""
        begun = time.perf_counter()
        for one in (learned, watched):
            features(network, one)
        return time.perf_counter() - begun + after_the_first()

    with_the_base()  # the first time in a process also sets TensorFlow up
    turns = Turns(with_the_base, after_the_first)
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    times = ratio(turns.a, turns.b)
    report(
        f"feature cache: an epoch with the base {np.median(turns.a):.2f} s, on kept features"
        f" {np.median(turns.b):.3f} s, ratio {times}, at least {LEAST}",
        ratio=times,
    )
    assert times.median >= LEAST
