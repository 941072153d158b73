"""One process that feeds pictures from a folder as a training would; prints what it took.

    python -m trucksight.benchmarks.feeding trucksight|keras FOLDER [--epochs 1] [--varied]

Both decode class folders, bring the pictures to SIZE pixels by bilinear resampling (Keras knows no
other that a contract has), shuffle them and hand them out in batches. `trucksight` keeps no more
than IN_MEMORY bytes of pixels in memory. Varied, both zoom, flip, and change brightness and
contrast.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CORES = 2
SIZE = 224
BATCH = 32
IN_MEMORY = 16 << 20
SAME_WORK = "crop,flip,light"


def main() -> None:
    """Parse, feed, print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("feeder", choices=("trucksight", "keras"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--varied", action="store_true")
    args = parser.parse_args()
    # Before TensorFlow counts the processors for its pools of threads.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    feed = _trucksight if args.feeder == "trucksight" else _keras
    epochs = feed(args.folder, args.varied)
    begun, begun_cpu, pictures, peak_kib = time.perf_counter(), time.process_time(), 0, 0
    for _ in range(args.epochs):
        for batch in next(epochs):
            pictures += int(batch.shape[0])
            peak_kib = max(peak_kib, _own_memory_kib())
    taken = {
        "pictures": pictures,
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - begun_cpu,
        "peak_mib": peak_kib / 1024,
    }
    print(json.dumps(taken))


def _trucksight(folder: Path, varied: bool) -> Iterator[Iterator[Any]]:
    """Epochs of batches; what is imported and hashed before is not timed, the rest is."""
    import numpy as np
    import numpy.random  # which NumPy would otherwise import at the first batch

    from ..runtime.contract import InputContract
    from ..runtime.files import sha256_file
    from ..train.augmentation.augment import Augmentation
    from ..train.data.folders import find_pictures
    from ..train.fitting.batches import Batches
    from ..train.run_folder import Example
    from ..train.scores.scoring import load_pixels

    examples = [
        Example(one.root / one.path, one.label, "train", sha256_file(one.root / one.path), "")
        for one in find_pictures([folder])
    ]
    contract = InputContract(width=SIZE, height=SIZE, resampling="bilinear")

    def feed() -> Iterator[Iterator[Any]]:
        pixels = load_pixels(examples, contract, IN_MEMORY)
        targets = np.zeros((len(examples), 1), np.float32)
        augmentation = Augmentation.from_names(SAME_WORK)
        batches = Batches(pixels, targets, BATCH, 0, varied, augmentation)
        number = 0
        while True:
            number += 1
            yield (inputs for inputs, _ in batches.epoch(number))

    return feed()


def _keras(folder: Path, varied: bool) -> Iterator[Iterator[Any]]:
    """The same with what Keras brings, its decoding ahead of the reader included."""
    import tensorflow as tf

    from ..train.quiet import import_keras

    keras = import_keras()
    layers = [
        keras.layers.RandomZoom((-0.25, 0.0), seed=1),
        keras.layers.RandomFlip("horizontal", seed=1),
        keras.layers.RandomBrightness(0.1, seed=1),
        keras.layers.RandomContrast(0.25, seed=1),
    ]

    def vary(pictures: Any) -> Any:
        for layer in layers:
            pictures = layer(pictures, training=True)
        return pictures

    def feed() -> Iterator[Iterator[Any]]:
        pictures = keras.utils.image_dataset_from_directory(
            folder,
            label_mode=None,
            image_size=(SIZE, SIZE),
            batch_size=BATCH,
            seed=0,
            verbose=False,
        )
        if varied:
            pictures = pictures.map(vary, num_parallel_calls=tf.data.AUTOTUNE)
        while True:
            yield iter(pictures.prefetch(tf.data.AUTOTUNE))

    return feed()


def _own_memory_kib() -> int:
    """Memory that no file stands behind: what the kernel cannot take back when it is short."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise OSError("/proc/self/status has no RssAnon; a kernel before 4.5")


if __name__ == "__main__":
    main()
