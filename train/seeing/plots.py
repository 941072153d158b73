"""What the first layer looks for, and what layers make of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..taps import Passed, tapped, trace
from .gradcam import AFTER, CONVOLUTIONS, target_layer

MOST_FILTERS = 64
MOST_MAPS = 16
"""Channels of a layer that are shown: those whose map varies most over the picture."""
DEAD = 1e-6
"""A filter with no weight above it does nothing."""
MAP_LAYERS = 4
"""Layers that are shown where none is named."""
SHOWN_KINDS = (*CONVOLUTIONS, *AFTER)
"""Of those; what pads or pools shows nothing new."""


def first_filters(model: Any) -> tuple[str, npt.NDArray[np.float32]] | None:
    """The kernels of the first convolution; None where there is none.

    Returns:
        the layer's name and (rows, columns, input channels, filters).
    """
    for one in trace(model):
        kernel = getattr(one.leaf.layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 4:
            return one.leaf.name, np.asarray(kernel, np.float32)
    return None


def draw_filters(file: Path, name: str, kernels: npt.NDArray[np.float32]) -> None:
    """Write the filters as a PNG, each on its own scale: grey is 0, of colour pictures its colours.

    Args:
        file: to write.
        name: of the layer.
        kernels: (rows, columns, channels, filters); other than 3 channels are averaged.
    """
    shown = min(kernels.shape[3], MOST_FILTERS)
    columns = min(8, shown)
    rows = math.ceil(shown / columns)
    figure = Figure(figsize=(columns * 0.95, rows * 1.05 + 0.5), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    for index, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if index >= shown:
            continue
        kernel = kernels[..., index]
        if kernel.shape[2] != 3:
            kernel = kernel.mean(axis=2, keepdims=True).repeat(3, axis=2)
        largest = max(float(np.abs(kernel).max()), DEAD)
        axes.imshow(0.5 + kernel / (2 * largest), interpolation="nearest")
        scale = f"±{largest:.2g}" if largest > DEAD else "0"
        axes.set_title(f"{index}: {scale}", fontsize=7, pad=2)
    of = "" if shown == kernels.shape[3] else f" ({shown} of {kernels.shape[3]})"
    size = f"{kernels.shape[0]}x{kernels.shape[1]}"
    figure.suptitle(f"filters of {name}, {size}{of}", fontsize=10, parse_math=False)
    figure.savefig(file, metadata={"Software": None})


def map_layers(model: Any, names: Sequence[str] = ()) -> list[Passed]:
    """The layers whose feature maps are shown.

    Args:
        model: Keras.
        names: which; none: the last one of each size of map, evenly chosen from early to late.

    Raises:
        UsageError: a name is unknown or has no maps.
    """
    if names:
        return [target_layer(model, name) for name in names]
    by_size: dict[tuple[int, ...], Passed] = {}
    for one in trace(model):
        if one.leaf.kind in SHOWN_KINDS and len(one.output_shape) == 4 and one.output_shape[1] > 1:
            by_size[one.output_shape[1:3]] = one
    found = list(by_size.values())
    if len(found) <= MAP_LAYERS:
        return found
    return [found[round(i)] for i in np.linspace(0, len(found) - 1, MAP_LAYERS)]


def feature_maps(
    model: Any, layers: Sequence[Passed], pixels: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[np.float32]]:
    """What layers give for one picture.

    Args:
        pixels: (1, height, width, 3), RGB, 0..255.

    Returns:
        by the layer's name: (rows, columns, channels).
    """
    held: dict[str, npt.NDArray[np.float32]] = {}

    def tap(one: Passed) -> tuple[Any, Any]:
        def seen(_: Any, output: Any) -> None:
            held[one.leaf.name] = np.asarray(output, np.float32)[0]

        return one.leaf.layer, seen

    with tapped([tap(one) for one in {id(one.leaf.layer): one for one in layers}.values()]):
        model(pixels, training=False)
    return held


def draw_feature_maps(
    file: Path, picture_rgb: npt.NDArray[np.uint8], maps: dict[str, npt.NDArray[np.float32]]
) -> None:
    """Write a PNG with a row for each layer: what its liveliest channels give.

    Args:
        file: to write.
        picture_rgb: (height, width, 3), the model's input.
        maps: see `feature_maps`.
    """
    columns = min(8, MOST_MAPS)
    lines = MOST_MAPS // columns
    heights = [1.6] + [lines] * len(maps)
    figure = Figure(figsize=(8.4, 1.05 * sum(heights) + 0.5), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    parts = figure.subfigures(len(maps) + 1, 1, height_ratios=heights, squeeze=False)[:, 0]
    axes = parts[0].subplots()
    axes.imshow(picture_rgb)
    axes.set_axis_off()
    for part, (name, values) in zip(parts[1:], maps.items(), strict=True):
        order = np.argsort(-values.std(axis=(0, 1)), kind="stable")[:MOST_MAPS]
        size = "x".join(map(str, values.shape))
        part.suptitle(
            f"{name}, {size}: the {len(order)} channels that vary most",
            fontsize=8,
            parse_math=False,
        )
        for index, cell in enumerate(part.subplots(lines, columns).flat):
            cell.set_axis_off()
            if index < len(order):
                cell.imshow(values[..., order[index]], cmap="viridis", interpolation="nearest")
                cell.set_title(f"{order[index]}", fontsize=6, pad=1)
    figure.savefig(file, metadata={"Software": None})
