"""Every effect varies a picture the same way for the same seed, and leaves it recognisable."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.augmentation.augment import EFFECTS, Augmentation, Effect
from trucksight.train.augmentation.weather import DARKEST

Picture = npt.NDArray[np.uint8]
ALL = Augmentation()


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def likeness(one: Picture, other: Picture) -> float:
    """Correlation of the grey levels."""
    return float(np.corrcoef(one.mean(axis=2).ravel(), other.mean(axis=2).ravel())[0, 1])


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_keeps_shape_range_and_its_input(name: str, roads: list[Picture]) -> None:
    for shape in ((160, 256), (32, 32), (33, 61)):
        picture = np.ascontiguousarray(roads[0][: shape[0], : shape[1]])
        before = picture.copy()
        for seed in range(8):
            varied = ALL.alone(name, picture, rng(seed))
            assert varied.shape == picture.shape
            assert varied.dtype == np.uint8
            assert not np.shares_memory(varied, picture)
        assert (picture == before).all()


@pytest.mark.parametrize("name", EFFECTS)
def test_the_generator_decides_everything(name: str, roads: list[Picture]) -> None:
    first, again = (ALL.alone(name, roads[2], rng(5)) for _ in range(2))
    assert (first == again).all()
    assert (first != roads[2]).any()


@pytest.mark.parametrize("name", [name for name in EFFECTS if name not in ("crop", "flip")])
def test_the_picture_stays_recognisable(name: str, roads: list[Picture]) -> None:
    for seed, road in enumerate(roads):
        assert likeness(road, ALL.alone(name, road, rng(seed))) > 0.6, seed


@pytest.mark.parametrize("name", ["dusk", "night"])
def test_nothing_is_dimmed_until_it_cannot_be_seen(name: str, roads: list[Picture]) -> None:
    dark = (roads[0] // 4).astype(np.uint8)
    for seed in range(8):
        later = ALL.alone(name, roads[0], rng(seed))
        assert 0.8 * DARKEST < later.mean() < 0.8 * roads[0].mean()
        assert ALL.alone(name, dark, rng(seed)).mean() > 0.8 * min(DARKEST, float(dark.mean()))


def test_night_keeps_lamps_and_darkens_the_sky(roads: list[Picture]) -> None:
    road = np.full((120, 160, 3), 90, np.uint8)
    road[:30] = 245
    road[80:83, 60:63] = 255
    night = ALL.alone("night", road, rng(1))
    assert night[81, 61].mean() > 150
    assert night[:20].mean() < 150


def test_fog_takes_more_contrast_far_away_than_near() -> None:
    stripes = np.zeros((200, 200, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = 200
    for seed in range(5):
        foggy = ALL.alone("fog", stripes, rng(seed)).astype(np.float64)
        assert foggy[20:40].std() < 0.7 * foggy[-20:].std()


def test_rain_leaves_bright_streaks_on_a_dark_ground() -> None:
    ground = np.full((120, 160, 3), 70, np.uint8)
    rainy = ALL.alone("rain", ground, rng(0)).mean(axis=2)
    streaks = rainy > np.median(rainy) + 15
    assert 0.005 < streaks.mean() < 0.25


def test_jpeg_leaves_blocks_of_eight(roads: list[Picture]) -> None:
    row = np.tile(np.linspace(0, 255, 256), (64, 1))
    slope = np.repeat(row[:, :, np.newaxis], 3, axis=2).astype(np.uint8)
    noisy = np.clip(slope + rng(0).normal(0, 12, slope.shape), 0, 255).astype(np.uint8)
    steps = np.abs(np.diff(ALL.alone("jpeg", noisy, rng(0)).astype(int).mean(axis=2), axis=1))
    at_edges = steps[:, 7::8].mean()
    inside = np.delete(steps, np.s_[7::8], axis=1).mean()
    assert at_edges > 1.1 * inside


def test_a_strength_of_nothing_changes_next_to_nothing(roads: list[Picture]) -> None:
    for name, row in EFFECTS.items():
        if name in ("flip", "jpeg"):
            continue
        varied = row.apply(roads[0], rng(3), 0.0).astype(int)
        assert np.abs(varied - roads[0]).mean() < 1.0, name


@pytest.mark.parametrize(("least", "steepest"), [(0.35, 0.18), (0.675, 0.09)])
def test_a_wider_crop_leaves_the_area_and_stretches_the_sides_as_it_is_told(
    least: float, steepest: float
) -> None:
    across = np.tile(np.linspace(0, 255, 200, dtype=np.uint8), (200, 1))
    slopes = np.dstack([across, across.T, across])  # red tells columns, green tells rows
    before = slopes.copy()
    wide = ALL.with_crop_area(least)
    areas, stretches = [], []
    for seed in range(300):
        varied = wide.alone("crop", slopes, rng(seed)).astype(float)
        assert varied.shape == slopes.shape
        width, height = np.ptp(varied[:, :, 0]) / 255, np.ptp(varied[:, :, 1]) / 255
        areas.append(width * height)
        stretches.append(np.log(height / width) / 2)
    assert (slopes == before).all()
    assert least - 0.02 < min(areas) < least + 0.05
    assert max(areas) > 0.95
    assert np.mean(areas) == pytest.approx((1 + least) / 2, abs=0.06)
    assert 0.7 * steepest < max(np.abs(stretches)) < 1.1 * steepest
    assert wide.names == ALL.names
    with pytest.raises(UsageError, match="for the effect crop, which is left out"):
        Augmentation.from_names("flip").with_crop_area(0.5)


def test_names_choose_effects_in_their_own_order() -> None:
    chosen = Augmentation.from_names("rain, flip")
    assert chosen.names == ("flip", "rain")
    assert Augmentation.from_names("all") == ALL
    assert Augmentation.from_names("none").names == ()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no effect 'snow'"):
        Augmentation.from_names("rain,snow")


def test_without_effects_a_picture_is_copied(roads: list[Picture]) -> None:
    same = Augmentation.from_names("none")(roads[0], rng(0))
    assert (same == roads[0]).all()
    assert not np.shares_memory(same, roads[0])


def test_of_one_place_one_effect_is_taken() -> None:
    def add(amount: int) -> Callable[..., Picture]:
        return lambda picture, rng, strength: (picture + amount).astype(np.uint8)

    both = Augmentation(
        {"one": Effect(add(1), 1.0, place="p"), "ten": Effect(add(10), 1.0, place="p")}
    )
    assert both(np.zeros((2, 2, 3), np.uint8), rng(0)).max() == 1


def test_the_augmentation_is_json() -> None:
    document = json.loads(json.dumps(Augmentation.from_names("jpeg").as_json()))
    assert document == {
        "jpeg": {
            "probability": EFFECTS["jpeg"].probability,
            "strength": 1.0,
            "function": "jpeg",
        }
    }
