"""Weights of a network of `keras.applications`: ImageNet's, a file's, or none."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import UsageError


@dataclass(frozen=True, slots=True)
class Source:
    """Which network the weights are for."""

    application: str
    """Its name in `keras.applications`."""
    options: Mapping[str, Any]
    """Of the application, width among them."""
    shape: tuple[int, int, int]
    """(height, width, 3) of its input."""
    width: float | None
    """Share of the channels; None where it has one width only."""
    imagenet_widths: tuple[float, ...]

    @property
    def title(self) -> str:
        """What a message calls it."""
        return self.application + ("" if self.width is None else f" of width {self.width}")

    def build(self, keras: Any, weights: str | None) -> Any:
        """The network without its top."""
        application = getattr(keras.applications, self.application)
        return application(
            input_shape=self.shape, include_top=False, weights=weights, **self.options
        )


def pretrained(keras: Any, source: Source, weights: str) -> Any:
    """The network with its weights; None where it begins at random.

    Args:
        keras: the module.
        source: which network.
        weights: `imagenet`, `none` or a file.

    Raises:
        UsageError: the weights cannot be had or are not of this network.
    """
    if weights == "none":
        return None
    if weights == "imagenet":
        return _imagenet(keras, source)
    return _from_file(keras, source, Path(weights))


@contextlib.contextmanager
def keras_applications() -> Iterator[None]:
    """What Keras says while it builds such a network or reads its weights, where it belongs."""
    # It tells of a download on stdout, which is for results.
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        # Where there are weights for several sizes, any other takes those of 224; so do we: all
        # layers are convolutions.
        warnings.filterwarnings("ignore", message=".input_shape. is undefined or non-square")
        # A file of an older Keras: it misses containers that hold no weights.
        warnings.filterwarnings("ignore", message="Skipping nested container")
        yield


def _imagenet(keras: Any, source: Source) -> Any:
    if source.width is not None and source.width not in source.imagenet_widths:
        raise UsageError(
            f"there are no ImageNet weights of width {source.width}; choose --width from"
            f" {', '.join(map(str, source.imagenet_widths))}, or --weights none or a file"
        )
    with keras_applications():
        try:
            return source.build(keras, "imagenet")
        except Exception as exc:  # Keras raises a plain Exception for a failed download
            raise UsageError(
                f"the ImageNet weights of {source.title} could not be had ({exc}); check the"
                " network, give a file with --weights FILE, or train from scratch with"
                " --weights none"
            ) from exc


def _from_file(keras: Any, source: Source, file: Path) -> Any:
    if not file.is_file():
        raise UsageError(f"no weights file at {file}; --weights takes imagenet, none or a file")
    base = source.build(keras, None)
    before = base.get_weights()
    misfit = f"{file} does not hold the weights of {source.title} without its top" + (
        "" if source.width is None else "; give --width as the file has it"
    )
    found, expected = _numbers_in(file), sum(_size(weight) for weight in before)
    if found not in (None, expected):
        raise UsageError(f"{misfit} (it holds {found:,} numbers, not {expected:,})")
    try:
        with keras_applications():
            base.load_weights(str(file))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageError(f"{misfit} ({' '.join(str(exc).split())[:120]})") from exc
    for old, new in zip(before, base.get_weights(), strict=True):
        if old.ndim == 4 and np.array_equal(old, new):
            raise UsageError(f"{misfit} (a kernel of shape {old.shape} is not in it)")
    return base


def _numbers_in(file: Path) -> int | None:
    """How many weights an HDF5 file holds, an optimiser's aside; None for another kind of file.

    Keras reads what it looks for and is silent about the rest, such as a top.
    """
    import h5py

    if not h5py.is_hdf5(file):
        return None
    found = 0

    def count(name: str, item: Any) -> None:
        nonlocal found
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
            found += _size(item)

    with h5py.File(file, "r") as content:
        content.visititems(count)
    return found


def _size(array: Any) -> int:
    """Its numbers; 0 for counters, which some versions of Keras keep and others do not."""
    return int(array.size) if array.ndim and array.dtype.kind == "f" else 0
