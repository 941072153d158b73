"""The worst mistakes, as a list and as a sheet: a sure mistake can be a wrong label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.errors import OutputError, PictureError
from ...runtime.files import write_atomically
from ...runtime.lettering import Colour, draw_text, text_width
from ...runtime.picture import read_picture
from ..threads import parallel
from .sample import Sample

MOST = 24
"""Mistakes that are listed."""
COLUMNS = 4
CELL_WH = (300, 210)
"""Room for a picture, pixels."""
_LETTERS = 15
_LINES = 3
_INK: Colour = (40, 34, 28)
_FALSE: Colour = (0, 94, 213)
_PAGE = 250


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture whose answer is wrong."""

    path: Path
    truth: str
    answer: str
    score: float
    """Of the positive label."""
    loss: float
    """Cross-entropy of that score, nats: how sure the mistake was."""

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "path": str(self.path),
            "truth": self.truth,
            "answer": self.answer,
            "score": round(self.score, 6),
            "loss": round(self.loss, 4),
        }


def worst(sample: Sample, most: int = MOST) -> list[Mistake]:
    """The wrong answers, the surest first."""
    loss = -np.log(np.where(sample.positive, sample.inside, 1 - sample.inside))
    wrong = np.flatnonzero(~sample.right)
    order = wrong[np.argsort(-loss[wrong], kind="stable")][:most]
    return [
        Mistake(
            sample.paths[index],
            sample.labels[sample.truth[index]],
            sample.labels[sample.answers[index]],
            float(sample.scores[index]),
            float(loss[index]),
        )
        for index in order
    ]


def write_sheet(file: Path, mistakes: Sequence[Mistake], positive: str) -> None:
    """Write a JPEG of the mistakes with label, answer, score and file name; at least one mistake.

    Raises:
        OutputError: it cannot be written.
    """
    cells = parallel(lambda one: _cell(one, positive), mistakes)
    columns = min(COLUMNS, len(cells))
    blank = np.full_like(cells[0], _PAGE)
    cells += [blank] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    good, data = cv2.imencode(".jpg", np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not good:
        raise OutputError(f"OpenCV cannot encode {file.name}")
    write_atomically(file, data.tobytes())


def _cell(mistake: Mistake, positive: str) -> npt.NDArray[np.uint8]:
    width, height = CELL_WH
    gap, line = 8, _LETTERS + 5
    cell = np.full((height + _LINES * line + 2 * gap, width + 2 * gap, 3), _PAGE, np.uint8)
    try:
        picture = read_picture(mistake.path)
    except PictureError:
        picture = np.full((height, width, 3), 120, np.uint8)
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner_w = max(1, round(picture.shape[1] * scale))
    inner_h = max(1, round(picture.shape[0] * scale))
    left, top = gap + (width - inner_w) // 2, gap + height - inner_h
    inner = cv2.resize(picture, (inner_w, inner_h), interpolation=cv2.INTER_AREA)
    cell[top : top + inner_h, left : left + inner_w] = inner
    below = gap + height + line
    told = (
        (f"labelled {mistake.truth}", _INK),
        (f"called {mistake.answer}, {positive} {mistake.score:.3f}", _FALSE),
        (str(Path(*mistake.path.parts[-3:])), _INK),
    )
    for number, (text, colour) in enumerate(told):
        size = _LETTERS if number < _LINES - 1 else _LETTERS - 3
        fitted = _shortened(text, size, width)
        draw_text(cell, fitted, (gap, below + number * line), colour, size)
    return cell


def _shortened(text: str, size: int, width: int) -> str:
    """Its end, which tells files apart."""
    kept = text
    while text_width(kept, size) > width:
        kept = "..." + kept.removeprefix("...")[1:]
    return kept
