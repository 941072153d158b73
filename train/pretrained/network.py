"""Networks as they come from ImageNet: their labels, their trucks, their features.

They read pictures through the same `model_input` as everything else here, and then Keras' own
`preprocess_input`, which knows what each was trained on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract
from ...runtime.errors import UsageError
from ..architectures.weights import keras_applications
from ..data.dataset import read_all
from ..data.folders import find_pictures
from ..data.labels import choose_positive
from ..quiet import import_keras
from ..run_folder import Example
from ..scores.metrics import Metrics, measure
from ..scores.scoring import BATCH, load_pixels, predict
from .imagenet import CLASSES, TRUCKS

DEFAULT_WIDTHS = {"MobileNetV2": 1.0, "MobileNetV3Small": 1.0, "MobileNetV3Large": 1.0}


class Row(NamedTuple):
    """One network of `keras.applications`."""

    application: str
    module: str
    """Of `keras.applications`; has `preprocess_input`."""
    size: int = 224
    """Side of its input, pixels."""


NETWORKS: Mapping[str, Row] = {
    "mobilenetv2": Row("MobileNetV2", "mobilenet_v2"),
    "mobilenetv3small": Row("MobileNetV3Small", "mobilenet_v3"),
    "mobilenetv3large": Row("MobileNetV3Large", "mobilenet_v3"),
    "efficientnetb0": Row("EfficientNetB0", "efficientnet"),
    "efficientnetv2b0": Row("EfficientNetV2B0", "efficientnet_v2"),
    "resnet50": Row("ResNet50", "resnet"),
    "vgg16": Row("VGG16", "vgg16"),
    "vgg19": Row("VGG19", "vgg19"),
    "inceptionv3": Row("InceptionV3", "inception_v3", 299),
    "densenet121": Row("DenseNet121", "densenet"),
    "xception": Row("Xception", "xception", 299),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which network."""

    name: str = "mobilenetv2"
    """A key of NETWORKS."""
    weights: str = "imagenet"
    """Or a file, with the top for labels and without it for features."""
    width: float | None = None
    """Share of the channels, of the MobileNets."""
    size: int | None = None
    """Side of the input, pixels; None: what it was trained at."""

    def __post_init__(self) -> None:
        if self.name not in NETWORKS:
            raise UsageError(f"no network {self.name!r}; known: {', '.join(NETWORKS)}")
        row = NETWORKS[self.name]
        if self.width is not None and row.application not in DEFAULT_WIDTHS:
            raise UsageError(f"{self.name} has one width only; leave out --width")
        if self.size is not None and not 32 <= self.size <= 1024:
            raise UsageError(f"--size must be 32 to 1024, not {self.size}")

    @property
    def contract(self) -> InputContract:
        """How a picture becomes its input."""
        side = self.size or NETWORKS[self.name].size
        return InputContract(width=side, height=side)


class Pretrained:
    """A network with its weights."""

    def __init__(self, asked: Asked, top: bool) -> None:
        """Build it and load its weights.

        Args:
            asked: which.
            top: give the probabilities of a thousand classes; else features.

        Raises:
            UsageError: the weights cannot be had or do not fit.
        """
        self.keras = import_keras()
        self.contract = asked.contract
        row = NETWORKS[asked.name]
        self._scale = import_module(f"keras.applications.{row.module}").preprocess_input
        self._model = _build(self.keras, row, asked, top)

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(n, 1000) probabilities, or (n, features), of (n, height, width, 3) RGB, 0..255."""
        return predict(self._model, self._scale(pixels.astype(np.float32)))


def _build(keras: Any, row: Row, asked: Asked, top: bool) -> Any:
    choices: dict[str, Any] = {"classes": CLASSES} if top else {"include_top": False}
    if row.application in DEFAULT_WIDTHS:
        choices["alpha"] = asked.width or DEFAULT_WIDTHS[row.application]
    if not top:
        choices["pooling"] = "avg"
    make = getattr(keras.applications, row.application)
    shape = (asked.contract.height, asked.contract.width, 3)
    what = f"{row.application} {'with' if top else 'without'} its top"
    if asked.weights != "imagenet" and not Path(asked.weights).is_file():
        raise UsageError(
            f"no weights file at {asked.weights}; --weights takes imagenet or a file of {what}"
        )
    with keras_applications():
        try:
            if asked.weights == "imagenet":
                return make(input_shape=shape, weights="imagenet", **choices)
            model = make(input_shape=shape, weights=None, **choices)
            model.load_weights(asked.weights)
            return model
        except Exception as exc:  # Keras raises a plain Exception for a failed download
            raise UsageError(
                f"the weights of {what} could not be had from {asked.weights}"
                f" ({' '.join(str(exc).split())[:160]}); give a file of them with --weights FILE"
                " and its --width"
            ) from exc


def likeliest(
    probabilities: npt.NDArray[np.float32], names: Sequence[str], top: int
) -> list[list[tuple[str, float]]]:
    """Of each picture the `top` likeliest classes and their probabilities, the likeliest first."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    return [
        [(names[index], float(row[index])) for index in indices]
        for row, indices in zip(probabilities, order, strict=True)
    ]


def truck_probability(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n,) the sum over ImageNet's truck classes of (n, 1000)."""
    return np.asarray(probabilities[:, list(TRUCKS)].sum(axis=1).clip(0, 1), np.float32)


def examples_of(folder: Path, split: str | None = None) -> list[Example]:
    """The readable pictures of class folders, of all splits or one.

    Raises:
        DataError: no pictures, or a class without a readable one.
        UsageError: no such split folder.
    """
    found = find_pictures([folder])
    if split is not None:
        found = [one for one in found if one.given == split]
        if not found:
            raise UsageError(f"{folder} has no {split} folder")
    readable, skipped = read_all(found)
    for one in skipped:
        print(f"{one.path} is left out: {one.reason}", file=sys.stderr)
    return [Example(one.path, one.label, "holdout", one.sha256, "") for one in readable]


def outputs_of(network: Pretrained, examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    """What the network gives for every picture, in memory for one batch at a time."""

    def parts() -> Iterator[npt.NDArray[np.float32]]:
        for start in range(0, len(examples), BATCH):
            yield network(load_pixels(examples[start : start + BATCH], network.contract))

    return np.concatenate(list(parts()))


def baseline(
    network: Pretrained, examples: Sequence[Example], threshold: float, positive: str | None = None
) -> Metrics:
    """How well ImageNet's truck classes tell the positive class from the rest, without training.

    Args:
        network: with its top.
        examples: of two classes or more.
        threshold: of the truck classes' summed probability, in (0, 1); nothing is fitted.
        positive: the class of trucks; None: see `choose_positive`.
    """
    labels = sorted({one.label for one in examples})
    truck, _ = choose_positive(labels, positive)
    others = [label for label in labels if label != truck]
    truth = np.array([one.label == truck for one in examples], np.int64)
    scores = truck_probability(outputs_of(network, examples)).astype(np.float64)
    names = (others[0] if len(others) == 1 else f"no_{truck}", truck)
    return measure(truth, np.column_stack([1 - scores, scores]), names, truck, threshold)
