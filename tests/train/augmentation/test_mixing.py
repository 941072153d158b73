"""Two training pictures are made into one, and the label with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trucksight.train.augmentation.augment import Augmentation
from trucksight.train.augmentation.mixing import BLENDED, PASTED, PIECE, Mixture
from trucksight.train.fitting.batches import Batches

DARK, BRIGHT = (np.full((60, 80, 3), level, np.uint8) for level in (0, 200))


@pytest.fixture
def batches() -> Batches:
    """Twelve plain pictures of the level 20 x index, whose labels are 1 from the sixth on."""
    levels = np.arange(12, dtype=np.uint8) * 20
    inputs = np.tile(levels[:, None, None, None], (1, 16, 16, 3))
    targets = (np.arange(12) >= 6).astype(np.float32)[:, np.newaxis]
    none = Augmentation.from_names("none")
    return Batches(inputs, targets, 5, 0, True, none, mix=0.5)


def test_a_piece_covers_what_its_share_says() -> None:
    piece = Mixture(3, 1.0, left=0.25, top=0.5, width=0.5, height=0.25)
    mixed = piece(DARK, BRIGHT)
    assert (mixed[30:45, 20:60] == 200).all()
    assert mixed.sum() == 200 * 3 * 15 * 40
    assert piece.share == pytest.approx((mixed > 0).mean())
    assert not DARK.any()


def test_a_blend_is_as_bright_as_its_share_says() -> None:
    blend = Mixture(3, 0.25)
    assert (blend(DARK, BRIGHT) == 50).all()
    assert blend.share == 0.25


def test_what_is_drawn_lies_within_its_ranges() -> None:
    rng = np.random.default_rng(0)
    drawn = [Mixture.drawn(rng, 7) for _ in range(2000)]
    blends = [one for one in drawn if one.weight < 1]
    pieces = [one for one in drawn if one.weight == 1]
    assert {one.other for one in drawn} == set(range(7))
    assert len(pieces) / len(drawn) == pytest.approx(PASTED, abs=0.05)
    assert all(BLENDED[0] <= one.share <= BLENDED[1] for one in blends)
    assert PIECE[0] < np.median([one.share for one in pieces]) < PIECE[1]
    for one in pieces:
        assert 0 <= one.left <= one.left + one.width <= 1
        assert 0 <= one.top <= one.top + one.height <= 1
        assert one(DARK, BRIGHT).any()


def test_a_share_of_the_pictures_is_mixed_the_same_way_each_time(batches: Batches) -> None:
    asked = [(index, number) for index in range(12) for number in range(50)]
    mixtures = [batches.mixture(*one) for one in asked]
    assert mixtures == [batches.mixture(*one) for one in asked]
    assert np.mean([one is not None for one in mixtures]) == pytest.approx(0.5, abs=0.06)
    assert not any(replace(batches, mix=0.0).mixture(*one) for one in asked)
    assert all(replace(batches, mix=1.0).mixture(*one) for one in asked)


def test_a_target_is_mixed_as_the_picture_is(batches: Batches) -> None:
    between = 0
    for number in (1, 2, 3):
        for pictures, targets in batches.epoch(number):
            for picture, target in zip(pictures, targets, strict=True):
                levels, counts = np.unique(picture, return_counts=True)
                if len(levels) == 1 and levels[0] % 20 == 0:
                    continue
                between += 0 < target[0] < 1
                if len(levels) == 2:  # a piece: each level tells whose label it bears
                    shown = (counts * (levels >= 120)).sum() / counts.sum()
                    assert target[0] == pytest.approx(shown, abs=0.12)
    assert between > 3


def test_without_mixing_the_variations_are_what_they_were(batches: Batches) -> None:
    varied = replace(batches, augmentation=Augmentation(), mix=0.0)
    alike = [
        (varied.version(index, 4) == replace(varied, mix=0.5).version(index, 4)).all()
        for index in range(12)
    ]
    mixed = [replace(varied, mix=0.5).mixture(index, 4) is not None for index in range(12)]
    assert alike == [not one for one in mixed]
