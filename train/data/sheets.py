"""Contact sheets of training data: suspected pairs, and pictures with what varies them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract, model_input
from ...runtime.picture import read_picture
from ...runtime.scenes.sheet import contact_sheet
from ..augmentation.augment import Augmentation
from ..augmentation.mixing import Mixture
from .findings import Alike
from .splits import Candidate

MOST_PAIRS = 60
"""On one sheet; leaks and conflicts first."""
PAIRS_A_ROW = 3
CELL_WH = (240, 180)
ROWS = 6
"""Pictures on the sheet of variations."""
WHOLE = 3
"""Columns in which all effects do their work as in a training."""
MIXED = 2
"""Columns of pictures that are mixed with another of the sheet, as by `--mix`."""
SIDE = 224
"""Pixels of a varied picture."""
QUALITY = 88

Pixels = npt.NDArray[np.uint8]


def pairs_sheet(alike: Sequence[Alike]) -> bytes:
    """The suspected pairs side by side, as a JPEG.

    Args:
        alike: at least one; the pictures are read again.
    """
    order = sorted(alike, key=lambda one: (not one.leaks, not one.conflicts, one.kind == "copy"))
    cells: list[Pixels] = []
    texts: list[str] = []
    for one in order[:MOST_PAIRS]:
        for path, split, label in zip(one.paths, one.splits, one.labels, strict=True):
            cells.append(read_picture(path))
            texts.append(f"{_fault(one)} {split}/{label}")
    return _jpeg(contact_sheet(cells, 2 * PAIRS_A_ROW, CELL_WH, texts))


def some_of_each(candidates: Sequence[Candidate]) -> list[Path]:
    """ROWS pictures, of the classes in turn, spread over the set."""
    by_label: dict[str, list[Path]] = {}
    for one in candidates:
        by_label.setdefault(one.label, []).append(one.path)
    turns = -(-ROWS // len(by_label))
    chosen = [
        paths[(2 * turn + 1) * len(paths) // (2 * turns)]
        for turn in range(turns)
        for paths in by_label.values()
    ]
    return chosen[:ROWS]


def varied_sheet(paths: Sequence[Path], augmentation: Augmentation, seed: int) -> bytes:
    """A row a picture: as it is, by each effect alone, by all together, and mixed with another.

    As a JPEG.
    """
    contract = InputContract(width=SIDE, height=SIDE)
    pictures = [model_input(read_picture(path), contract)[0] for path in paths]
    cells: list[Pixels] = []
    texts: list[str] = []
    for row, picture in enumerate(pictures):
        cells.append(picture)
        texts.append("as it is")
        for column, name in enumerate(augmentation.names):
            cells.append(
                augmentation.alone(name, picture, np.random.default_rng((seed, row, column)))
            )
            texts.append(name)
        for turn in range(WHOLE):
            cells.append(augmentation(picture, np.random.default_rng((seed, row, 1000 + turn))))
            texts.append("all together")
        for turn in range(MIXED):
            rng = np.random.default_rng((seed, row, 2000 + turn))
            mixture = Mixture.drawn(rng, len(pictures))
            both = (augmentation(one, rng) for one in (picture, pictures[mixture.other]))
            cells.append(mixture(*both))
            texts.append("mixed")
    columns = 1 + len(augmentation.names) + WHOLE + MIXED
    turned = [np.asarray(cell[:, :, ::-1], np.uint8) for cell in cells]
    return _jpeg(contact_sheet(turned, columns, (SIDE, SIDE), texts))


def _fault(one: Alike) -> str:
    if one.leaks:
        return "leak"
    return "conflict" if one.conflicts else one.kind


def _jpeg(sheet: Pixels) -> bytes:
    _, encoded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()
