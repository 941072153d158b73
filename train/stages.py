"""From pictures to a fitted network: from scratch, or head first and then part of the base."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .architectures import Network, architecture
from .batches import Batches
from .fit import Epoch, Fitted, Stage, Watched, fit
from .interrupt import Stop
from .options import TrainOptions
from .scoring import predict


@dataclass(frozen=True, slots=True)
class Labelled:
    """The pictures of one split, in memory."""

    pixels: npt.NDArray[np.uint8]
    """(n, height, width, 3), RGB, 0..255."""
    truth: npt.NDArray[np.int64]
    """(n,) label indices in output order."""


@dataclass(slots=True)
class Training:
    """What the stages did."""

    history: list[Epoch] = field(default_factory=list)
    best: dict[str, int] = field(default_factory=dict)
    """Stage: the epoch whose weights were kept; 0 is what the stage began with."""

    def add(self, stage: str, fitted: Fitted) -> None:
        """Append a stage."""
        self.history += fitted.history
        self.best[stage] = fitted.best


def train_network(
    keras: Any,
    network: Network,
    train: Labelled,
    select: Labelled,
    positive: int,
    options: TrainOptions,
    stop: Stop,
) -> Training:
    """Train what the options ask for; the network's model ends with the best weights.

    Args:
        keras: the module.
        network: as built; its frozen base is run once over every picture.
        train: what is learned from.
        select: what chooses the epoch.
        positive: index of the label that is looked for.
        options: resolved.
        stop: ends the training between two steps.
    """
    outputs = network.model.output_shape[-1]
    targets = one_hot(train.truth, outputs)
    assert options.epochs and options.learning_rate  # resolved
    patience = architecture(options.model).patience
    training = Training()

    def run(model: Any, batches: Batches, watched: Watched, stage: Stage) -> None:
        training.add(stage.name, fit(keras, model, batches, watched, stage, stop))

    if not options.frozen_base:
        run(
            network.model,
            Batches(train.pixels, targets, options.batch_size, options.seed, bool(options.augment)),
            Watched(select.pixels, select.truth, positive),
            Stage("train", options.epochs, patience, options.learning_rate),
        )
        return training

    for layer in network.base:
        layer.trainable = False
    run(
        network.head,
        Batches(features(network, train), targets, options.batch_size, options.seed),
        Watched(features(network, select), select.truth, positive),
        Stage("head", options.epochs, patience, options.learning_rate),
    )
    if options.fine_tune and training.history and not stop.asked:
        unfreeze(keras, network, options.fine_tune)
        run(
            network.model,
            Batches(train.pixels, targets, options.batch_size, options.seed, varied=True),
            Watched(select.pixels, select.truth, positive),
            Stage(
                "fine-tune",
                options.fine_tune_epochs,
                options.fine_tune_epochs,
                options.fine_tune_rate,
                cosine=True,
                keep_start=True,
            ),
        )
    return training


def features(network: Network, labelled: Labelled) -> npt.NDArray[np.float32]:
    """The frozen base's (n, features) for every picture, computed once."""
    print(f"computing the features of {len(labelled.truth)} pictures", file=sys.stderr)
    return predict(network.features, labelled.pixels)


def unfreeze(keras: Any, network: Network, fraction: float) -> None:
    """Make the upper `fraction` of the base trainable.

    Batch normalisations stay frozen, and with that in inference mode: their statistics come from
    over a million pictures, ours would come from 32.
    """
    kept = round(len(network.base) * (1 - fraction))
    for layer in network.base[kept:]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)


def one_hot(truth: npt.NDArray[np.int64], outputs: int) -> npt.NDArray[np.float32]:
    """(n, 1) of 0 and 1 for a sigmoid, (n, K) for a softmax."""
    if outputs == 1:
        return truth.astype(np.float32)[:, np.newaxis]
    return np.eye(outputs, dtype=np.float32)[truth]
