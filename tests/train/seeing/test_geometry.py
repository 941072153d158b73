"""A place in the model's input is the same place in the picture, whatever the fit."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from trucksight.runtime.contract import InputContract, model_input
from trucksight.train.seeing.geometry import on_picture, rects


@pytest.mark.parametrize("fit", ["stretch", "letterbox", "centre"])
@pytest.mark.parametrize("size_wh", [(90, 50), (50, 90), (64, 64), (33, 71)])
def test_a_mark_comes_back_to_where_it_was(
    fit: Literal["stretch", "letterbox", "centre"], size_wh: tuple[int, int]
) -> None:
    contract = InputContract(32, 32, fit=fit)
    width, height = size_wh
    x, y = width // 2 + 5, height // 2 - 6
    picture = np.zeros((height, width, 3), np.uint8)
    picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    seen = model_input(picture, contract)[0, :, :, 0].astype(np.float32)
    seen[seen == 127] = 0  # the padding of letterbox
    back = on_picture(seen, contract, size_wh)
    assert back.shape == (height, width)
    rows, columns = np.indices(back.shape)
    centre = np.array([(columns * back).sum(), (rows * back).sum()]) / back.sum()
    assert centre == pytest.approx([x, y], abs=1)


def test_what_centre_cuts_away_holds_no_evidence() -> None:
    contract = InputContract(32, 32, fit="centre")
    back = on_picture(np.ones((4, 4), np.float32), contract, (80, 40))
    assert back[:, 20:60].min() == pytest.approx(1)
    assert back[:, :20].max() == back[:, 60:].max() == 0


def test_the_padding_of_letterbox_is_no_part_of_the_picture() -> None:
    _, inner = rects(InputContract(32, 32, fit="letterbox"), (80, 40))
    assert (inner.left, inner.top, inner.width, inner.height) == (0, 8, 32, 16)
    heat = np.zeros((32, 32), np.float32)
    heat[:8] = 1
    assert on_picture(heat, InputContract(32, 32, fit="letterbox"), (80, 40)).sum() == 0
